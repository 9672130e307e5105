"""Waiting for a run, and showing its log meanwhile in the form that v1 has."""

from __future__ import annotations

import codecs
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.interrupting import only_waiting
from aml_nb.core.runs import status as states
from aml_nb.core.runs.details import public_error
from aml_nb.errors import ActivityFailedException, ExperimentExecutionException

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.core.runs.run import Run

_FIRST_S, _SLOWEST_S, _ASK_S = 0.01, 0.2, 0.2
_CHUNK = 1 << 16


def wait_for_completion(
    run: Run, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
) -> dict[str, Any]:
    """As ``Run.wait_for_completion`` says; interrupting it leaves the run alone."""
    if show_output:
        try:
            record = _show(run, raise_on_error)
        except KeyboardInterrupt:
            raise ExperimentExecutionException(
                "The output streaming for the run interrupted.\nBut the run is still executing on the compute target.",
                hint="run.cancel() ends it; run.wait_for_completion(show_output=True) shows it again",
            ) from None
    else:
        with only_waiting("the run", "run.wait_for_completion(show_output=True), or run.cancel()"):
            record = _wait(run)
    if raise_on_error and record.status == states.FAILED:
        raise failed(record)
    return run.get_details()


def failed(record: RunRecord) -> ActivityFailedException:
    """The error of a run that failed: its details as JSON, and in a cell what a person reads."""
    error = public_error(record.payload.get("error")) or {"error": {"code": "UserError", "message": "The run failed."}}
    told = error.get("error") or {}
    found = ActivityFailedException(json.dumps(error, indent=4), hint=told.get("hint") or "print(run.get_all_logs())")
    found.brief = f"The run {record.run_id} failed.\n{told.get('message') or ''}".rstrip()
    return found


def _wait(run: Run) -> RunRecord:
    pause = _FIRST_S
    while True:
        record = run._look()
        if _done(run, record):
            return record
        time.sleep(pause)
        pause = min(pause * 1.3, _SLOWEST_S)


def _done(run: Run, record: RunRecord) -> bool:
    """Whether the run is over and its keeper has let go of it: then its files are all there."""
    return record.over and (bool(record.payload.get("interactive")) or not run._folder.alive())


def _show(run: Run, raise_on_error: bool) -> RunRecord:
    address = run.get_portal_url()
    _write(f"RunId: {run.id}\nWeb View: {address}\n")
    stream = _Stream(run._folder.logs)
    record = stream.follow(run)
    _write(f"\nExecution Summary\n=================\nRunId: {run.id}\nWeb View: {address}\n")
    warnings = [str(each.get("message")) for each in record.payload.get("warnings") or ()]
    if warnings:
        _write("\nWarnings:\n" + "\n".join(warnings) + "\n")
    if record.payload.get("error") and not (raise_on_error and record.status == states.FAILED):
        _write("\nError:\n" + json.dumps(public_error(record.payload["error"]), indent=4) + "\n")
    _write("\n")
    return record


class _Stream:
    """Shows the logs of a run one after the other, each as it grows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name: str | None = None
        self._shown: set[str] = set()
        self._offset = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def follow(self, run: Run) -> RunRecord:
        """Show what comes until the run is over."""
        pause, asked = _FIRST_S, 0.0
        while True:
            now = time.monotonic()
            record = run._look() if now - asked >= _ASK_S else None
            asked = now if record is not None else asked
            done = record is not None and _done(run, record)
            moved = self._step(done)
            if record is not None and done:
                return record
            pause = _FIRST_S if moved else min(pause * 1.3, _SLOWEST_S)
            time.sleep(pause)

    def _step(self, last: bool) -> bool:
        """Show what is new; go on to the next log where there is one. Whether there was anything."""
        moved = self._new_text()
        while (following := self._next()) is not None:
            self._new_text()
            self._begin(following)
            moved = self._new_text() or moved
        if last:
            _write(self._decoder.decode(b"", final=True))
        return moved

    def _next(self) -> str | None:
        """The next log to be shown, if it is there: of several processes the first one's."""
        names = [name for name in log_names(self._folder) if name not in self._shown]
        return names[0] if names else None

    def _begin(self, name: str) -> None:
        self._name, self._offset = name, 0
        self._shown.add(name)
        title = f"Streaming {name}"
        _write(f"\n{title}\n{'=' * len(title)}\n\n")

    def _new_text(self) -> bool:
        if self._name is None:
            return False
        before = self._offset
        try:
            with open(self._folder / self._name, "rb") as file:
                file.seek(self._offset)
                while data := file.read(_CHUNK):
                    self._offset += len(data)
                    _write(self._decoder.decode(data))
        except FileNotFoundError:  # the run was deleted
            return False
        return self._offset > before


def log_names(folder: Path) -> list[str]:
    """The logs to be shown, in the order in which they are written.

    Of several processes the first one's alone; those of a parallel step's workers, which grow side by side, are not.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.txt")) if folder.is_dir() else []
    names = [name for name in names if not name.startswith("logs/user/")]
    return [name for name in names if "_process_" not in name or name.endswith("_process_0.txt")]


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
