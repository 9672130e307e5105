"""Every try that failed, a line of JSON each: which mini-batch, which files, what, and where in the script."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aml_nb.engines.batch.seat import Outcome
from aml_nb.engines.batch.sources import Batch

_MOST_NAMES, _MOST_SAID, _MOST_TRACEBACKS, _TRACEBACK = 1_000, 20, 1_000, 8_000


class ErrorsLog:
    """Appends to ``errors.jsonl``, and tells the first of them in a sentence."""

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._written = self._said = 0
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def add(self, batch: Batch, outcome: Outcome, attempt: int, tries: int, final: bool) -> None:
        """Note a try of a mini-batch that failed; ``final``: there is none after it."""
        facts = dict(outcome["error"])
        if self._written >= _MOST_TRACEBACKS:
            facts.pop("traceback", None)
            facts.pop("lines", None)
        elif facts.get("traceback"):
            facts["traceback"] = facts["traceback"][-_TRACEBACK:]
        self._write(batch, outcome, {"try": attempt, "tries": tries, "final": final, **facts})
        after = "it has failed" if final else f"it is tried again ({attempt} of {tries} tries)"
        self._say(f"Mini-batch {batch.number}{_named(batch)}: {facts['message'].rstrip('.')}; {after}.")

    def add_short(self, batch: Batch, outcome: Outcome) -> None:
        """Note a mini-batch that has too few rows."""
        returned, given = outcome["returned"], outcome["given"]
        noun = "files" if batch.kind == "files" else "rows"
        message = f"run() returned {returned} elements for {given} {noun}: {given - returned} failed"
        self._write(batch, outcome, {"kind": "short", "final": True, "message": message})
        self._say(f"Mini-batch {batch.number}{_named(batch)}: {message}.")

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def _write(self, batch: Batch, outcome: Outcome, facts: dict[str, Any]) -> None:
        self._written += 1
        files = batch.payload[:_MOST_NAMES] if batch.kind == "files" else []
        head = {"mini_batch": batch.number, "items": batch.count, "label": batch.label, "files": files}
        line = {**head, "worker": outcome["worker"], "seconds": round(outcome["seconds"], 3), **facts}
        os.write(self._handle, json.dumps({**line, "time": time.time()}).encode() + b"\n")

    def _say(self, sentence: str) -> None:
        self._said += 1
        if self._said <= _MOST_SAID:
            self._tell(sentence)
        if self._said == _MOST_SAID:
            self._tell("Further errors are in errors.jsonl alone.")


def read_errors(path: Path) -> Iterator[dict[str, Any]]:
    """What was noted; a line that was cut off is left out."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue
    except FileNotFoundError:
        return


def _named(batch: Batch) -> str:
    if batch.kind != "files":
        return f" ({batch.label})" if batch.label else ""
    first = os.path.basename(batch.payload[0])
    shown = first.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return f" ({shown!r})" if batch.count == 1 else f" ({shown!r} and {batch.count - 1} more)"
