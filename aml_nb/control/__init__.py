"""The control plane of a workspace: a server on this machine that published pipelines are called at, with a scheduler.

One runs for each workspace, as a process of its own that outlives whoever started it: ``python -m aml_nb.control
FOLDER``. ``aml_nb.core.plane`` starts it. What it submits are runs like any others, which go on without it.
"""
