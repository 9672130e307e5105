"""Starting the keeper of a run: a process that outlives us, and that holds the run's folder from the first moment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from aml_nb.engines import detached

SITE = "site"
KEEPER = "aml_nb.core.runs.keeper"
OUTPUT = "keeper.log"
_NOT_INHERITED = ("JPY_", "JUPYTER", "KERNEL_", "IPYTHON", "MPLBACKEND", "AZUREML_", "MLFLOW_RUN_ID", "MLFLOW_EXP")


class _Detached(subprocess.Popen[bytes]):
    """A process that outlives us: dropping the handle neither waits nor warns."""

    def __del__(self, _maxsize: int = sys.maxsize) -> None:
        pass


_started: list[_Detached] = []


def start(folder: Path, lock: Any, ticket: Any = None) -> int:
    """Start the keeper of the run in ``folder`` and hand it ``lock``, the open file of the folder's lock.

    A lock of this kind belongs to the open file, which both processes share: it is never let go in between. So it is
    with ``ticket``, the run's place in the queue of its cluster.
    """
    place = [] if ticket is None else [str(ticket.fileno()), str(ticket.path)]
    _reap()
    _link_package(folder / SITE)
    with open(folder / OUTPUT, "ab") as output:
        process = _Detached(
            [sys.executable, "-m", KEEPER, str(folder), str(lock.fileno()), *place],
            cwd=folder / SITE,
            env=environment(folder / SITE),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(lock.fileno(), *([] if ticket is None else [ticket.fileno()])),
        )
    _started.append(process)
    return process.pid


def environment(site: Path) -> dict[str, str]:
    """Ours without what belongs to the notebook server and its kernel, and with this very aml_nb first.

    A script that submits another one does not hand its own folder on, which goes when the script has ended.
    """
    kept = {name: value for name, value in detached.environment().items() if not name.startswith(_NOT_INHERITED)}
    own = os.environ.get(detached.MARK) or "\0"
    paths = [path for path in kept.get("PYTHONPATH", "").split(os.pathsep) if path and not path.startswith(own)]
    return {**kept, "PYTHONPATH": os.pathsep.join([str(site), *paths])}


def _link_package(site: Path) -> None:
    """Make this very aml_nb importable for the run's Python, and nothing else of ours."""
    import aml_nb

    site.mkdir(exist_ok=True)
    link = site / "aml_nb"
    if not link.is_symlink():
        link.symlink_to(Path(aml_nb.__file__).resolve().parent, target_is_directory=True)


def _reap() -> None:
    """Take leave of the keepers that have ended, so that no zombies stay."""
    _started[:] = [process for process in _started if process.poll() is None]
