"""A cluster's nodes, shared by the processes that run its runs.

In ``<workspace>/compute/<name>``: ``pool.json`` has the scale settings, ``nodes.json`` the nodes, and each run that
waits for nodes or has them a file in ``tickets``, numbered in the order of submission, on which its process holds a
lock for as long as it lives. So a process that is killed gives its nodes back, or its place in the queue, that very
moment.

Only the standard library is imported here: the process that keeps a run imports this before anything else.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from aml_nb.core.compute import pool_nodes
from aml_nb.core.compute.pool_nodes import NodeState, Settings
from aml_nb.core.compute.pool_tickets import Ticket, handed
from aml_nb.errors import ComputeTargetException

__all__ = ["Lease", "NodeState", "Pool", "Settings"]

# How often the first in the queue looks; those behind it look less often, the more so the more are before them.
_POLL, _POLL_BEHIND, _SELDOM = 0.03, 0.02, 0.5


class Pool:
    """The nodes of one cluster.

    Parameters
    ----------
    workspace_folder : the folder of the workspace.
    name : the cluster's name.
    """

    def __init__(self, workspace_folder: Path, name: str) -> None:
        self.name = name
        self._folder = Path(workspace_folder) / "compute" / name
        self._tickets = self._folder / "tickets"

    def configure(self, settings: Settings) -> None:
        """Write the scale settings; runs that wait go by them at once."""
        self._tickets.mkdir(parents=True, exist_ok=True)
        with self._locked():
            self._write("pool.json", json.dumps(settings._asdict()), sync=True)

    def configured(self) -> bool:
        """Whether there is such a cluster."""
        return (self._folder / "pool.json").exists()

    def has(self, settings: Settings) -> bool:
        """Whether there is such a cluster, with these scale settings."""
        try:
            return self.settings() == settings
        except ComputeTargetException:
            return False

    def settings(self) -> Settings:
        """The scale settings.

        Raises
        ------
        ComputeTargetException
            The cluster was deleted, or its file is damaged.
        """
        path = self._folder / "pool.json"
        try:
            return Settings(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise self._gone() from None
        except (ValueError, TypeError) as error:
            raise ComputeTargetException(
                f"{path} is damaged: {error}", hint=f"ComputeTarget(ws, {self.name!r}).update(max_nodes=4)"
            ) from error

    def remove(self) -> None:
        """Forget the cluster. Runs that have nodes keep them to their end; those that wait are told."""
        import shutil  # here: of all who import this module only one in many removes a cluster

        aside = self._folder.with_name(f".{os.urandom(8).hex()}")
        with suppress(ComputeTargetException), self._locked():
            os.rename(self._folder, aside)  # whole, so that a new cluster of this name finds nothing of the old one
        shutil.rmtree(aside, ignore_errors=True)

    def draw(self, run_id: str, nodes: int = 1) -> Ticket:
        """Take the next place in the queue for a run, whose process is given it and goes on with `acquire`.

        Raises
        ------
        ComputeTargetException
            The cluster was deleted.
        """
        with self._locked():
            self._sweep()
            last = max((int(name.split("-")[0]) for name in self._names()), default=0)
            return Ticket.draw(self._tickets / f"{last + 1:010d}-{os.urandom(4).hex()}", run_id, nodes)

    def acquire(
        self,
        run_id: str,
        nodes: int = 1,
        *,
        tell: Callable[[str], None],
        stopped: Callable[[], bool],
    ) -> Lease | None:
        """Wait for so many nodes, first come, first served, and have them until the lease or the process ends.

        A run comes when it is submitted, where this process was handed the ticket that was drawn then; else now.

        Parameters
        ----------
        run_id : whose nodes they are.
        nodes : how many.
        tell : is called with a sentence when the run has to wait, and when the reason changes.
        stopped : whether to give up; then the result is None.

        Raises
        ------
        ComputeTargetException
            The cluster never has so many nodes, or it was deleted.
        """
        ticket = handed(self.name, run_id) or self.draw(run_id, nodes)
        ticket.nodes, told = nodes, None
        try:
            while not stopped():
                lease, why, ahead = self._try(ticket)
                if lease is not None:
                    return lease
                if why != told:
                    tell(told := why)
                time.sleep(min(_POLL + _POLL_BEHIND * ahead, _SELDOM))
        except BaseException:
            ticket.withdraw()
            raise
        ticket.withdraw()
        return None

    def nodes(self) -> list[NodeState]:
        """The nodes as they are now; none where the cluster is gone."""
        try:
            with self._locked():
                return self._settled(self.settings())
        except ComputeTargetException:
            return []

    def waiting(self) -> list[str]:
        """The runs that wait for nodes, in their order."""
        return [run_id for run_id, _ in self._waiting()]

    def wanted(self) -> int:
        """How many nodes the runs that wait ask for."""
        return sum(number for _, number in self._waiting())

    def _waiting(self) -> list[tuple[str, int]]:
        queue = list(self._queue())  # before the nodes: who takes them in between does not wait any more
        holding = {node.ticket for node in self.nodes()}
        return [(run_id, number) for name, run_id, number in queue if name not in holding and self._alive(name)]

    def resized(self) -> float | None:
        """When a node came or went, as seconds since 1970; None where none ever has."""
        try:
            return (self._folder / "resized").stat().st_mtime
        except FileNotFoundError:
            return None

    def _check(self, nodes: int, settings: Settings) -> None:
        if nodes < 1 or nodes > settings.maximum:
            most = f"{settings.maximum} node{'' if settings.maximum == 1 else 's'}"
            raise ComputeTargetException(
                f"The run asks for {nodes} nodes, and the compute target {self.name} has at most {most}.",
                hint=f"node_count={settings.maximum}, or ComputeTarget(ws, {self.name!r}).update(max_nodes={nodes})",
            )

    def _sweep(self) -> None:
        """Remove the tickets of dead processes; a dead one's that has nodes goes when its nodes are given back."""
        holding = {node.ticket for node in self._read()}
        for name in self._names():
            if name not in holding and not self._alive(name):
                (self._tickets / name).unlink(missing_ok=True)

    def _try(self, ticket: Ticket) -> tuple[Lease | None, str, int]:
        """The nodes, if it is this run's turn and they are free; else why not, and how many wait before it."""
        with self._locked():
            settings = self.settings()
            self._check(ticket.nodes, settings)
            if not ticket.path.exists():
                raise self._gone()  # and a new cluster of its name has come
            now = self._settled(settings)
            ahead = self._ahead(ticket.name, {node.ticket for node in now})
            busy = len(pool_nodes.busy(now))
            if not ahead:
                taken = pool_nodes.take(now, settings, ticket.nodes, ticket.run_id, ticket.name, time.time())
                if taken is not None:
                    self._put(now, taken)
                    mine = [node.id for node in taken if node.ticket == ticket.name]
                    return Lease(self, ticket, mine), "", 0
        what = "a node" if ticket.nodes == 1 else f"{ticket.nodes} nodes"
        many = f", and {ahead} run{' waits' if ahead == 1 else 's wait'} before this one" if ahead else ""
        return None, f"Waiting for {what} of {self.name}: {busy} of {settings.maximum} are busy{many}.", ahead

    def _ahead(self, name: str, holding: set[str | None]) -> int:
        """How many wait before this one; the dead at the front are swept away, others when they get there."""
        before = [other for other in sorted(self._names()) if other < name and other not in holding]
        while before and not self._alive(before[0]):
            (self._tickets / before.pop(0)).unlink(missing_ok=True)
        return len(before)

    def _settled(self, settings: Settings) -> list[NodeState]:
        """The nodes as they are now, written down if that is news. For the holder of the lock."""
        before = self._read()
        now = pool_nodes.settle(before, settings, time.time(), self._alive)
        if now != before:
            self._put(before, now)
            for gone in {node.ticket for node in before} - {node.ticket for node in now} - {None}:
                (self._tickets / str(gone)).unlink(missing_ok=True)
        return now

    def _change(self, change: Callable[[list[NodeState]], list[NodeState]]) -> None:
        """Change what the nodes show. A cluster that is gone or a full disk is no reason for a run to fail."""
        with suppress(ComputeTargetException, OSError), self._locked():
            before = self._read()
            self._put(before, change(before))

    def _put(self, before: list[NodeState], now: list[NodeState]) -> None:
        self._write("nodes.json", pool_nodes.to_text(now))
        if {node.id for node in before} != {node.id for node in now}:
            (self._folder / "resized").touch()

    def _read(self) -> list[NodeState]:
        try:
            return pool_nodes.from_text((self._folder / "nodes.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []

    def _names(self) -> list[str]:
        return [name for name in os.listdir(self._tickets) if not name.startswith(".")]

    def _queue(self) -> Iterator[tuple[str, str, int]]:
        if not self._tickets.is_dir():
            return
        for name in sorted(self._names()):
            with suppress(FileNotFoundError, ValueError):
                run_id, number = json.loads((self._tickets / name).read_text(encoding="utf-8"))
                yield name, run_id, number

    def _alive(self, name: str) -> bool:
        """Whether the process with this ticket lives. Those who ask share a lock, so as not to mislead each other."""
        try:
            handle = os.open(self._tickets / name, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def _write(self, name: str, text: str, *, sync: bool = False) -> None:
        """Put a file in place whole. Nodes are not synced: they are of processes, which no power cut outlives."""
        staged = self._folder / f".{name}.new"
        with open(staged, "w", encoding="utf-8") as file:
            file.write(text)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        os.replace(staged, self._folder / name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold off everyone else; the lock file is opened again where its folder has been removed meanwhile."""
        path = self._folder / "lock"
        while True:
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            except FileNotFoundError:
                raise self._gone() from None
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                if _is(path, handle):
                    yield
                    return
            finally:
                os.close(handle)

    def _gone(self) -> ComputeTargetException:
        return ComputeTargetException(
            f"The compute target {self.name} was deleted.", hint=f"create {self.name} again, and submit the run again"
        )


def _is(path: Path, handle: int) -> bool:
    """Whether the open file is still the one of that name."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False


class Lease:
    """Nodes that a run has until ``release``, the end of a ``with`` block, or the end of the process."""

    def __init__(self, pool: Pool, ticket: Ticket, nodes: list[str]) -> None:
        self.nodes, self._pool, self._ticket = nodes, pool, ticket

    def stage(self, state: str) -> None:
        """Say that the run is ``preparing`` its environment, or ``running``; the nodes show it."""
        if state not in pool_nodes.BUSY:
            raise ValueError(f"a node is 'preparing' or 'running', not {state!r}")
        if self._ticket.held:
            name = self._ticket.name
            self._pool._change(lambda nodes: pool_nodes.stage(nodes, name, state, time.time()))

    def release(self) -> None:
        """Give the nodes back; they are idle from now on."""
        if self._ticket.held:
            name = self._ticket.name
            self._pool._change(lambda nodes: pool_nodes.give_back(nodes, name, time.time()))
            self._ticket.withdraw()  # without which the nodes would not be free; with it they are, whatever they show

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
