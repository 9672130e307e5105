"""The rules of a job, with an executor that answers at once: tries, thresholds, what is resumed."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from aml_nb.engines.batch import Batch, BatchError, BatchSpec, BatchSummary, run_batch
from aml_nb.engines.batch.errors_log import read_errors
from aml_nb.engines.batch.tally import lost

Answer = Callable[[Batch, int], dict[str, Any]]


def good(batch: Batch, attempt: int = 1) -> dict[str, Any]:
    rows = "".join(f"{path}\n" for path in batch.payload).encode()
    return {"returned": batch.count, "rows": rows}


def bad(kind: str = "run", **more: Any) -> Answer:
    return lambda batch, attempt: {"error": {"kind": kind, "message": "score.py, line 3: no", **more}}


class Answers(Executor):
    """Answers in the thread that asks; ``answer`` gets the mini-batch and the number of the try."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.tries, self.most = answer, Counter[int](), 0
        self.order: list[int] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        batch = args[-1]
        self.tries[batch.number] += 1
        self.order.append(batch.number)
        future: Future[Any] = Future()
        try:
            told = self.answer(batch, self.tries[batch.number])
            base = {"number": batch.number, "given": batch.count, "seconds": 0.01, "worker": "w", "leaves": ""}
            future.set_result({**base, **told})
        except Exception as error:
            future.set_exception(error)
        return future


