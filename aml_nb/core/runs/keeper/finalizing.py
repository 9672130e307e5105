"""After the script: its outputs become the run's files, and its working folder goes."""

from __future__ import annotations

import shutil
import traceback
from pathlib import Path

from aml_nb.core.runs.keeper.book import Book
from aml_nb.core.runs.keeper.ending import Ending
from aml_nb.core.runs.spec import RunSpec


def finalize(folder: Path, spec: RunSpec, book: Book, ending: Ending, lost: int) -> Ending:
    """Keep what the script wrote; a run whose outputs cannot be kept has failed, and its working folder stays.

    A run that is cancelled meanwhile brings no more files to its datastores. Of one that was cancelled before, what
    the script had written by then is kept.
    """
    book.status("Finalizing")
    try:
        if spec.bound is not None and not _collect(folder, spec, book, ending.status == "Completed"):
            ending = Ending.canceled()
        if spec.outputs:
            from aml_nb.core.runs.files import RunFiles

            files = RunFiles(book.workspace, spec.run_id)
            files.collect()
            files.collect([(name, folder / "work" / name) for name in spec.watched])
    except Exception as error:
        traceback.print_exc()
        return ending if ending.status != "Completed" else _not_kept(folder, error)
    shutil.rmtree(folder / "work", ignore_errors=True)
    shutil.rmtree(folder / "resume", ignore_errors=True)
    if lost and ending.status == "Completed":
        return ending.warned(f"{lost:,} bytes of the log could not be written: the disk was full.")
    return ending


def _collect(folder: Path, spec: RunSpec, book: Book, succeeded: bool) -> bool:
    """Bring the outputs to their datastores; whether nobody cancelled the run meanwhile."""
    from aml_nb.core.data.datasets.placing import Stopped
    from aml_nb.core.runs.bindings import collect

    asked = book.cancelled()
    bound, work = spec.bound or {}, folder / "work"
    try:
        kept = collect(book.workspace, bound, work, spec.run_id, succeeded, lambda: not asked and book.cancelled())
    except Stopped:
        return False
    book.records.change(spec.run_id, lambda fields: fields["payload"].update(output_datasets=kept))
    return True


def _not_kept(folder: Path, error: Exception) -> Ending:
    from aml_nb.errors import AmlError

    why = error.message if isinstance(error, AmlError) else f"{type(error).__name__}: {error}"
    return Ending.failed(
        f"The script ended well, and what it wrote cannot be kept: {why}",
        hint=f"it is still in {folder / 'work'}",
    )
