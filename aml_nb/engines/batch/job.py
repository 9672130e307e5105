"""The folder of a batch job: who drives it, what was done before, how it ended."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from aml_nb.engines.batch import journal
from aml_nb.engines.batch import spec as names
from aml_nb.engines.batch.journal import Journal, Numbers, Record
from aml_nb.engines.batch.sources import Source
from aml_nb.engines.batch.spec import COMPLETED, BatchError, BatchSpec, BatchSummary
from aml_nb.engines.batch.tally import Tally, lost

_SOURCE_FILE = "source.json"


class Job:
    """One job, held by this process for one session.

    Attributes
    ----------
    tally : what was done, in earlier sessions too.
    over : the mini-batches that need not be done any more.
    resumed : how many those were when this session began.
    ended : the status that it had ended with before.

    Raises
    ------
    BatchError
        Another process drives it, or it was begun with a specification that this one does not fit.
    """

    def __init__(self, spec: BatchSpec, folder: Path) -> None:
        self.spec, self.folder = spec, folder
        self.tally, self.over = Tally(), Numbers()
        self.ended = ""
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            self._lock(stack)
            self._compare_spec()
            self.journal = Journal(folder / names.JOURNAL_FILE)
            stack.callback(self.journal.close)
            self._recover()
            self._held = stack.pop_all()
        self.resumed = self.tally.batches

    def __enter__(self) -> Job:
        return self

    def __exit__(self, *error: object) -> None:
        self._held.close()

    def begin(self) -> None:
        """Note that a session begins: the job has not ended any more."""
        (self.folder / names.SUMMARY_FILE).unlink(missing_ok=True)
        self.journal.append(journal.SESSION, {"began": time.time()})

    def compare_source(self, source: Source) -> None:
        """Refuse to go on with mini-batches that are others than those that it began with."""
        path = self.folder / _SOURCE_FILE
        now = json.loads(json.dumps(source.describe()))
        if not path.exists():
            replace(path, now)
            return
        before = json.loads(path.read_text(encoding="utf-8"))
        for name in sorted({*before, *now}):
            _same(name, before.get(name), now.get(name))

    def end(self, status: str, batches: int | None, items: int | None, **why: Any) -> BatchSummary:
        """Write the output, where the job is complete, and how it ended.

        Parameters
        ----------
        batches, items : how many there are; None where that is not known.
        why : ``message``, ``hint`` and ``error`` of the summary.
        """
        tally = self.tally
        summary = BatchSummary(
            status=status,
            **why,
            batches=batches or tally.batches,
            done=tally.done,
            failed=tally.failed,
            items=items or tally.items,
            items_done=tally.items_done,
            items_failed=tally.items_failed,
            rows=tally.rows,
            retries=tally.retries,
            workers_lost=tally.workers_lost,
            seconds=round(tally.seconds, 3),
            resumed=self.resumed,
            output=self._write_output() if status == COMPLETED else "",
        )
        ended = {"status": status, "seconds": tally.seconds, "workers_lost": tally.workers_lost}
        self.journal.append(journal.END, ended)
        self.journal.sync()
        replace(self.folder / names.SUMMARY_FILE, summary.to_dict())
        return summary

    def finished(self) -> BatchSummary | None:
        """What it ended with, when it is complete and its output is there."""
        summary = BatchSummary.read(self.folder) if self.ended == COMPLETED else None
        there = summary is not None and (not summary.output or os.path.exists(summary.output))
        return summary if there else None

    def _write_output(self) -> str:
        """The file of all rows, from the journal: there at once and whole."""
        if self.spec.output_action != names.APPEND_ROW:
            return ""
        path = Path(self.spec.output or self.folder / names.OUTPUT)
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with open(staged, "wb", buffering=1 << 20) as file:
                self.journal.copy_rows(file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(staged, path)
        finally:
            staged.unlink(missing_ok=True)
        return str(path)

    def _lock(self, stack: ExitStack) -> None:
        """Be the only driver of this folder; the kernel lets go when we end, however that is."""
        file = stack.enter_context(open(self.folder / "lock", "ab"))
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
            _same("output_action", before.output_action, self.spec.output_action)
        replace(path, self.spec.to_dict())

    def _recover(self) -> None:
        """Take up what the journal holds."""
        failed: list[Record] = []
        for record in self.journal.recover():
            facts = record.facts
            kind = facts["kind"]
            if kind in (journal.DONE, journal.FAILED):
                if facts["number"] not in self.over:
                    self.over.add(facts["number"])
                    self.tally.add(facts)
                    if lost(facts):
                        failed.append(record)
            elif kind == journal.END:
                self.ended = facts["status"]
                self.tally.seconds, self.tally.workers_lost = facts["seconds"], facts["workers_lost"]
                if self.ended != COMPLETED:
                    self._forgive(failed)
            else:
                self.ended = ""

    def _forgive(self, failed: list[Record]) -> None:
        """A job that ended badly is resumed because something was mended: what had failed is tried again, whole."""
        for record in failed:
            self.over.discard(record.facts["number"])
            self.tally.add(record.facts, -1)
            self.journal.void.add(record.start)
        failed.clear()


def replace(path: Path, data: dict[str, Any]) -> None:
    """Write a file of JSON anew; whoever reads meanwhile sees the old one or the new one."""
    staged = path.with_name(f"{path.name}.staged")
    with open(staged, "w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(staged, path)


def _same(name: str, before: Any, now: Any) -> None:
    if before != now:
        raise BatchError(
            f"This job was begun with {name} = {before!r}: what is done of it does not fit {now!r}",
            hint="an empty folder begins a job anew",
        )
