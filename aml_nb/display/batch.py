"""Batches: how far one is, what failed, its rows, and the first mini-batch of a script that was tried."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.parallel import progress
from aml_nb.display import html, text
from aml_nb.display.base import Card, Shown, Table
from aml_nb.display.run_words import error_of, moment, stamp, took
from aml_nb.display.text import age

if TYPE_CHECKING:
    from aml_nb.core.pipelines.parallel.trying import Tried
    from aml_nb.verbs.finding_batches import Batch

_MOST_SHOWN = 10
_MOST_FILES = 3


class BatchTable(Table):
    """Batches, newest first; ``batches[0]`` is the run of the first one's pipeline."""

    kind = "batches"
    heads = ("NAME", "EXPERIMENT", "STATUS", "SCRIPT", "PROGRESS", "TOOK", "AGE")
    state = 2
    empty = "%batch run SCRIPT --data DATASET"

    def __iter__(self) -> Iterator[Any]:
        return (run_of(batch) for batch in self.items)

    def __getitem__(self, key: Any) -> Any:
        """By position, name or id."""
        if isinstance(key, str):
            found = next((batch for batch in self.items if key in (batch.name, batch.record.run_id)), None)
            if found is None:
                raise KeyError(key)
            return run_of(found)
        return BatchTable(self.items[key]) if isinstance(key, slice) else run_of(self.items[key])

    def row(self, item: Batch) -> list[str]:
        record = item.record
        script = str(item.settings.get("entry_script") or "")
        return [
            item.name, record.experiment, item.status, script, sentence_of(item), took(record),
            age(record.created / 1000),
        ]  # fmt: skip

    def record(self, item: Batch) -> Any:
        return batch_data(item)


class BatchCard(Card):
    """One batch as it is now; ``run`` is the pipeline's run, ``progress`` its counts."""

    def __init__(self, batch: Batch, notes: Sequence[str] = ()) -> None:
        self.batch, self.run, record = batch, run_of(batch), batch.record
        self.progress = progress_of(batch)
        settings = batch.settings
        began = record.started or record.created
        rows = [
            ("id", self.run.id),
            ("experiment", f"{record.experiment} (run {(batch.pipeline or record).number})"),
            ("script", settings.get("entry_script")),
            ("target", record.target or batch.node.get("target")),
            ("mini-batch", size_text(settings)),
            ("progress", sentence_of(batch)),
            ("tolerance", tolerance_text(settings)),
            ("started", f"{moment(began)} ({age(began / 1000)} ago)"),
            ("took", took(record)),
            ("error", _error_of(batch)),
        ]
        super().__init__("batch", batch.name, rows, batch.status, [*notes, *self._next()], batch_data(batch))

    def as_html(self) -> str:
        return super().as_html() + bar(progress.share(self.progress) if self.progress else None)

    def _next(self) -> list[str]:
        """What can be done about it."""
        batch, facts = self.batch, self.progress or {}
        failed = bool(facts.get("failed") or facts.get("items_failed"))
        notes = ["%batch errors says what failed"] if failed else []
        if batch.over and batch.status == "Completed":
            return [*notes, "%batch results reads its rows"] if batch.settings.get("outputs") else notes
        if batch.over and batch.owner is not None:
            notes.append("%batch resume goes on where it was")
        return notes


class ErrorTable(Table):
    """The mini-batches that failed: dictionaries with ``files``, ``message``, ``file``, ``line``, ``traceback``."""

    kind = "errors"
    heads = ("MINI-BATCH", "OF", "TRIES", "WHERE", "WHAT")
    state = None

    def __init__(self, name: str, items: Sequence[dict[str, Any]]) -> None:
        super().__init__(items)
        self.name = name

    def to_pandas_dataframe(self) -> Any:
        """The same as a table of pandas."""
        import pandas

        return pandas.DataFrame(self.items)

    def row(self, item: dict[str, Any]) -> list[str]:
        tries = f"{item['try']} of {item['tries']}" if item.get("try") else ""
        where = f"{os.path.basename(str(item['file']))}, line {item['line']}" if item.get("file") else ""
        said = str(item.get("message") or "")
        return [str(item["mini_batch"]), files_text(item), tries, where, said.removeprefix(f"{where}: ")]

    def record(self, item: dict[str, Any]) -> Any:
        return item

    def as_html(self) -> str:
        whole = super().as_html()
        traced = next((each for each in self.items if each.get("traceback")), None)
        return whole + (html.block(str(traced["traceback"]).rstrip(), "bad") if traced is not None else "")

    def _nothing(self) -> str:
        return f"No mini-batch of {self.name} failed."


class RowsView(Shown):
    """The rows of a batch for a terminal: the first of them, and how many there are."""

    def __init__(self, name: str, frame: Any) -> None:
        self.name, self.frame = name, frame

    def as_text(self, paint: text.Paint = text.plain) -> str:
        shown = self.frame.head(_MOST_SHOWN)
        rows = [[str(value) for value in row] for row in shown.itertuples(index=False)]
        table = text.columns([str(name) for name in shown.columns], rows, paint)
        count = len(self.frame)
        more = f", the first {len(shown)}" if count > len(shown) else ""
        return f"{table}\n{paint('dim', f'{count:,} rows of {text.clean(self.name)}{more}')}"

    def as_data(self) -> Any:
        return self.frame.to_dict(orient="records")


