"""The pool of a cluster: who gets nodes and when, what those who wait are told, what becomes of a deleted cluster."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from aml_nb.core.compute import pool_tickets
from aml_nb.core.compute.pool import Lease, Pool, Settings
from aml_nb.core.compute.pool_tickets import Ticket
from aml_nb.errors import ComputeTargetException


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    pool = Pool(tmp_path, "cpu")
    pool.configure(Settings(0, 2, 100))
    return pool


class Run:
    """A run in a thread: it waits for its nodes, and has them until it is told to end."""

    def __init__(self, pool: Pool, run_id: str, nodes: int = 1) -> None:
        self.told: list[str] = []
        self.lease: Lease | None = None
        self.error: Exception | None = None
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(pool, run_id, nodes), daemon=True)
        self.thread.start()

    def _run(self, pool: Pool, run_id: str, nodes: int) -> None:
        try:
            self.lease = pool.acquire(run_id, nodes, tell=self.told.append, stopped=self.stop.is_set)
        except Exception as error:
            self.error = error

    def end(self) -> None:
        self.stop.set()
        self.thread.join(5)
        if self.lease is not None:
            self.lease.release()


@pytest.fixture
def start(pool: Pool) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(run_id: str, nodes: int = 1) -> Run:
        run = Run(pool, run_id, nodes)
        runs.append(run)
        until(lambda: run.lease is not None or bool(run.told) or run.error is not None)
        return run

    yield start
    for run in runs:
        run.end()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in 60 seconds"
        time.sleep(0.005)


def states(pool: Pool) -> list[tuple[str, str | None]]:
    return sorted((node.state, node.run_id) for node in pool.nodes())


def test_nodes_are_prepared_run_and_are_idle(pool: Pool) -> None:
    assert pool.nodes() == []
    lease = pool.acquire("a", tell=print, stopped=lambda: False)
    assert lease is not None
    with lease:
        assert states(pool) == [("preparing", "a")]
        lease.stage("running")
        assert states(pool) == [("running", "a")]
    assert states(pool) == [("idle", None)]
    with pytest.raises(ValueError, match="preparing"):
        lease.stage("dancing")


def test_those_who_wait_get_their_turn_in_order_and_are_told_why_they_wait(
    pool: Pool, start: Callable[..., Run]
) -> None:
    first, second, third, fourth = (start(name) for name in "abcd")
    assert first.lease and second.lease and pool.waiting() == ["c", "d"]
    assert third.told == ["Waiting for a node of cpu: 2 of 2 are busy."]
    assert fourth.told == ["Waiting for a node of cpu: 2 of 2 are busy, and 1 run waits before this one."]
    first.end()
    until(lambda: third.lease is not None)
    assert fourth.lease is None and pool.waiting() == ["d"]
    second.end()
    until(lambda: fourth.lease is not None)


def test_a_run_of_many_nodes_is_not_overtaken(pool: Pool, start: Callable[..., Run]) -> None:
    small, large, late = start("small"), start("large", 2), start("late")
    time.sleep(0.1)
    assert large.lease is None and late.lease is None
    assert large.told == ["Waiting for 2 nodes of cpu: 1 of 2 are busy."]
    small.end()
    until(lambda: large.lease is not None)
    assert len(large.lease.nodes if large.lease else []) == 2 and late.lease is None


def test_more_nodes_than_there_will_ever_be_are_refused(pool: Pool, start: Callable[..., Run]) -> None:
    with pytest.raises(ComputeTargetException, match="asks for 3 nodes, .* cpu has at most 2 nodes"):
        pool.acquire("a", 3, tell=print, stopped=lambda: False)
    holder, waiting = start("holder"), start("waiting", 2)
    pool.configure(Settings(0, 1, 100))
    until(lambda: waiting.error is not None)
    assert "has at most 1 node." in str(waiting.error) and pool.waiting() == []
    assert holder.lease


def test_more_nodes_are_used_at_once(pool: Pool, start: Callable[..., Run]) -> None:
    runs = [start(name) for name in "abc"]
    assert runs[2].lease is None
    pool.configure(Settings(0, 3, 100))
    until(lambda: runs[2].lease is not None)


def test_a_stopped_run_leaves_the_queue(pool: Pool, start: Callable[..., Run]) -> None:
    held, stopped, behind = start("held", 2), start("stopped"), start("behind")
    stopped.end()
    assert stopped.lease is None and pool.waiting() == ["behind"]
    held.end()
    until(lambda: behind.lease is not None)


def test_a_cluster_that_is_deleted_ends_the_wait_and_its_successor_starts_afresh(
    pool: Pool, start: Callable[..., Run]
) -> None:
    held, waiting = start("held", 2), start("waiting")
    pool.remove()
    until(lambda: waiting.error is not None)
    assert "The compute target cpu was deleted." in str(waiting.error)
    assert not pool.configured() and pool.nodes() == []
    pool.configure(Settings(0, 1, 100))
    again = start("again")
    assert states(pool) == [("preparing", "again")]
    held.end()  # of the old cluster, whose nodes are no longer anybody's business
    assert states(pool) == [("preparing", "again")]
    assert again.lease


def test_damaged_settings_are_told_and_mended_by_new_ones(pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "compute" / "cpu" / "pool.json").write_text("{")
    with pytest.raises(ComputeTargetException, match="pool.json is damaged"):
        pool.acquire("a", tell=print, stopped=lambda: False)
    pool.configure(Settings(1, 1, 100))
    assert states(pool) == [("idle", None)]


def pass_on(ticket: Ticket) -> None:
    """As submitting a run does: the process that keeps the run is given the open file, and ours is closed."""
    pool_tickets.adopt(ticket.path, os.dup(ticket.fileno()), ticket.run_id, ticket.nodes)
    ticket.close()


def test_runs_start_in_the_order_in_which_they_were_submitted(pool: Pool, start: Callable[..., Run]) -> None:
    pool.configure(Settings(0, 1, 100))
    for name in "abc":
        pass_on(pool.draw(name))
    assert pool.waiting() == ["a", "b", "c"]
    third, second = start("c"), start("b")  # their processes are faster than the first one's
    assert third.told == ["Waiting for a node of cpu: 0 of 1 are busy, and 2 runs wait before this one."]
    first = start("a")
    until(lambda: first.lease is not None)
    assert second.lease is None and third.lease is None and pool.waiting() == ["b", "c"]
    first.end()
    until(lambda: second.lease is not None)
    assert third.lease is None
    second.end()
    until(lambda: third.lease is not None)


def test_a_place_that_nobody_has_any_more_holds_nobody_up(pool: Pool, start: Callable[..., Run]) -> None:
    pool.configure(Settings(0, 1, 100))
    pass_on(pool.draw("stopped before it asked"))
    ticket = pool_tickets.handed("cpu", "stopped before it asked")
    assert ticket is not None
    ticket.withdraw()
    ticket.withdraw()
    pool.draw("its process never came").close()
    assert pool.waiting() == []
    assert start("b").lease is not None


def test_a_forked_worker_has_neither_place_nor_nodes(pool: Pool, start: Callable[..., Run]) -> None:
    pool.configure(Settings(0, 1, 100))
    ticket, behind = pool.draw("first"), start("behind")
    (reader, told), (heard, writer) = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        os.close(writer)
        os.write(told, b"n" if ticket.held else b"y")
        ticket.withdraw()  # it is no longer its own to withdraw
        os.read(heard, 1)
        os._exit(0)
    try:
        assert os.read(reader, 1) == b"y"
        assert pool.waiting() == ["first", "behind"]
        ticket.close()  # as by the end of the process; the worker lives
        until(lambda: behind.lease is not None)
    finally:
        for descriptor in (reader, told, heard, writer):
            os.close(descriptor)
        os.waitpid(pid, 0)


def test_a_place_in_a_deleted_cluster_is_none_in_its_successor(pool: Pool) -> None:
    pass_on(pool.draw("a"))
    pool.remove()
    pool.configure(Settings(0, 1, 100))
    with pytest.raises(ComputeTargetException, match="The compute target cpu was deleted"):
        pool.acquire("a", tell=print, stopped=lambda: False)
    assert pool.nodes() == [] and pool.waiting() == []
    lease = pool.acquire("a", tell=print, stopped=lambda: False)
    assert lease is not None
    lease.release()


class Queue(RuleBasedStateMachine):
    """Runs draw their tickets; their processes come whenever they do, are stopped, killed or done."""

    @initialize(most=st.integers(1, 3))
    def create(self, most: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.pool, self.most = Pool(Path(self.folder.name), "cpu"), most
        self.pool.configure(Settings(0, most, 100))
        self.waiting: list[Ticket] = []
        self.having: list[Lease] = []
        self.nodes = 0

    def teardown(self) -> None:
        for ticket in getattr(self, "waiting", ()):
            ticket.close()
        for lease in getattr(self, "having", ()):
            lease.release()
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(nodes=st.integers(1, 3))
    def submit(self, nodes: int) -> None:
        self.waiting.append(self.pool.draw("run", min(nodes, self.most)))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def come(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.waiting) - 1))
        ticket, free = self.waiting[place], self.most - sum(len(lease.nodes) for lease in self.having)
        lease, _, ahead = self.pool._try(ticket)
        assert ahead == 0 if place == 0 else ahead >= place  # dead ones are counted until they are the first
        assert (lease is not None) == (place == 0 and ticket.nodes <= free)
        if lease is not None:
            self.having.append(lease)
            self.waiting.remove(ticket)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data(), killed=st.booleans())
    def leave(self, data: st.DataObject, killed: bool) -> None:
        ticket = self.waiting.pop(data.draw(st.integers(0, len(self.waiting) - 1)))
        ticket.close() if killed else ticket.withdraw()

    @precondition(lambda self: self.having)
    @rule(data=st.data(), killed=st.booleans())
    def end(self, data: st.DataObject, killed: bool) -> None:
        lease = self.having.pop(data.draw(st.integers(0, len(self.having) - 1)))
        lease._ticket.close() if killed else lease.release()

    @invariant()
    def those_who_live_wait(self) -> None:
        if hasattr(self, "pool"):
            assert self.pool.wanted() == sum(ticket.nodes for ticket in self.waiting)


Queue.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestQueue = Queue.TestCase
