"""The driver of a batch job: gives mini-batches out, keeps what comes back, tries again, and knows when to stop.

It speaks to a ``concurrent.futures.Executor`` alone, and holds a few mini-batches a worker at a time, however many
there are.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from aml_nb.engines.batch import journal, remote
from aml_nb.engines.batch import spec as names
from aml_nb.engines.batch.errors_log import ErrorsLog
from aml_nb.engines.batch.job import Job
from aml_nb.engines.batch.progress import Progress
from aml_nb.engines.batch.seat import Outcome
from aml_nb.engines.batch.sources import Batch, Source, open_source
from aml_nb.engines.batch.spec import CANCELED, COMPLETED, FAILED, BatchSpec, BatchSummary

_AHEAD = 3
_MOST_DELAY_S = 3600.0


class Stop(Exception):
    """The job ends before its input does."""

    def __init__(self, status: str, message: str, hint: str = "", error: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.hint, self.error = status, message, hint, error


class Task:
    """A mini-batch that is not over."""

    __slots__ = ("attempt", "batch")

    def __init__(self, batch: Batch) -> None:
        self.batch, self.attempt = batch, 1


class Driver:
    """One session of a job."""

    def __init__(
        self,
        spec: BatchSpec,
        folder: Path,
        executor: Executor | None,
        source: Source | None,
        tell: Callable[[str], None] | None,
        cancelled: threading.Event | None,
    ) -> None:
        spec.check()
        self.spec, self.folder = spec, Path(folder).resolve()
        self._given_executor, self._given_source = executor, source
        self._tell = tell or (lambda line: None)
        self._cancelled = cancelled or threading.Event()
        self._back: SimpleQueue[tuple[Task, Future[Outcome]]] = SimpleQueue()
        self._flying: dict[int, Future[Outcome] | None] = {}
        self._again: deque[Task] = deque()
        self._later: list[tuple[float, Task]] = []
        self._pool: Any = None
        self._error: dict[str, Any] | None = None
        self._last_error = ""
        self._unfit = 0
        self._total: int | None = None

    def drive(self) -> BatchSummary:
        """Do it."""
        with ExitStack() as stack:
            self._job = stack.enter_context(Job(self.spec, self.folder))
            self._tally = self._job.tally
            finished = self._job.finished()
            if finished is not None:
                return finished
            self._errors = ErrorsLog(self.folder / names.ERRORS_FILE, self._tell)
            stack.callback(self._errors.close)
            self._progress = Progress(self.folder / names.PROGRESS_FILE, self._tally, self._tell, self._workers)
            if self._job.ended == COMPLETED:
                return self._end(COMPLETED)
            return self._session()

    def _session(self) -> BatchSummary:
        self._job.begin()
        stop = None
        executor = self._executor()
        try:
            self._score(executor)
        except Stop as early:
            stop = early
        except BaseException:
            self._end_executor(executor, kill=True)
            raise
        self._end_executor(executor, kill=stop is not None)
        if stop is None:
            return self._end(COMPLETED)
        return self._end(stop.status, message=stop.message, hint=stop.hint, error=stop.error)

    def _end(self, status: str, **why: Any) -> BatchSummary:
        self._tally.seconds = self._progress.seconds
        summary = self._job.end(status, self._total or self._progress.batches, self._progress.items, **why)
        self._progress.write(status, message=summary.message)
        self._tell(f"{status}: {summary.message or self._progress.sentence()}.")
        return summary

    def _score(self, executor: Executor) -> None:
        """Until every mini-batch is over.

        Raises
        ------
        Stop : a threshold was passed, the script cannot be used, or the job was cancelled.
        """
        source = self._given_source or open_source(self.spec, self.folder)
        self._job.compare_source(source)
        self._progress.items, self._progress.batches = source.counted()
        given = source.batches(self._job.over)
        self._announce()
        while True:
            self._give_out(executor, given)
            if not self._flying and not self._later:
                break
            self._take_back()
            self._progress.look()
        if not self._tally.batches:
            raise Stop(FAILED, "There is nothing in the input", "check the path of the input, and its pattern")

    def _give_out(self, executor: Executor, given: Iterator[Batch]) -> None:
        """Keep as many mini-batches with the executor as its workers need."""
        most = _AHEAD * self.spec.workers
        while len(self._flying) < most:
            task = self._next(given)
            if task is None:
                return
            self._flying[task.batch.number] = None
            try:
                future = executor.submit(remote.score, self._for_workers, str(self.folder), task.batch)
            except RuntimeError as error:
                raise Stop(FAILED, f"The executor takes no more mini-batches: {error}") from error
            self._flying[task.batch.number] = future
            future.add_done_callback(partial(self._came_back, task))

    def _came_back(self, task: Task, future: Future[Outcome]) -> None:
        self._back.put((task, future))

    def _next(self, given: Iterator[Batch]) -> Task | None:
        now = time.monotonic()
        for due, task in self._later:
            if due <= now:
                self._later.remove((due, task))
                return task
        if self._again:
            return self._again.popleft()
        if self._total is not None:
            return None
        batch = next(given, None)
        if batch is not None:
            return Task(batch)
        self._total = self._tally.batches + len(self._flying) + len(self._later)
        self._progress.batches = self._total
        self._stop_if_passed()
        return None

    def _take_back(self) -> None:
        """Wait for outcomes, and keep those that are there."""
        if self._cancelled.is_set():
            raise Stop(CANCELED, "The job was cancelled; what was done until then is kept")
        wait = self._progress.due
        if self._later and len(self._flying) < _AHEAD * self.spec.workers:
            wait = min(wait, max(0.0, min(due for due, _ in self._later) - time.monotonic()))
        try:
            task, future = self._back.get(timeout=max(wait, 0.001))
        except Empty:
            return
        self._settle(task, future)

    def _settle(self, task: Task, future: Future[Outcome]) -> None:
        del self._flying[task.batch.number]
        outcome = _outcome_of(task, future)
        error = outcome.get("error")
        if error is None:
            self._done(task, outcome)
        elif error["kind"] == "init":
            self._no_worker(task, error)
        else:
            self._failed(task, outcome, error)

    def _done(self, task: Task, outcome: Outcome) -> None:
        self._unfit = 0
        facts = {"number": task.batch.number, "given": task.batch.count, "returned": outcome["returned"]}
        facts |= {"tries": task.attempt, "s": round(outcome["seconds"], 4)}
        facts["short"] = short = task.batch.missing(outcome["returned"])
        self._job.journal.append(journal.DONE, facts, outcome["rows"])
        self._tally.add({"kind": journal.DONE, **facts})
        self._tally.workers_lost += bool(outcome.get("leaves"))
        if short:
            self._errors.add_short(task.batch, outcome)
            self._stop_if_passed()

    def _failed(self, task: Task, outcome: Outcome, error: dict[str, Any]) -> None:
        if error["kind"] == "run":
            self._unfit = 0
        self._tally.workers_lost += error["kind"] in ("lost", "timeout") or bool(outcome.get("leaves"))
        final = task.attempt >= self.spec.run_max_try or error.get("wish") == "NoRetry"
        self._errors.add(task.batch, outcome, task.attempt, self.spec.run_max_try, final)
        if final:
            facts = {"number": task.batch.number, "given": task.batch.count, "tries": task.attempt}
            self._job.journal.append(journal.FAILED, {**facts, "message": error["message"][:500]})
            self._tally.add({"kind": journal.FAILED, **facts})
            self._error, self._last_error = error, f". The last error: {error['message'].rstrip('.')}"
            self._stop_if_passed()
            return
        task.attempt += 1
        delay = min(float(error.get("delay", 0) or 0), _MOST_DELAY_S)
        if delay > 0:
            self._later.append((time.monotonic() + delay, task))
        else:
            self._again.append(task)

    def _no_worker(self, task: Task, error: dict[str, Any]) -> None:
        """There was no worker to try it: that costs the mini-batch nothing; where it is always so, the job ends."""
        self._unfit += 1
        self._tally.workers_lost += 1
        if error.get("final") or self._unfit >= self.spec.run_max_try:
            tries = f" ({self._unfit} workers in a row)" if self._unfit > 1 and not error.get("final") else ""
            raise Stop(FAILED, f"{error['message']}{tries}", error.get("hint") or "", error)
        self._tell(f"{error['message']}; another worker is started ({self._unfit} of {self.spec.run_max_try} tries).")
        self._again.append(task)

    def _stop_if_passed(self) -> None:
        message, hint = self._tally.passed(self.spec, self._total)
        if message:
            raise Stop(FAILED, message + self._last_error, hint, self._error)

    def _executor(self) -> Executor:
        # Workers of an executor of others are kept by what they were told: nothing that they do not need is in it.
        self._for_workers = {**self.spec.to_dict(), "source": {"name": self.spec.source.get("name", "")}}
        if self._given_executor is not None:
            return self._given_executor
        from aml_nb.engines.batch.pool import LocalPool

        self._pool = LocalPool(self.spec, self.folder)
        return self._pool  # type: ignore[no-any-return]

    def _end_executor(self, executor: Executor, kill: bool) -> None:
        if executor is self._given_executor:
            for future in self._flying.values():
                if future is not None:
                    future.cancel()
            return
        executor.shutdown(cancel_futures=kill)

    def _workers(self) -> list[dict[str, Any]]:
        seats = self._pool.seats if self._pool is not None else []
        return [{"name": seat.name, "state": seat.state, "lost": seat.lost} for seat in seats]

    def _announce(self) -> None:
        progress = self._progress
        counted = "" if progress.items is None else f"{progress.items:,} items"
        batches = "" if progress.batches is None else f" in {progress.batches:,} mini-batches"
        self._tell(f"Scoring {counted}{batches} with {self.spec.workers} workers.".replace("  ", " "))
        if self._job.resumed:
            self._tell(f"{self._job.resumed:,} mini-batches were done before: they are not done again.")


def _outcome_of(task: Task, future: Future[Outcome]) -> Outcome:
    """What came back; a process that the executor lost costs one try."""
    try:
        return future.result()
    except (Exception, CancelledError) as error:
        message = f"The executor lost the process that had this mini-batch: {type(error).__name__}: {error}"
        told = {"kind": "lost", "message": message.rstrip(": ")}
        return {"number": task.batch.number, "given": task.batch.count, "seconds": 0.0, "worker": "", "error": told}
