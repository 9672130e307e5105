"""Tables and cards of datasets, and a look at what is in one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aml_nb.display.base import Card, Table
from aml_nb.display.text import pairs

_PLACES = 3
"""So many places of a dataset are named in a line."""


class DatasetTable(Table):
    """Registered datasets; ``datasets["iris"]`` is the dataset."""

    kind = "datasets"
    heads = ("NAME", "VERSION", "TYPE", "TAGS", "WHERE", "DESCRIPTION")
    empty = "%dataset register NAME PATH"

    def row(self, item: Any) -> list[str]:
        where = ", ".join(places(item)[:_PLACES]) + (", …" if len(places(item)) > _PLACES else "")
        return [item.name, str(item.version), type_of(item), pairs(item.tags), where, item.description or ""]

    def record(self, item: Any) -> Any:
        return dataset_data(item)


class DatasetCard(Card):
    """One dataset; ``dataset`` is it."""

    def __init__(self, dataset: Any, versions: Sequence[str] = ()) -> None:
        self.dataset = dataset
        told = dataset_data(dataset)
        others = [version for version in versions if version != str(dataset.version)]
        rows = [
            ("version", dataset.version),
            ("other versions", ", ".join(others)),
            ("type", told["type"]),
            ("where", ", ".join(told["where"])),
            ("steps", ", ".join(told["steps"])),
            ("partition keys", ", ".join(told["partition_keys"])),
            ("description", dataset.description),
            ("tags", pairs(dataset.tags)),
            ("id", dataset.id),
        ]
        super().__init__("dataset", dataset.name, rows, None, (), {**told, "versions": list(versions)})


class Preview(Table):
    """The first rows of a table, or the first files: a row each."""

    kind = "rows"

    def __init__(self, heads: Sequence[str], items: Sequence[Sequence[Any]], more: bool) -> None:
        super().__init__(items)
        self.heads = tuple(heads)  # type: ignore[misc]
        self.more = more

    def row(self, item: Any) -> list[str]:
        return ["" if value is None else str(value) for value in item]

    def record(self, item: Any) -> Any:
        return dict(zip(self.heads, item, strict=True))

    def as_text(self, *given: Any) -> str:
        return super().as_text(*given) + ("\n…" if self.more else "")

    def as_html(self) -> str:
        return super().as_html() + ("<div>…</div>" if self.more else "")

    def _nothing(self) -> str:
        return "There is nothing in it."


def preview(dataset: Any, count: int) -> Preview:
    """A look at the beginning of a dataset."""
    begin = dataset.take(count + 1)
    if type_of(dataset) == "File":
        files = begin.to_path()
        return Preview(("FILE",), [[file] for file in files[:count]], len(files) > count)
    frame = begin.to_pandas_dataframe()
    told = json.loads(frame.to_json(orient="split", date_format="iso", default_handler=str))
    return Preview([str(column) for column in told["columns"]], told["data"][:count], len(told["data"]) > count)


def type_of(dataset: Any) -> str:
    """v1's word for the kind of dataset: ``Tabular`` or ``File``."""
    return str(dataset._kind).capitalize()


def places(dataset: Any) -> list[str]:
    """Where its data lies: paths below a datastore's name, paths of this machine, addresses."""
    sources = dataset._definition.sources
    return [f"{source.datastore}/{source.path}" if source.datastore else source.public for source in sources]


def dataset_data(dataset: Any) -> dict[str, Any]:
    """One dataset for JSON."""
    return {
        "id": dataset.id,
        "name": dataset.name,
        "version": dataset.version,
        "type": type_of(dataset),
        "where": places(dataset),
        "steps": dataset._steps(),
        "partition_keys": list(dataset.partition_keys or []),
        "description": dataset.description,
        "tags": dict(dataset.tags or {}),
    }
