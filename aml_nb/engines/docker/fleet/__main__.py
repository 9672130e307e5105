"""``python -m aml_nb.engines.docker.fleet FOLDER``: keep the service of a folder until told to stop."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from aml_nb.scoring.config import LOCK_FILE, STATE_FILE, write_atomically
from aml_nb.scoring.signals import OBEYED
from aml_nb.scoring.state import CRASHED, StateFile

FAILED_EXIT = 3


def main(folder: Path) -> int:
    """Keep the service; the exit code is FAILED_EXIT where it could not start."""
    if not _hold(folder / LOCK_FILE):
        print("Another process keeps this service already.", file=sys.stderr)
        return 1
    signal.pthread_sigmask(signal.SIG_BLOCK, OBEYED)  # until there is a controller to obey them
    state = StateFile(lambda data: write_atomically(folder / STATE_FILE, data, 0o600, durable=False))
    state.update(workers=None)  # whoever started us waits for the file; all that takes long comes after it
    state.update(workers=[])
    try:
        from aml_nb.engines.docker.fleet.controller import Controller

        return Controller(folder, state).run()
    except Exception as error:
        state.update(state="Failed", error={"code": CRASHED, "message": f"{type(error).__name__}: {error}"})
        raise


def _hold(path: Path) -> bool:
    """Take the lock for as long as this process lives; whoever only looks at it holds it for a moment."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for pause in (0.01, 0.1, 1.0, None):
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(pause or 0)
    return False


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
