"""Try the entry script of a parallel step on its first mini-batch: in a process of its own, once, keeping nothing."""

from __future__ import annotations

import os
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import FILE
from aml_nb.core.pipelines.parallel import arguments as words
from aml_nb.core.pipelines.parallel import inputs, settings
from aml_nb.core.scratch import Scratch
from aml_nb.engines.batch import Batch, BatchSpec, BatchSummary, Source, run_batch
from aml_nb.engines.batch.errors_log import read_errors
from aml_nb.engines.batch.sources import open_source
from aml_nb.engines.batch.spec import COMPLETED, ERRORS_FILE, LOGS

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_MOST_PRINTED = 20_000
_MOST_ROWS = 100_000
"""So many rows of a table are looked at: its first mini-batch has fewer, unless rows are a few bytes long."""


@dataclass(frozen=True)
class Tried:
    """What became of the first mini-batch.

    Attributes
    ----------
    items : the names of its files, or how many rows it has.
    rows : what ``run`` returned, as lines of the output.
    printed : what the script printed.
    error : what went wrong: ``message``, ``hint``, and where in the script; ``kind`` is ``short`` where ``run``
        returned too few elements.
    summary : how it ended.
    """

    items: list[str] | int
    rows: list[str]
    printed: str
    error: dict[str, Any] | None
    summary: BatchSummary


def try_script(
    workspace: Workspace,
    script: Path,
    text: str,
    dataset: Any,
    *,
    name: str = "data",
    mini_batch_size: Any = None,
    arguments: Sequence[str] = (),
    timeout: float = 600,
) -> Tried:
    """Run ``init`` and then ``run`` on the first mini-batch of a dataset, in this interpreter.

    Parameters
    ----------
    script : where the script is, or is to be: its folder is the one that it runs in.
    text : the script, which need not be there yet.
    dataset : a FileDataset or a TabularDataset.
    name : what the input is called.
    mini_batch_size : files, or bytes of a table; v1's default when left out.
    arguments : for the script.
    timeout : seconds that ``run`` may take.

    Raises
    ------
    ArgumentError : the mini-batch size or an argument cannot be right.
    DatasetExecutionError : the dataset has no file, or it cannot be read.
    """
    words.check(arguments)
    files = getattr(dataset, "_kind", FILE) == FILE
    size = settings.DEFAULT_FILES if files else settings.DEFAULT_BYTES
    size = size if mini_batch_size is None else settings.mini_batch_size(mini_batch_size)
    with Scratch("try") as held:
        folder = Path(held)
        entry = folder / "script" / script.name
        entry.parent.mkdir()
        entry.write_text(text, encoding="utf-8")
        # Only what is needed of the data is looked at: a file dataset's first files, a table's first rows.
        told = {"items": FILE if files else "tabular", "inputs": [name], "mini_batch_size": size}
        entry_of_data = {"name": name, "kind": "dataset", "definition": _first(dataset, size, files).to_dict()}
        source, size = inputs.source(
            workspace, {"inputs": [entry_of_data]}, {**told, "partition_keys": None}, folder, Event()
        )
        spec = _spec(workspace, script, entry, source, size, arguments, timeout)
        first = _FirstBatch(open_source(spec, folder))
        summary = run_batch(spec, folder, source=first)
        error = _in_users_words(_error(folder, summary), entry, script)
        return Tried(first.items, _rows(summary), _printed(folder), error, summary)


class _FirstBatch:
    """A source of one mini-batch: another's first."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._batch = next(iter(source.batches(frozenset())), None)

    @property
    def items(self) -> list[str] | int:
        if self._batch is None:
            return 0
        return [os.path.basename(path) for path in self._batch.payload] if self._batch.kind == "files" else self._count

    @property
    def _count(self) -> int:
        return 0 if self._batch is None else self._batch.count

    def describe(self) -> dict[str, Any]:
        return self._source.describe()

    def counted(self) -> tuple[int | None, int | None]:
        return self._count, int(self._batch is not None)

    def batches(self, skip: Container[int]) -> Iterator[Batch]:
        if self._batch is not None and self._batch.number not in skip:
            yield self._batch


def _first(dataset: Any, size: int, files: bool) -> Any:
    return dataset.take(size if files else min(size, _MOST_ROWS))._definition


def _spec(
    workspace: Workspace,
    script: Path,
    entry: Path,
    source: dict[str, Any],
    size: int,
    arguments: Sequence[str],
    timeout: float,
) -> BatchSpec:
    own = {"mini_batch_size": size, "output_action": settings.APPEND_ROW}
    return BatchSpec(
        source=source,
        entry_script=str(entry),
        source_directory=str(script.resolve().parent),
        arguments=words.whole(arguments, own, None),
        variables={"AML_NB_WORKSPACE": str(workspace._folder)},
        mini_batch_size=size,
        processes=1,
        error_threshold=-1,
        run_max_try=1,
        run_invocation_timeout=timeout,
    )


def _error(folder: Path, summary: BatchSummary) -> dict[str, Any] | None:
    """What went wrong with the mini-batch; what kept the script from being loaded; None where all is well."""
    noted = list(read_errors(folder / ERRORS_FILE))
    if noted:
        return noted[-1]
    if summary.status == COMPLETED:
        return None
    return {"hint": summary.hint, **(summary.error or {"message": summary.message})}


def _in_users_words(error: dict[str, Any] | None, entry: Path, script: Path) -> dict[str, Any] | None:
    """With the script's own path in place of that of the copy that ran."""
    if error is None:
        return None
    told = dict(error)
    if told.get("file"):
        own = os.path.basename(str(told["file"])) == entry.name
        told["file"] = str(script) if own else str(script.parent / str(told["file"]))
    for name in ("message", "hint", "traceback"):
        for path in (str(entry), os.path.realpath(entry)):
            told[name] = str(told.get(name) or "").replace(path, str(script))
    return told


def _rows(summary: BatchSummary) -> list[str]:
    if not summary.output:
        return []
    with open(summary.output, encoding="utf-8", errors="replace") as file:
        return file.read().splitlines()


def _printed(folder: Path) -> str:
    """What the script printed, of both streams."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in _streams(folder / LOGS)]
    return "".join(texts)[-_MOST_PRINTED:]


def _streams(folder: Path) -> list[Path]:
    return list(islice((path for path in sorted(folder.rglob("*.txt")) if "stdout" in path.name), 10))
