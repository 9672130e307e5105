"""The logs of a parallel step besides that of its run, where v1 has them: how it ended, and what went wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.engines.batch.errors_log import read_errors
from aml_nb.engines.batch.spec import ERRORS_FILE, LOGS

if TYPE_CHECKING:
    from aml_nb.core.runs.folder import RunFolder
    from aml_nb.engines.batch import BatchSummary

RESULT, ERRORS = "job_result.txt", "job_error.txt"
_UNTOLD = ("error", "output")
_SHOWN = 1000
"""So many errors are written out; all of them are in the job's own list."""


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
    (folder / RESULT).write_text(text, encoding="utf-8")
    errors = [shown(each) for each in _written_out(job / ERRORS_FILE)]
    if errors:
        (folder / ERRORS).write_text("\n\n".join(errors) + "\n", encoding="utf-8")


def _written_out(path: Path) -> Iterator[str]:
    for number, error in enumerate(read_errors(path)):
        if number == _SHOWN:
            yield "… and more."
            return
        tries = f" (try {error['try']} of {error['tries']})" if error.get("try") else ""
        parts = [f"Mini-batch {error['mini_batch']}{tries}: {error['message']}"]
        if error.get("files") or error.get("label"):
            parts.append("Of: " + (", ".join(map(str, error["files"])) or str(error["label"])))
        if error.get("traceback"):
            parts.append(str(error["traceback"]).rstrip())
        yield "\n".join(parts)
