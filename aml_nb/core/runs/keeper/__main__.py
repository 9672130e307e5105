"""``python -m aml_nb.core.runs.keeper FOLDER LOCK``: the run's folder, and the open file of its lock."""

from __future__ import annotations

import sys

from aml_nb.core.runs.keeper.keep import main

if __name__ == "__main__":
    main(sys.argv[1:])
