"""The rows that a batch wrote: found in its output, read as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.scratch import Scratch
from aml_nb.errors import UsageError

if TYPE_CHECKING:
    from aml_nb.verbs.finding_batches import Batch

SEPARATORS = ("\t", ": ", ";", ",", ":", " ")
_LOOKED_AT = 200


@contextmanager
def rows_file(batch: Batch, partial: bool = False) -> Iterator[Path]:
    """The file with the rows of a batch, fetched where it is not on this machine.

    Parameters
    ----------
    partial : take what is done of one that has not completed.

    Raises
    ------
    UsageError : there are no rows, or not yet.
    """
    _check(batch, partial)
    if partial:
        with Scratch("rows") as folder:
            yield _done(batch, Path(folder))
        return
    place, name = _place(batch)
    local = local_path(place)
    if local is not None:
        yield _there(batch, local if local.is_file() else local / name)
        return
    with Scratch("rows") as folder:
        place.download(folder, show_progress=False)
        yield _there(batch, next((path for path in Path(folder).rglob(name)), Path(folder) / name))


def local_path(place: Any) -> Path | None:
    """Where an output lies on this machine; None where it is on another."""
    found = place.datastore._local(place.path_on_datastore or "")
    return None if found is None else Path(found)


def read(path: Path, separator: str | None = None, columns: Sequence[str] | None = None) -> Any:
    """The rows as a DataFrame.

    Parameters
    ----------
    separator : between the values of a row; found out when left out: one that all rows have equally often.
    columns : their names; numbers from 0 on when left out.

    Raises
    ------
    UsageError : there are more or fewer columns than names.
    """
    import pandas

    # Only these end rows: others that Python knows as ends of lines may be within one.
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    if not lines[-1]:
        lines.pop()
    records = _records(lines) if separator is None and columns is None else None
    if records is not None:
        return pandas.DataFrame(records)
    separator = guess(lines[:_LOOKED_AT]) if separator is None else separator
    rows: list[list[str | None]] = [
        [value.strip() for value in parted(line, separator)] if separator else [line] for line in lines
    ]
    width = max(map(len, rows), default=len(columns or ()))
    if columns is not None and rows and len(columns) != width:
        raise UsageError(f"the rows have {width} columns, not {len(columns)}", hint=f"a row: {lines[0][:100]!r}")
    rows = [[*row, *[None] * (width - len(row))] for row in rows]
    frame = pandas.DataFrame(rows, columns=list(columns) if columns is not None else range(width))
    return frame.apply(_numbers) if len(frame) else frame


def guess(lines: Sequence[str]) -> str:
    """What parts the values of rows; nothing where they are one value each."""
    for separator in SEPARATORS:
        counts = {len(parted(line, separator)) for line in lines}
        if len(counts) == 1 and counts != {1}:
            return separator
    return ""


def parted(line: str, separator: str) -> list[str]:
    """The values of a row; between blanks those of a DataFrame may be in quotes."""
    import csv

    if separator == " " and '"' in line:
        return next(csv.reader([line], delimiter=" "), [])
    return line.split(separator)


def write(path: Path, target: Path, frame: Any) -> None:
    """Write the rows to a file: as CSV or Parquet by its name, any other as they are."""
    import shutil

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".csv":
            frame.to_csv(target, index=False)
        elif target.suffix == ".parquet":
            frame.rename(columns=str).to_parquet(target, index=False)
        else:
            shutil.copyfile(path, target)
    except OSError as error:
        raise UsageError(f"cannot write {str(target)!r}: {error.strerror or error}") from error


def _records(lines: Sequence[str]) -> list[dict[Any, Any]] | None:
    """The rows where each is a dictionary, as Python or JSON writes it; None where one is not."""
    import ast
    import json

    found = []
    for line in lines:
        if not line.startswith("{"):
            return None
        try:
            value = json.loads(line)
        except ValueError:
            try:
                value = ast.literal_eval(line)
            except (ValueError, SyntaxError):
                return None
        if not isinstance(value, dict):
            return None
        found.append(value)
    return found or None


def _numbers(column: Any) -> Any:
    import pandas

    try:
        return pandas.to_numeric(column)
    except (ValueError, TypeError):
        return column


def _check(batch: Batch, partial: bool) -> None:
    if batch.settings.get("output_action") == "summary_only" or (batch.node and not batch.settings.get("outputs")):
        raise UsageError(f"{batch.name} keeps no rows (summary_only)", hint="%batch status has its counts")
    record = batch.record
    if batch.step is None:
        raise UsageError(f"{batch.name} has not begun to score: it is {batch.status}", hint="%batch status")
    if record.status == "Completed" or partial:
        return
    if record.over:
        raise UsageError(
            f"{batch.name} is {record.status}: it wrote no rows",
            hint="%batch resume goes on where it was; %batch results --partial has the rows of what is done",
        )
    raise UsageError(
        f"{batch.name} is still going: it is {record.status}",
        hint="%batch status; %batch results --partial has the rows of what is done",
    )


def _place(batch: Batch) -> tuple[Any, str]:
    """Where the output lies, and what the file with the rows is called."""
    from aml_nb.core.pipelines.parallel.settings import APPEND_ROW_FILE
    from aml_nb.display.runs import run_of

    assert batch.step is not None
    step = run_of(batch.workspace, batch.step)
    names = batch.settings.get("outputs") or list(step.get_outputs())
    return step.get_output_data(names[0]), str(batch.settings.get("append_row_file_name") or APPEND_ROW_FILE)


def _there(batch: Batch, path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"the rows of {batch.name} are not there any more: {path}", hint="%batch run makes them anew")
    return path


def _done(batch: Batch, folder: Path) -> Path:
    """A copy of the rows of all mini-batches that are done."""
    from aml_nb.core.pipelines.parallel.progress import OWNER, job_folder
    from aml_nb.engines.batch.journal import Journal
    from aml_nb.engines.batch.spec import JOURNAL_FILE

    owner = batch.owner
    path = None if owner is None else job_folder(batch.workspace, str(owner.payload.get(OWNER))) / JOURNAL_FILE
    if path is None or not path.is_file():
        raise UsageError(f"no mini-batch of {batch.name} is done yet", hint="%batch status")
    target, journal = folder / "rows.txt", Journal(path)
    try:
        with open(target, "wb") as file:
            journal.copy_rows(file)
    finally:
        journal.close()
    return target
