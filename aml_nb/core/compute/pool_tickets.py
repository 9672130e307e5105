"""A run's place in the queue of a cluster, and then its claim on nodes: a file that stays locked as long as it counts.

A lock of this kind belongs to the open file, not to a process. So a place is taken by whoever submits the run and
handed on to the process that keeps it, without being let go in between; it ends with the last of them that has it.

Only the standard library is imported here, as in ``pool``.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

_open: set[Ticket] = set()
_handed: dict[tuple[str, str], Ticket] = {}


class Ticket:
    """One run's place. Its file is there, under the number that says who comes first, until it is withdrawn.

    Parameters
    ----------
    path : the file.
    handle : the open file, which is locked.
    run_id : whose place it is.
    nodes : how many nodes that run asks for.
    """

    def __init__(self, path: Path, handle: int, run_id: str, nodes: int) -> None:
        self.path, self.name, self.run_id, self.nodes = path, path.name, run_id, nodes
        self._handle = handle
        _open.add(self)

    @classmethod
    def draw(cls, path: Path, run_id: str, nodes: int) -> Ticket:
        """Make the file. It appears with its lock on it, so that nobody takes it for a dead one's."""
        staged = path.with_name(f".{path.name}")
        handle = os.open(staged, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            os.write(handle, json.dumps([run_id, nodes]).encode())
            os.rename(staged, path)
        except BaseException:
            os.close(handle)
            staged.unlink(missing_ok=True)
            raise
        return cls(path, handle, run_id, nodes)

    @property
    def held(self) -> bool:
        """Whether this process has it, still."""
        return self._handle >= 0

    def fileno(self) -> int:
        """To be passed on to the process that goes on with the run."""
        return self._handle

    def close(self) -> None:
        """Let go here; with a process that was given it the place stays taken, else whoever comes next removes it."""
        _open.discard(self)
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def withdraw(self) -> None:
        """Leave the queue, or give the nodes back."""
        if self._handle >= 0:
            self.path.unlink(missing_ok=True)
            self.close()


def adopt(path: Path, handle: int, run_id: str, nodes: int) -> Ticket:
    """Take over what the submitting process drew for a run; ``Pool.acquire`` goes on with it."""
    os.set_inheritable(handle, False)
    ticket = _handed[_cluster(path), run_id] = Ticket(path, handle, run_id, nodes)
    return ticket


def handed(cluster: str, run_id: str) -> Ticket | None:
    """What was drawn for the run in the queue of a cluster and nobody has asked for yet."""
    return _handed.pop((cluster, run_id), None)


def _cluster(path: Path) -> str:
    return path.parent.parent.name


def _forget_in_child() -> None:
    # A forked worker that outlives a killed kernel, or a run, must not keep its place in the queue or its nodes.
    for ticket in list(_open):
        ticket.close()
    _handed.clear()


os.register_at_fork(after_in_child=_forget_in_child)
