"""``python -m aml_nb.core.runs.keeper FOLDER LOCK [TICKET FILE]``.

The run's folder and the open file of its lock; for a run on a cluster, the open file of its place in the queue, and
that file's name.
"""

from __future__ import annotations

import sys

from aml_nb.core.runs.keeper.keep import main

if __name__ == "__main__":
    main(sys.argv[1:])
