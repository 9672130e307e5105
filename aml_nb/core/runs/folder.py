"""The folder of one run: its metrics, logs and working files, and who is at work on it.

Whoever works on a run holds a lock on its folder. The lock goes with the process, however that ends, so that a
reader knows a run that was killed from one that is still going.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.errors import StoreError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_PATIENCE = 2.0
_SESSION = ".session-"
_held: dict[str, Hold] = {}
_open: set[Hold] = set()
"""All of them, those too that are kept for no longer than a keeper takes to start."""


class Hold:
    """That somebody works on a run, for as long as the file stays open in any process that was given it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        _open.add(self)

    def fileno(self) -> int:
        """To be passed on to the process that goes on with the run."""
        return self._descriptor

    def close(self) -> None:
        """Let go here; a process that has the descriptor too still holds the run."""
        _open.discard(self)
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class RunFolder:
    """Paths of one run.

    Parameters
    ----------
    workspace : the workspace, or its folder.
    run_id : the run.
    """

    def __init__(self, workspace: Workspace | Path | str, run_id: str) -> None:
        base = Path(workspace) if isinstance(workspace, (str, Path)) else workspace._folder
        self.run_id = run_id
        self.path = base / "runs" / run_id
        self.metrics = self.path / "metrics.jsonl"
        self.logs = self.path / "logs"
        self.work = self.path / "work"
        self.spec = self.path / "run.json"
        self.lock = self.path / "lock"

    def make(self) -> RunFolder:
        """Make the folder; nothing happens when it is there."""
        try:
            for folder in (self.path.parent, self.path):
                folder.mkdir(exist_ok=True)
        except FileNotFoundError:
            raise StoreError(
                f"The workspace at {self.path.parents[1]} was deleted meanwhile.",
                hint="Workspace.create(...), or Workspace.from_config() for another one",
            ) from None
        return self

    def hold(self, keep: bool = True) -> Hold:
        """Say that this process works on the run.

        Parameters
        ----------
        keep : until the process ends. Without it the caller keeps what is returned and closes it.

        Raises
        ------
        StoreError : another process works on it.
        """
        mine = _held.get(str(self.path))
        if mine is not None:
            return mine
        self.make()
        hold = Hold(_locked(self.lock, self.run_id))
        if keep:
            _held[str(self.path)] = hold
        return hold

    def adopt(self, descriptor: int) -> Hold:
        """Take over what another process held and passed on."""
        hold = _held[str(self.path)] = Hold(descriptor)
        return hold

    def release(self) -> None:
        """This process is done with the run."""
        hold = _held.pop(str(self.path), None)
        if hold is not None:
            hold.close()

    def alive(self) -> bool:
        """Whether any process works on the run; asking holds nobody up."""
        if str(self.path) in _held:
            return True
        try:
            with open(self.lock, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False


def session(workspace: Workspace | Path | str) -> str:
    """What this process holds for all interactive runs that it begins: the ``owner`` of their records.

    One lock for all of them, for a notebook may begin more runs than a process may have files open.
    """
    prefix = str(RunFolder(workspace, _SESSION).path)
    mine = next((path for path in _held if path.startswith(prefix)), None)
    if mine is not None and os.path.isdir(mine):
        return os.path.basename(mine)
    folder = RunFolder(workspace, f"{_SESSION}{os.urandom(8).hex()}")
    folder.hold()
    return folder.run_id


def release_all(workspace: Workspace | Path | str) -> None:
    """This process is done with every run of a workspace."""
    prefix = str(RunFolder(workspace, "").path)
    for path in [path for path in _held if path.startswith(prefix)]:
        _held.pop(path).close()


def _locked(path: Path, run_id: str) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:  # somebody works on it, or asks at this very moment whether anybody does
            if time.monotonic() > until:
                os.close(descriptor)
                raise StoreError(
                    f"Another process works on the run {run_id}.", hint=f"Run.get(ws, {run_id!r}).cancel()"
                ) from None
            time.sleep(0.01)


def _forget_in_child() -> None:
    # A forked worker that outlives a killed kernel, or a run, must not make its run look alive.
    for hold in list(_open):
        with suppress(OSError):
            hold.close()
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)
