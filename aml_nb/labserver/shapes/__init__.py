"""JSON of core's objects, a module a kind: ``rows`` for lists, ``detail`` for one."""
