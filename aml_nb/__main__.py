"""``python -m aml_nb`` is ``aml-nb``."""

import sys

from aml_nb.cli import main

if __name__ == "__main__":
    sys.exit(main())
