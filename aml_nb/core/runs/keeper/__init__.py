"""The detached process that a submitted run has: it starts the script, keeps its log, and books how it ended.

``python -m aml_nb.core.runs.keeper FOLDER LOCK [TICKET FILE]``. Nothing heavy is imported before the script runs: the
database is opened while the script imports its own packages.
"""
