"""The rows of a parallel step's tables, kept once in the job's folder: a job that is resumed has the same mini-batches.

The rows are copied into a database file in their order (partitions: one behind the other), whatever they are read
from. Mini-batches are then cut from blocks of them, so that neither the driver's memory nor the time for a mini-batch
grows with the table. What a row takes as text says how many rows make the bytes of a mini-batch.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from aml_nb.core.data.datasets.definition import Definition
from aml_nb.core.data.datasets.tabular.data_type import BOOL
from aml_nb.core.data.datasets.tabular.engine import Engine, literal
from aml_nb.core.data.datasets.tabular.frame import fetch
from aml_nb.core.data.datasets.tabular.plan import Column, Plan
from aml_nb.core.data.datasets.tabular.running import run
from aml_nb.core.pipelines.parallel.files_source import check_keys
from aml_nb.engines.batch import Batch

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

SOURCE = f"{__name__}:opened"
_DATA, _FACTS = "input-{}.duckdb", "input-{}.json"
_BLOCK_BYTES, _LEAST_BLOCK, _MOST_BLOCK = 16 << 20, 2048, 122_880
_SAMPLE = 20_000
Asked = Callable[[], bool]


class Part(NamedTuple):
    """Rows that are one mini-batch."""

    start: int
    rows: int
    keys: dict[str, Any] | None = None


def keep(
    workspace: Workspace,
    definitions: Sequence[Definition],
    names: Sequence[str],
    keys: Sequence[str] | None,
    folder: Path,
) -> int:
    """Copy the rows of all inputs into the job's folder, unless an earlier session has; returns how many inputs.

    Parameters
    ----------
    names : what the step calls the inputs, for errors.
    keys : the partition keys by which mini-batches are made, if they are.

    Raises
    ------
    DatasetExecutionError : an input cannot be read.
    UserErrorException : an input has not these partition keys.
    """
    for number, (definition, name) in enumerate(zip(definitions, names, strict=True)):
        if not (folder / _FACTS.format(number)).exists():
            _keep(workspace, definition, name, keys, folder, number)
    return len(definitions)


class Tables:
    """A source of mini-batches: DataFrames of rows that lie together.

    Parameters
    ----------
    folder : the job's.
    inputs : how many tables were kept there.
    size : about how many bytes a mini-batch has.
    """

    def __init__(self, folder: str | Path, inputs: int, size: int) -> None:
        self._folder, self._size = Path(folder), size
        self._facts = [json.loads((self._folder / _FACTS.format(n)).read_text("utf-8")) for n in range(inputs)]

    def describe(self) -> dict[str, Any]:
        """The tables, which are kept once for a job, and how they are cut."""
        return {"kind": "tables", "rows": [facts["rows"] for facts in self._facts], "size": self._size}

    def counted(self) -> tuple[int | None, int | None]:
        """How many rows and mini-batches."""
        batches = sum(len(facts["parts"]) if facts["parts"] else _batches(facts, self._size) for facts in self._facts)
        return sum(facts["rows"] for facts in self._facts), batches

    def batches(self, skip: Container[int]) -> Iterator[Batch]:
        """The mini-batches in order, without those that were done; only blocks with some of them are read."""
        number = 0
        for place, facts in enumerate(self._facts):
            with Engine() as engine:
                database = self._folder / _DATA.format(place)
                engine.execute(f"ATTACH {literal(str(database))} AS kept (READ_ONLY)")
                for block in _blocks(_parts(facts, self._size), facts["row_bytes"]):
                    wanted = [n not in skip for n in range(number, number + len(block))]
                    if any(wanted):
                        yield from self._cut(engine, facts, block, wanted, number)
                    number += len(block)

    def _cut(
        self, engine: Engine, facts: Mapping[str, Any], block: list[Part], wanted: list[bool], first: int
    ) -> Iterator[Batch]:
        from aml_nb.engines.batch.frames import encode

        start = block[0].start
        frame = _read(engine, facts, start, block[-1].start + block[-1].rows)
        for number, (part, want) in enumerate(zip(block, wanted, strict=True), first):
            if want:
                first_row = part.start - start
                rows = frame.iloc[first_row : first_row + part.rows].reset_index(drop=True)
                label = _label(facts["name"], part)
                yield Batch(number, part.rows, "frame", encode(rows), label, part.keys)


def opened(source: dict[str, Any], spec: Any) -> Tables:
    """The source that a specification names."""
    return Tables(source["folder"], source["inputs"], spec.mini_batch_size)


def _keep(
    workspace: Workspace,
    definition: Definition,
    name: str,
    keys: Sequence[str] | None,
    folder: Path,
    number: int,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    database, told = folder / _DATA.format(number), folder / _FACTS.format(number)
    if keys is not None:
        _check_partitions(definition, keys)

    def answer(engine: Engine, plan: Plan) -> dict[str, Any]:
        for left in folder.glob(f"{database.name}*"):
            left.unlink()
        engine.execute(f"ATTACH {literal(str(database))} AS kept")
        facts = _copied(engine, plan, keys)
        engine.execute("DETACH kept")
        return facts

    facts = {"name": name, **run(workspace, definition, answer)}
    staged = told.with_name(f".{told.name}.{os.getpid()}")
    staged.write_text(json.dumps(facts), encoding="utf-8")
    os.replace(staged, told)


def _copied(engine: Engine, plan: Plan, keys: Sequence[str] | None) -> dict[str, Any]:
    """Copy the rows, each with its number; what a reader of them has to know."""
    places = [plan.place(key) for key in keys or ()]
    rows = f"SELECT *, row_number() OVER () - 1 AS n FROM ({plan.sql})"
    if keys is not None:
        order = ", ".join(f"c{place}" for place in places)
        rows = f"SELECT * EXCLUDE (n), row_number() OVER (ORDER BY {order}, n) - 1 AS n FROM ({rows}) ORDER BY n"
    engine.execute(f"CREATE TABLE kept.data AS {rows}")
    total = int(engine.rows("SELECT count(*) FROM kept.data")[0][0])
    columns = [f"c{place}" for place in range(len(plan.columns))]
    gaps = engine.rows(f"SELECT {', '.join(f'count(*) - count({c})' for c in columns)} FROM kept.data")[0]
    return {
        "rows": total,
        "columns": [list(column) for column in plan.columns],
        "types": [str(row[1]) for row in engine.rows("DESCRIBE kept.data")][: len(columns)],
        "gaps": [bool(gap) for gap in gaps],
        "row_bytes": _row_bytes(engine, columns),
        "parts": None if keys is None else _partitions(engine, keys, places),
    }


def _row_bytes(engine: Engine, columns: Sequence[str]) -> float:
    """What a row takes as text with separators, on the average of the first ones; a whole file of text is as large."""
    length = " + ".join(f"coalesce(strlen(CAST({column} AS VARCHAR)), 0) + 1" for column in columns)
    found = engine.rows(f"SELECT avg({length}) FROM (SELECT * FROM kept.data LIMIT {_SAMPLE})")[0][0]
    return max(1.0, float(found or 1.0))


def _partitions(engine: Engine, keys: Sequence[str], places: Sequence[int]) -> list[list[Any]]:
    """First row, number of rows and values of the keys of each partition."""
    listed = ", ".join(f"c{place}" for place in places)
    found = engine.rows(f"SELECT min(n), count(*), {listed} FROM kept.data GROUP BY {listed} ORDER BY min(n)")
    return [
        [start, count, {key: None if value is None else str(value) for key, value in zip(keys, values, strict=True)}]
        for start, count, *values in found
    ]


def _check_partitions(definition: Definition, keys: Sequence[str]) -> None:
    from aml_nb.core.data.datasets.partitions import PartitionFormat

    text = definition.read.get("partition_format")
    check_keys(keys, PartitionFormat(text).keys if text else [])


def _parts(facts: Mapping[str, Any], size: int) -> Iterator[Part]:
    if facts["parts"] is not None:
        yield from (Part(*part) for part in facts["parts"])
        return
    rows = _rows_of(facts, size)
    for start in range(0, facts["rows"], rows):
        yield Part(start, min(rows, facts["rows"] - start))


def _rows_of(facts: Mapping[str, Any], size: int) -> int:
    return max(1, int(size / float(facts["row_bytes"])))


def _batches(facts: Mapping[str, Any], size: int) -> int:
    return -(-int(facts["rows"]) // _rows_of(facts, size))


def _blocks(parts: Iterator[Part], row_bytes: float) -> Iterator[list[Part]]:
    """Mini-batches that are read together."""
    most = min(_MOST_BLOCK, max(_LEAST_BLOCK, int(_BLOCK_BYTES / row_bytes)))
    block: list[Part] = []
    held = 0
    for part in parts:
        if block and held + part.rows > most:
            yield block
            block, held = [], 0
        block.append(part)
        held += part.rows
    if block:
        yield block


def _read(engine: Engine, facts: Mapping[str, Any], start: int, stop: int) -> Any:
    """Rows as a DataFrame, whose columns have the types that those of the whole table have."""
    columns = tuple(Column(*column) for column in facts["columns"])
    listed = ", ".join(
        f"CAST(c{place} AS DOUBLE) AS c{place}" if gap and _is_whole(kind) else f"c{place}"
        for place, (gap, kind) in enumerate(zip(facts["gaps"], facts["types"], strict=True))
    )
    rows = f"SELECT {listed} FROM kept.data WHERE n >= {int(start)} AND n < {int(stop)} ORDER BY n"
    frame = fetch(engine, Plan(rows, columns))
    for place, (column, gap) in enumerate(zip(columns, facts["gaps"], strict=True)):
        if gap and column.kind == BOOL and frame.iloc[:, place].dtype == bool:
            frame.isetitem(place, frame.iloc[:, place].astype(object))
    return frame


def _is_whole(kind: str) -> bool:
    return "INT" in kind and not kind.endswith("]") and "(" not in kind


def _label(name: str, part: Part) -> str:
    if part.keys is not None:
        return f"{name}: {', '.join(f'{key}={value}' for key, value in part.keys.items())}"
    return f"rows {part.start} to {part.start + part.rows - 1} of {name}"
