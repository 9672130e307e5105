"""The first process of a container: the supervisor, with the log where ``docker logs`` has it.

Started as ``python -m aml_nb.scoring.container FOLDER``. An image holds no keys. Whoever starts a container puts
``keys.json`` into the folder; where a service that needs keys has none, it makes its own.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from aml_nb.scoring.auth import make_keys
from aml_nb.scoring.config import SERVICE_FILE, ServerConfig, write_atomically
from aml_nb.scoring.logfile import Terminal
from aml_nb.scoring.supervisor import supervise


def main(folder: Path) -> int:
    """Serve until told to stop."""
    os.chdir(folder)  # workers look for modules where we are: not beside the script of the revision before theirs
    make_missing_keys(ServerConfig.read(folder / SERVICE_FILE))
    return supervise(folder, Terminal())


def make_missing_keys(config: ServerConfig) -> None:
    """Make random keys where none were put in, and say how they are read."""
    file = config.keys_file
    if config.auth == "none" or file is None or os.path.exists(file):
        return
    write_atomically(file, json.dumps(make_keys()).encode(), mode=0o600)
    name = os.environ.get("HOSTNAME", "CONTAINER")
    print(f"This container was given no keys and made its own. To read them: docker exec {name} cat {file}", flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
