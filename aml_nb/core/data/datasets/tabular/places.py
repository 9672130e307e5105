"""What a row has from the path of its file: the column ``Path``, and the partition keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.partitions import PartitionFormat
from aml_nb.core.data.datasets.tabular.data_type import STRING, TIME
from aml_nb.core.data.datasets.tabular.engine import PLACE
from aml_nb.core.data.datasets.tabular.plan import Column

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.files import DataFile
    from aml_nb.core.data.datasets.tabular.engine import Engine

PATH = "Path"


class Places:
    """The columns that come from paths.

    Parameters
    ----------
    engine : whose parameters hold the values.
    read : how the dataset is read: ``include_path`` and ``partition_format`` matter.
    """

    def __init__(self, engine: Engine, read: Mapping[str, Any]) -> None:
        self._engine = engine
        text = read.get("partition_format")
        self._format = PartitionFormat(text) if text else None
        self.columns = [Column(PATH, STRING)] if read.get("include_path") else []
        for key in self._format.keys if self._format else ():
            self.columns.append(Column(key, TIME if self._format and self._format.is_time(key) else STRING))

    def sql(self, files: Sequence[DataFile]) -> list[str]:
        """The SQL of each column; ``files`` are those that the engine has placed, in their order."""
        if not self.columns:
            return []
        values = [self._values(file) for file in files]
        made = []
        for number, column in enumerate(self.columns):
            kind = "TIMESTAMP" if column.kind == TIME else "VARCHAR"
            listed = self._engine.quote([row[number] for row in values])
            made.append(f"list_extract(CAST({listed} AS {kind}[]), {PLACE})")
        return made

    def _values(self, file: DataFile) -> list[Any]:
        named = self._format.values(file.full) if self._format else {}
        return [
            file.full if column.name == PATH and column.name not in named else named[column.name]
            for column in self.columns
        ]


def distinct(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns, those whose name was there already called otherwise."""
    seen: set[str] = set()
    found = []
    for name, kind in columns:
        number, free = 0, name
        while free in seen:
            number += 1
            free = f"{name}_{number}"
        seen.add(free)
        found.append(Column(free, kind))
    return tuple(found)
