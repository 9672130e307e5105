"""``python -m aml_nb.control FOLDER``: serve the workspace in FOLDER until told to end."""

import sys

if __name__ == "__main__":
    from aml_nb.control.server import main

    sys.exit(main(sys.argv[1]))
