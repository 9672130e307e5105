"""The languages that a client can be written in, a module each: ``FILE`` is what to save it as, ``write`` its text."""