class TriedCard(Card):
    """What ``run`` returned for the first mini-batch; ``rows`` are the lines of the output."""

    def __init__(self, script: str, tried: Tried) -> None:
        self.lines, items = list(tried.rows), tried.items
        count = items if isinstance(items, int) else len(items)
        noun = "rows" if isinstance(items, int) else "files"
        short = tried.error is not None
        named = [] if isinstance(items, int) else [("files", _few(items))]
        facts = [("mini-batch", f"{count} {noun}"), *named, ("took", f"{tried.summary.seconds:.1f} s with its start")]
        note = f"{str((tried.error or {}).get('message'))}: each that is missing counts as failed" if short else ""
        self.printed = tried.printed
        data = {
            "script": script, "items": items, "rows": self.lines, "printed": tried.printed,
            "seconds": tried.summary.seconds, "error": (tried.error or {}).get("message"),
        }  # fmt: skip
        super().__init__("tried", script, facts, None, [note], data)

    def as_text(self, paint: text.Paint = text.plain) -> str:
        parts = [super().as_text(paint), *(f"  {text.harmless(line)}" for line in self._shown())]
        if self.printed.strip():
            parts += [paint("dim", "printed:"), text.harmless(self.printed.rstrip())]
        return "\n".join(parts)

    def as_html(self) -> str:
        printed = html.block("printed:\n" + self.printed.rstrip(), "dim") if self.printed.strip() else ""
        return super().as_html() + html.block("\n".join(self._shown())) + printed

    def _shown(self) -> list[str]:
        more = len(self.lines) - _MOST_SHOWN
        return [*self.lines[:_MOST_SHOWN], *([f"… and {more} more"] if more > 0 else [])]


def run_of(batch: Batch) -> Any:
    """The run of its pipeline, or its step's where that is all there is."""
    from aml_nb.display.runs import run_of as made

    return made(batch.workspace, batch.pipeline or batch.record)


def progress_of(batch: Batch) -> dict[str, Any] | None:
    """Its counts; None where it has not begun."""
    owner = batch.owner
    return None if owner is None else progress.read(batch.workspace, owner)


def sentence_of(batch: Batch) -> str:
    """How far it is, in a line."""
    facts = progress_of(batch)
    said = "" if facts is None else progress.sentence(facts, batch.record.over)
    return f"{said} (taken from an earlier run)" if said and batch.owner is not batch.step else said


def size_text(settings: dict[str, Any]) -> str:
    """What a mini-batch is."""
    if settings.get("partition_keys"):
        return f"the files or rows of one {' and '.join(settings['partition_keys'])}"
    size = plain(settings.get("mini_batch_size"))
    return "" if size is None else f"{size:,} files" if settings.get("items") == "file" else f"{size:,} bytes of rows"


def tolerance_text(settings: dict[str, Any]) -> str:
    """How much may fail."""
    allowed = plain(settings.get("error_threshold"))
    if allowed is None:
        return ""
    if allowed < 1:
        return "any number of files or rows may fail" if allowed else "nothing may fail"
    return "1 file or row may fail" if allowed == 1 else f"{allowed:,} files or rows may fail"


def plain(value: Any) -> Any:
    """A setting that is a number here; None where it is told when the pipeline is submitted."""
    return value if isinstance(value, (int, float)) else None


def files_text(item: dict[str, Any]) -> str:
    """The files of a mini-batch, or which rows it has."""
    files = [os.path.basename(str(path)) for path in item.get("files") or ()]
    return _few(files) if files else str(item.get("label") or "")


def bar(share: float | None) -> str:
    """A bar that is filled so far; nothing where that cannot be told."""
    if share is None:
        return ""
    return (
        '<div style="background:var(--jp-border-color2, #8885);border-radius:3px;max-width:30em;'
        'height:6px;margin:4px 0">'
        f'<div style="width:{100 * share:.1f}%;height:6px;border-radius:3px;'
        'background:var(--jp-brand-color1, #1f77b4)"></div></div>'
    )


def batch_data(batch: Batch) -> dict[str, Any]:
    """A batch for JSON."""
    record, facts = batch.record, progress_of(batch) or {}
    counts = ("done", "failed", "batches", "items", "items_failed", "items_total", "rows", "rate", "seconds_left")
    return {
        "id": (batch.pipeline or record).run_id,
        "step": None if batch.step is None else batch.step.run_id,
        "name": batch.name,
        "experiment": record.experiment,
        "status": batch.status,
        "script": batch.settings.get("entry_script"),
        "created": stamp(record.created),
        "ended": stamp(record.ended),
        "progress": {name: facts.get(name) for name in counts} if facts else None,
        "error": _error_of(batch, whole=True) or None,
    }


def _error_of(batch: Batch, whole: bool = False) -> str:
    """What ended it; nothing where a resumed step has mended that."""
    if batch.status == "Completed":
        return ""
    return error_of(batch.record, whole) or (error_of(batch.pipeline, whole) if batch.pipeline else "")


def _few(names: Sequence[str]) -> str:
    more = len(names) - _MOST_FILES
    return ", ".join(names[:_MOST_FILES]) + (f" and {more} more" if more > 0 else "")
