"""The scoring server: loads an entry script, answers ``/score``; supervised, drained, logged.

Nothing here imports the rest of aml_nb but ``errors`` (and ``alias``, when a worker starts), so that a
service needs little besides Python.
"""

REQUIREMENTS = ("httptools>=0.6.4", "werkzeug>=3.0")
"""What an environment must hold, besides aml_nb itself, for a worker to run in it (pip requirements)."""
