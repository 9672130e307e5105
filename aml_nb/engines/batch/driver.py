"""The driver of a batch job: gives mini-batches out, keeps what comes back, tries again, and knows when to stop.

It speaks to a ``concurrent.futures.Executor`` alone, and holds a few mini-batches a worker at a time, however many
there are.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO

from aml_nb.engines.batch import journal, remote
from aml_nb.engines.batch import spec as names
from aml_nb.engines.batch.errors_log import ErrorsLog
from aml_nb.engines.batch.journal import Journal, Numbers
from aml_nb.engines.batch.progress import Progress
from aml_nb.engines.batch.seat import Outcome
from aml_nb.engines.batch.sources import Batch, Source, open_source
from aml_nb.engines.batch.spec import CANCELED, COMPLETED, FAILED, BatchError, BatchSpec, BatchSummary
from aml_nb.engines.batch.tally import Tally

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
        self._tally, self._over, self._failed_before = Tally(), Numbers(), []
        self._back: SimpleQueue[tuple[Task, Future[Outcome]]] = SimpleQueue()
        self._flying: dict[int, Future[Outcome] | None] = {}
        self._again: deque[Task] = deque()
        self._later: list[tuple[float, Task]] = []
        self._unfit = 0
        self._ever_ran = False
        self._resumed = 0
        self._total: int | None = None

    def drive(self) -> BatchSummary:
        """Do it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            self._lock(stack)
            self._compare_spec()
            self._journal = Journal(self.folder / names.JOURNAL_FILE)
            stack.callback(self._journal.close)
            if self._recover():
                return self._finished_before()
            self._errors = ErrorsLog(self.folder / names.ERRORS_FILE, self._tell)
            stack.callback(self._errors.close)
            return self._session()

    def _session(self) -> BatchSummary:
        status, message, hint, error = COMPLETED, "", "", None
        (self.folder / names.SUMMARY_FILE).unlink(missing_ok=True)
        self._journal.append(journal.SESSION, {"began": time.time()})
        self._progress = Progress(self.folder / names.PROGRESS_FILE, self._tally, self._tell, self._workers)
        kill = True
        executor = self._executor()
        try:
            self._score(executor)
            kill = False
        except Stop as stop:
            status, message, hint, error = stop.status, stop.message, stop.hint, stop.error
        finally:
            self._end_executor(executor, kill)
        return self._finish(status, message, hint, error)

    def _score(self, executor: Executor) -> None:
        """Until every mini-batch is over.

        Raises
        ------
        Stop : a threshold was passed, the script cannot be used, or the job was cancelled.
        """
        source = self._given_source or open_source(self.spec, self.folder)
        self._compare_source(source)
        self._progress.items, self._progress.batches = source.counted()
        given = source.batches(self._over)
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
            future.add_done_callback(lambda done, task=task: self._back.put((task, done)))

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
        self._ever_ran, self._unfit = True, 0
        facts = {"number": task.batch.number, "given": task.batch.count, "returned": outcome["returned"]}
        facts |= {"tries": task.attempt, "s": round(outcome["seconds"], 4)}
        self._journal.append(journal.DONE, facts, outcome["rows"])
        self._tally.add({"kind": journal.DONE, **facts})
        self._tally.workers_lost += bool(outcome.get("leaves"))
        if outcome["returned"] < task.batch.count:
            self._errors.add_short(task.batch, outcome)
            self._stop_if_passed()

    def _failed(self, task: Task, outcome: Outcome, error: dict[str, Any]) -> None:
        if error["kind"] == "run":
            self._ever_ran, self._unfit = True, 0
        self._tally.workers_lost += error["kind"] in ("lost", "timeout") or bool(outcome.get("leaves"))
        final = task.attempt >= self.spec.run_max_try or error.get("wish") == "NoRetry"
        self._errors.add(task.batch, outcome, task.attempt, self.spec.run_max_try, final)
        if final:
            facts = {"number": task.batch.number, "given": task.batch.count, "tries": task.attempt}
            self._journal.append(journal.FAILED, {**facts, "message": error["message"][:500]})
            self._tally.add({"kind": journal.FAILED, **facts})
            self._stop_if_passed(error)
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

    def _stop_if_passed(self, error: dict[str, Any] | None = None) -> None:
        message, hint = self._tally.passed(self.spec, self._total)
        if message:
            last = f". The last error: {error['message']}" if error else ""
            raise Stop(FAILED, message + last, hint, error)

    def _finish(self, status: str, message: str, hint: str, error: dict[str, Any] | None) -> BatchSummary:
        self._tally.seconds = self._progress.seconds
        output = self._write_output() if status == COMPLETED else ""
        tally = self._tally
        summary = BatchSummary(
            status=status,
            message=message,
            hint=hint,
            error=error,
            batches=self._total or self._progress.batches or tally.batches,
            done=tally.done,
            failed=tally.failed,
            items=self._progress.items or tally.items,
            items_done=tally.items_done,
            items_failed=tally.items_failed,
            rows=tally.rows,
            retries=tally.retries,
            workers_lost=tally.workers_lost,
            seconds=round(tally.seconds, 3),
            resumed=self._resumed,
            output=output,
        )
        ended = {"status": status, "seconds": tally.seconds, "workers_lost": tally.workers_lost}
        self._journal.append(journal.END, ended)
        self._journal.sync()
        _replace(self.folder / names.SUMMARY_FILE, summary.to_dict())
        self._progress.write(status, message=message)
        self._tell(f"{status}: {message}." if message else f"{status}: {self._progress.sentence()}")
        return summary

    def _write_output(self) -> str:
        """The file of all rows, from the journal: there at once and whole."""
        if self.spec.output_action != names.APPEND_ROW:
            return ""
        path = Path(self.spec.output or self.folder / names.OUTPUT)
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with open(staged, "wb", buffering=1 << 20) as file:
                self._journal.copy_rows(file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(staged, path)
        finally:
            staged.unlink(missing_ok=True)
        return str(path)

    def _executor(self) -> Executor:
        # Workers of an executor of others are kept by what they were told: nothing that they do not need is in it.
        self._for_workers = {**self.spec.to_dict(), "source": {"name": self.spec.source.get("name", "")}}
        self._pool: Any = None
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
        if self._resumed:
            self._tell(f"{self._resumed:,} mini-batches were done before: they are not done again.")

    def _lock(self, stack: ExitStack) -> None:
        """Be the only driver of this folder; the kernel lets go when we end, however that is."""
        file: BinaryIO = stack.enter_context(open(self.folder / "lock", "ab"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BatchError(
                f"Another process drives the job in {self.folder}", hint="wait for it, or cancel it first"
            ) from None

    def _compare_spec(self) -> None:
        path = self.folder / names.SPEC_FILE
        if path.exists():
            before = BatchSpec.read(self.folder)
            for name in ("output_action",):
                _same(name, getattr(before, name), getattr(self.spec, name))
        _replace(path, self.spec.to_dict())

    def _compare_source(self, source: Source) -> None:
        path = self.folder / "source.json"
        now = json.loads(json.dumps(source.describe()))
        if path.exists():
            before = json.loads(path.read_text(encoding="utf-8"))
            for name in sorted({*before, *now}):
                _same(name, before.get(name), now.get(name))
            return
        _replace(path, now)

    def _recover(self) -> bool:
        """Take up what the journal holds; whether the job is over."""
        failed: dict[int, dict[str, Any]] = {}
        status = ""
        for facts in self._journal.recover():
            kind = facts["kind"]
            if kind in (journal.DONE, journal.FAILED):
                if facts["number"] not in self._over:
                    self._over.add(facts["number"])
                    self._tally.add(facts)
                    if kind == journal.FAILED:
                        failed[facts["number"]] = facts
            elif kind == journal.END:
                status = facts["status"]
                self._tally.seconds, self._tally.workers_lost = facts["seconds"], facts["workers_lost"]
                if status != COMPLETED:
                    self._forgive(failed)
            else:
                status = ""
        self._resumed = self._tally.batches
        return status == COMPLETED

    def _forgive(self, failed: dict[int, dict[str, Any]]) -> None:
        """A job that ended badly is resumed because something was mended: what had failed is tried again."""
        for number, facts in failed.items():
            self._over.discard(number)
            self._tally.forget_failed(facts["given"], facts.get("tries", 1))
        failed.clear()

    def _finished_before(self) -> BatchSummary:
        summary = BatchSummary.read(self.folder)
        if summary is not None and (not summary.output or os.path.exists(summary.output)):
            return summary
        self._progress = Progress(self.folder / names.PROGRESS_FILE, self._tally, self._tell, list)
        return self._finish(COMPLETED, "", "", None)


def _outcome_of(task: Task, future: Future[Outcome]) -> Outcome:
    """What came back; a process that the executor lost costs one try."""
    try:
        return future.result()
    except (Exception, CancelledError) as error:
        message = f"The executor lost the process that had this mini-batch: {type(error).__name__}: {error}"
        told = {"kind": "lost", "message": message.rstrip(": ")}
        return {"number": task.batch.number, "given": task.batch.count, "seconds": 0.0, "worker": "", "error": told}


def _same(name: str, before: Any, now: Any) -> None:
    if before != now:
        raise BatchError(
            f"This job was begun with {name} = {before!r}, and cannot be resumed with {now!r}: what is done does not fit",
            hint="an empty folder begins a job anew",
        )


def _replace(path: Path, data: dict[str, Any]) -> None:
    staged = path.with_name(f"{path.name}.staged")
    with open(staged, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(staged, path)
