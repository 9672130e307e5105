"""Worker processes of this machine as an executor: a thread a seat, which gives, waits and replaces."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from aml_nb.engines.batch import forker
from aml_nb.engines.batch.launch import Launch
from aml_nb.engines.batch.remote import score
from aml_nb.engines.batch.seat import Outcome, Seat
from aml_nb.engines.batch.sources import Batch
from aml_nb.engines.batch.spec import BatchSpec


class LocalPool(Executor):
    """``submit(score, specification, folder, batch)`` gives the future of an outcome.

    All workers are started at once. A worker that is quick has its next mini-batch before it asks; one that turns out
    not to be gives it back when another is idle.
    """

    def __init__(self, spec: BatchSpec, folder: Path) -> None:
        self._forker = forker.Forker() if forker.worthwhile(spec) else None
        launch = Launch(spec, folder, spec.node, self._forker)
        self.seats = [Seat(launch, f"process{number:03d}") for number in range(spec.workers)]
        self._tasks: deque[Batch] = deque()
        self._futures: dict[int, Future[Outcome]] = {}
        self._change = threading.Condition()
        self._idle = 0
        self._left = len(self.seats)
        self._closing: str = ""
        self._threads = [threading.Thread(target=self._work, args=(seat,), name=seat.name) for seat in self.seats]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a mini-batch scored; nothing but ``remote.score`` can be called."""
        if fn is not score:
            raise TypeError(f"the workers of a batch job score mini-batches: they do not call {fn!r}")
        batch: Batch = args[-1]
        future: Future[Outcome] = Future()
        future.set_running_or_notify_cancel()
        with self._change:
            if self._closing:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self._futures[batch.number] = future
            if self._left:
                self._tasks.append(batch)
                if self._idle:
                    self._change.notify()
                return future
        self._settle(_nobody(batch))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers: when they are idle, by the script's ``shutdown``; ``cancel_futures``: at once."""
        with self._change:
            self._closing = "kill" if cancel_futures else self._closing or "end"
            self._change.notify_all()
        if cancel_futures:
            for seat in self.seats:
                seat.kill()
        if wait:
            for thread in self._threads:
                thread.join()
            if self._forker is not None:
                self._forker.close()

    def _work(self, seat: Seat) -> None:
        """The thread of a seat."""
        try:
            if self._forker is not None and seat is not self.seats[0]:
                self._forker.wait_for_copy(self.seats[0], lambda: bool(self._closing))
            seat.start()
            while not seat.stopped and self._fill(seat):
                told = seat.next()
                if isinstance(told, Batch):
                    self._put_back([told])
                else:
                    self._settle(told)
        except BaseException as error:
            self._give_up(seat, error)
            if not isinstance(error, OSError):
                raise
        finally:
            seat.end(kindly=self._closing != "kill")
            self._leave(seat)

    def _fill(self, seat: Seat) -> bool:
        """Give the seat what it can do now, one beyond where it is quick; False when there is to be no more."""
        with self._change:
            while not seat.running and not self._tasks and not self._closing:
                self._wait_idle()
            if self._closing == "kill" or not (seat.running or self._tasks):
                return False
            batches = [] if seat.running else [self._tasks.popleft()]
            # Others who wait have a better use for it.
            if seat.quick and len(seat.running) + len(batches) < 2 and len(self._tasks) > self._idle:
                batches.append(self._tasks.popleft())
        if batches:
            seat.give(*batches)
        return True

    def _wait_idle(self) -> None:
        for other in self.seats:
            other.recall()
        self._idle += 1
        self._change.wait()
        self._idle -= 1

    def _put_back(self, batches: list[Batch]) -> None:
        with self._change:
            self._tasks.extendleft(reversed(batches))
            self._change.notify(len(batches))

    def _settle(self, outcome: Outcome) -> None:
        with self._change:
            future = self._futures.pop(outcome["number"])
        future.set_result(outcome)

    def _give_up(self, seat: Seat, error: BaseException) -> None:
        """No worker could be started: say so for what it had."""
        for batch in list(seat.running) or self._take_one():
            self._settle({**_nobody(batch), "error": {"kind": "init", "final": True, "message": str(error)}})
        seat.running.clear()

    def _take_one(self) -> list[Batch]:
        with self._change:
            while not self._tasks and not self._closing:
                self._idle += 1
                self._change.wait()
                self._idle -= 1
            return [self._tasks.popleft()] if self._tasks else []

    def _leave(self, seat: Seat) -> None:
        """A seat is empty for good; the last one says so for whatever waits."""
        self._put_back(list(seat.running))
        with self._change:
            self._left -= 1
            orphans = [] if self._left else list(self._tasks)
            if not self._left:
                self._tasks.clear()
        for batch in orphans:
            self._settle(_nobody(batch))


def _nobody(batch: Batch) -> Outcome:
    message = "There is no worker left: a ParallelRunException with StopProcess has ended every one"
    error = {"kind": "init", "final": True, "message": message, "hint": "Retry.RestartProcess"}
    return {"number": batch.number, "given": batch.count, "seconds": 0.0, "worker": "", "error": error}