class Job:
    """A job of so many items, and how to run it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.items = folder / "job", folder / "items"
        self.said: list[str] = []

    def run(self, answer: Answer = good, items: int = 20, cancelled: threading.Event | None = None, **more: Any) -> Any:
        if not self.items.exists():
            self.items.write_bytes(b"".join(b"%d\0" % n for n in range(items)))
        facts = {"mini_batch_size": 2, "processes": 2, **more}
        source = {"kind": "paths", "file": str(self.items)}
        spec = BatchSpec(source=source, entry_script="score.py", source_directory=str(self.folder), **facts)
        self.executor = Answers(answer)
        return run_batch(spec, self.folder, executor=self.executor, tell=self.said.append, cancelled=cancelled)

    def rows(self) -> list[int]:
        return sorted(int(row) for row in (self.folder / "parallel_run_step.txt").read_text().split())

    def errors(self) -> list[dict[str, Any]]:
        return list(read_errors(self.folder / "errors.jsonl"))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def on(numbers: set[int], other: Answer, until: int = 99) -> Answer:
    """``other`` for these mini-batches, as long as the try is below ``until``."""
    return lambda batch, attempt: (other if batch.number in numbers and attempt < until else good)(batch, attempt)


def test_every_item_is_scored_once(job: Job) -> None:
    summary = job.run(items=21)
    assert (summary.status, summary.batches, summary.done, summary.items, summary.rows) == ("Completed", 11, 11, 21, 21)
    assert job.rows() == list(range(21))
    assert BatchSummary.read(job.folder) == summary
    progress = json.loads((job.folder / "progress.json").read_text())
    assert (progress["status"], progress["done"], progress["items_total"]) == ("Completed", 11, 21)


def test_a_job_that_is_complete_is_not_done_again(job: Job) -> None:
    first = job.run()
    assert job.run(bad()) == first
    (job.folder / "parallel_run_step.txt").unlink()
    assert job.run(bad()).status == "Completed"
    assert job.rows() == list(range(20))
    assert not job.executor.tries


@pytest.mark.parametrize("kind", ["run", "timeout", "lost"])
def test_a_failure_costs_one_try(job: Job, kind: str) -> None:
    summary = job.run(on({3}, bad(kind), until=3))
    assert (summary.status, summary.failed, summary.retries, job.executor.tries[3]) == ("Completed", 0, 2, 3)
    assert job.rows() == list(range(20))
    assert [(each["mini_batch"], each["try"], each["final"]) for each in job.errors()] == [(3, 1, False), (3, 2, False)]
    assert summary.workers_lost == (0 if kind == "run" else 2)


def test_tries_are_limited_and_the_files_named(job: Job) -> None:
    summary = job.run(on({3}, bad(line=3)), run_max_try=2)
    assert (summary.status, summary.done, summary.failed, summary.items_failed) == ("Completed", 9, 1, 2)
    assert job.rows() == [n for n in range(20) if n not in (6, 7)]
    assert [each["files"] for each in job.errors()] == [["6", "7"]] * 2
    assert any("Mini-batch 3 ('6' and 1 more): score.py, line 3: no; it has failed." in line for line in job.said)


def test_a_process_that_the_executor_lost_costs_a_try(job: Job) -> None:
    def broken(batch: Batch, attempt: int) -> dict[str, Any]:
        raise RuntimeError("KilledWorker")

    assert job.run(on({0}, broken, until=2)).retries == 1
    assert "RuntimeError: KilledWorker" in job.errors()[0]["message"]


def test_wishes_of_a_script(job: Job) -> None:
    assert job.run(on({1}, bad(wish="NoRetry"))).failed == 1
    assert job.executor.tries[1] == 1


def test_a_mini_batch_may_be_put_off(job: Job) -> None:
    began = time.monotonic()
    assert job.run(on({1}, bad(wish="Sleep", delay=0.3), until=2)).status == "Completed"
    assert time.monotonic() - began >= 0.3
    assert job.executor.order[-1] == 1


def short(batch: Batch, attempt: int) -> dict[str, Any]:
    return {"returned": 1, "rows": b"0\n"}


@pytest.mark.parametrize(("threshold", "status"), [(-1, "Completed"), (3, "Completed"), (2, "Failed"), (0, "Failed")])
def test_items_that_no_element_was_returned_for_have_failed(job: Job, threshold: int, status: str) -> None:
    summary = job.run(on({1, 2, 3}, short), error_threshold=threshold)
    assert summary.status == status
    if status == "Completed":
        assert (summary.items_failed, summary.items_done, summary.rows, summary.failed) == (3, 17, 17, 0)
        assert [each["kind"] for each in job.errors()] == ["short"] * 3
    else:
        assert f" failed, which is above error_threshold, {threshold}" in summary.message
        assert not (job.folder / "parallel_run_step.txt").exists()


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"error_threshold": 4}, "Completed"),
        ({"error_threshold": 3}, "Failed"),
        ({"allowed_failed_count": 2}, "Completed"),
        ({"allowed_failed_count": 1}, "Failed"),
        ({"allowed_failed_percent": 20}, "Completed"),
        ({"allowed_failed_percent": 19.9}, "Failed"),
    ],
)
def test_thresholds_on_failed_mini_batches(job: Job, rule: dict[str, Any], status: str) -> None:
    summary = job.run(on({0, 1}, bad()), run_max_try=1, **rule)
    assert summary.status == status
    if status == "Failed":
        assert next(iter(rule)) in summary.message and "score.py, line 3: no" in summary.message


def test_a_percentage_is_looked_at_when_all_were_given_out(job: Job) -> None:
    summary = job.run(on({0, 1}, bad()), items=400, run_max_try=1, allowed_failed_percent=0.5)
    assert summary.status == "Failed"
    assert len(job.executor.tries) == 200


def test_a_job_that_was_aborted_is_resumed_with_what_had_failed(job: Job) -> None:
    first = job.run(on({1}, bad()), run_max_try=1, error_threshold=0)
    assert first.status == "Failed"
    second = job.run(good, error_threshold=0)
    assert (second.status, second.items_failed, second.resumed) == ("Completed", 0, first.done)
    assert job.executor.tries.total() == 10 - first.done
    assert job.rows() == list(range(20))


def test_items_that_were_missing_are_scored_again_when_an_aborted_job_is_resumed(job: Job) -> None:
    first = job.run(on({1, 2}, short), error_threshold=1)
    assert first.status == "Failed" and first.items_failed == 2
    second = job.run(good, error_threshold=0)
    assert (second.status, second.items_failed, second.rows, second.done) == ("Completed", 0, 20, 10)
    assert job.rows() == list(range(20))
    (job.folder / "parallel_run_step.txt").unlink()
    assert job.run(bad()).status == "Completed"
    assert job.rows() == list(range(20))


def test_a_script_that_cannot_be_used_ends_the_job_at_once(job: Job) -> None:
    summary = job.run(bad("init", final=True, hint="mend it", line=3))
    assert (summary.status, summary.message, summary.hint) == ("Failed", "score.py, line 3: no", "mend it")
    assert summary.error is not None and summary.error["line"] == 3
    assert job.run(good).status == "Completed"


def test_init_that_always_fails_is_not_tried_for_ever(job: Job) -> None:
    summary = job.run(bad("init"), run_max_try=3)
    assert summary.status == "Failed" and "(3 workers in a row)" in summary.message
    assert summary.failed == 0


def test_init_that_fails_now_and_then_costs_no_mini_batch_a_try(job: Job) -> None:
    summary = job.run(on(set(range(0, 10, 2)), bad("init"), until=2), run_max_try=4)
    assert (summary.status, summary.failed, summary.retries) == ("Completed", 0, 0)
    assert job.rows() == list(range(20))


def test_an_empty_input_is_a_failure(job: Job) -> None:
    summary = job.run(items=0)
    assert (summary.status, summary.message) == ("Failed", "There is nothing in the input")


def test_a_job_is_cancelled_and_resumed(job: Job) -> None:
    event = threading.Event()

    def answer(batch: Batch, attempt: int) -> dict[str, Any]:
        if batch.number == 40:
            event.set()
        return good(batch)

    first = job.run(answer, cancelled=event, items=200)
    assert first.status == "Canceled" and 0 < first.done < 60
    second = job.run()
    assert second.resumed == first.done
    assert job.rows() == list(range(200))


def test_only_so_many_mini_batches_are_out_at_a_time(job: Job) -> None:
    out: list[tuple[Future[Any], Batch]] = []
    most = 0

    class Slow(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            nonlocal most
            future: Future[Any] = Future()
            out.append((future, args[-1]))
            most = max(most, len(out))
            if len(out) == 6:
                for each, batch in out[::-1]:
                    base = {"number": batch.number, "given": batch.count, "seconds": 0.0, "worker": ""}
                    each.set_result({**base, **good(batch)})
                out.clear()
            return future

    job.items.write_bytes(b"".join(b"%d\0" % n for n in range(120)))
    spec = BatchSpec({"kind": "paths", "file": str(job.items)}, "score.py", "/", mini_batch_size=2, processes=2)
    run_batch(spec, job.folder, executor=Slow())
    assert most == 6
    assert job.rows() == list(range(120))


def test_summary_only_writes_no_rows(job: Job) -> None:
    summary = job.run(output_action="summary_only")
    assert (summary.rows, summary.output) == (20, "")
    assert not (job.folder / "parallel_run_step.txt").exists()


def test_another_input_is_no_resumption(job: Job) -> None:
    job.run(bad("init", final=True))
    with pytest.raises(BatchError, match="begun with mini_batch_size = 2.*does not fit 3"):
        job.run(mini_batch_size=3)


def test_one_driver_a_job(job: Job) -> None:
    def answer(batch: Batch, attempt: int) -> dict[str, Any]:
        if batch.number == 0:
            with pytest.raises(BatchError, match="Another process drives the job"):
                Job(job.folder.parent).run()
        return good(batch)

    assert job.run(answer).status == "Completed"


def test_a_script_that_says_much_fills_neither_log_nor_disk(job: Job) -> None:
    job.run(bad(traceback="x" * 100_000), items=100, run_max_try=1)
    assert max(len(each["traceback"]) for each in job.errors()) == 8000
    assert sum("Mini-batch" in line for line in job.said) == 20
    assert sum("errors.jsonl alone" in line for line in job.said) == 1


def test_one_element_speaks_for_a_whole_partition_and_none_for_nothing() -> None:
    parted = Batch(0, 5, "files", ["a"] * 5, keys={"store": "north"})
    assert [parted.missing(returned) for returned in (0, 1, 5, 6)] == [5, 0, 0, 0]
    assert [Batch(0, 5, "files", ["a"] * 5).missing(returned) for returned in (0, 1, 5, 6)] == [5, 4, 0, 0]


def test_a_journal_of_before_tells_what_was_missing_by_its_counts() -> None:
    assert lost({"kind": "done", "given": 5, "returned": 3}) == 2
    assert lost({"kind": "done", "given": 5, "returned": 1, "short": 0}) == 0
    assert lost({"kind": "failed", "given": 5}) == 5
