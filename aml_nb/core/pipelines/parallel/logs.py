"""The logs of a parallel step besides that of its run, where v1 has them: how it ended, and what went wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.engines.batch.errors_log import read_errors
from aml_nb.engines.batch.spec import ERRORS_FILE, LOGS

if TYPE_CHECKING:
    from aml_nb.core.runs.folder import RunFolder
    from aml_nb.engines.batch import BatchSummary

RESULT, ERRORS = "job_result.txt", "job_error.txt"
_UNTOLD = ("error", "output")
_ERRORS, _MINI_BATCHES, _NAMES = 200, 50, 20
"""So many errors are written out, so many mini-batches of each, and so many names of their files."""


def folder_of(run: RunFolder) -> Path:
    """The folder ``logs`` of a run's files."""
    return run.logs / LOGS


def link(job: Path, run: RunFolder) -> None:
    """Have what the job's workers write be files of the run that is at work on it."""
    target = folder_of(run)
    target.mkdir(parents=True, exist_ok=True)
    staged = job / f".{LOGS}.{os.getpid()}"
    staged.unlink(missing_ok=True)
    staged.symlink_to(target, target_is_directory=True)
    os.replace(staged, job / LOGS)


def finish(run: RunFolder, job: Path, summary: BatchSummary, shown: Callable[[str], str]) -> None:
    """Write how the job ended, and what went wrong on the way.

    Parameters
    ----------
    job : the job's folder.
    summary : how it ended.
    shown : puts the user's own paths into a text.
    """
    folder = folder_of(run)
    facts = {key: value for key, value in summary.to_dict().items() if value not in ("", None) and key not in _UNTOLD}
    text = "".join(f"{name}: {value}\n" for name, value in facts.items())
    (folder / RESULT).write_text(text, encoding="utf-8", errors="backslashreplace")
    errors = shown(_summed_up(read_errors(job / ERRORS_FILE)))
    if errors:
        (folder / ERRORS).write_text(errors, encoding="utf-8", errors="backslashreplace")


def _summed_up(errors: Iterator[dict[str, Any]]) -> str:
    """Each error once, with its traceback and the mini-batches that met it."""
    found: dict[str, _Error] = {}
    left = 0
    for error in errors:
        message = str(error["message"])
        if message in found or len(found) < _ERRORS:
            found.setdefault(message, _Error(message, str(error.get("traceback") or "").rstrip())).add(error)
        else:
            left += 1
    parts = [each.text() for each in found.values()]
    if left:
        parts.append(f"… and {left:,} other errors: errors.jsonl in the job's folder has all of them.")
    return "".join(f"{part}\n\n" for part in parts)


class _Error:
    """An error, and who met it."""

    def __init__(self, message: str, traceback: str) -> None:
        self._lines = [message, *([traceback] if traceback else [])]
        self._met = 0

    def add(self, error: Mapping[str, Any]) -> None:
        self._met += 1
        if self._met <= _MINI_BATCHES:
            self._lines.append(_met(error))

    def text(self) -> str:
        more = self._met - _MINI_BATCHES
        return "\n".join([*self._lines, *([f"  … and {more:,} more"] if more > 0 else [])])


def _met(error: Mapping[str, Any]) -> str:
    """Which mini-batch met an error, and what is in it."""
    files = [str(name) for name in error.get("files") or ()]
    names = ", ".join(files[:_NAMES]) + (f" and {len(files) - _NAMES:,} more" if len(files) > _NAMES else "")
    tries = f" (try {error['try']} of {error['tries']})" if error.get("try") else ""
    return f"  Mini-batch {error['mini_batch']}{tries}: {names or error.get('label') or ''}"
