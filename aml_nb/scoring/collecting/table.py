"""What a script hands to a collector, as columns and rows: lists, arrays, data frames of any make."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_NO_VALUE = ("NAType", "NaTType")
"""What pandas has for values that are not there."""
_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Table:
    """Rows of cells under names."""

    columns: list[str]
    rows: list[list[Any]]

    @classmethod
    def of(cls, data: Any, names: Sequence[str] | None) -> Table:
        """The rows of ``data``; ``names`` are its columns' where it has none of its own.

        A plain list is one row where there are as many names, more than one; else a column.
        """
        if isinstance(data, Table):
            return data
        if hasattr(data, "toPandas"):  # Spark's
            data = data.toPandas()
        elif hasattr(data, "toarray"):  # a sparse matrix
            data = data.toarray()
        if hasattr(data, "columns") and hasattr(data, "itertuples"):
            return cls([str(name) for name in data.columns], [list(row) for row in data.itertuples(index=False)])
        if hasattr(data, "to_frame"):
            return cls.of(data.to_frame(), names)
        if hasattr(data, "tolist"):
            data = data.tolist()
        if _of_keys(data):
            return cls._keyed([data] if isinstance(data, Mapping) else data, names)
        rows = _rows(data, names)
        width = max((len(row) for row in rows), default=len(names or ()))
        given = [str(name) for name in names or ()]
        columns = given[:width] + [str(number) for number in range(len(given), width)]
        return cls(columns, [[*row, *[None] * (width - len(row))] for row in rows])

    @classmethod
    def _keyed(cls, rows: Sequence[Mapping[Any, Any]], names: Sequence[str] | None) -> Table:
        """Rows that name their values, whatever their order; in that of ``names`` where these are the same names."""
        keys = list(dict.fromkeys(str(key) for row in rows for key in row))
        if names is not None and set(keys) <= {str(name) for name in names}:
            keys = [str(name) for name in names]
        named = [{str(key): value for key, value in row.items()} for row in rows]
        return cls(keys, [[row.get(key) for key in keys] for row in named])

    def to_pandas(self) -> Any:
        """A data frame where the script uses pandas, else the table itself: importing it takes long."""
        pandas = sys.modules.get("pandas")
        return self if pandas is None else pandas.DataFrame(self.rows, columns=self.columns)


def _of_keys(data: Any) -> bool:
    """Whether it is a dictionary, or a list of them."""
    if isinstance(data, Mapping):
        return True
    return isinstance(data, (list, tuple)) and bool(data) and all(isinstance(item, Mapping) for item in data)


def _rows(data: Any, names: Sequence[str] | None) -> list[list[Any]]:
    if isinstance(data, (str, bytes)) or not isinstance(data, Iterable):
        return [[data]]
    items = list(data)
    if items and all(_is_row(item) for item in items):
        return [list(item) for item in items]
    if names is not None and len(names) == len(items) > 1:
        return [items]
    return [[item] for item in items]


def _is_row(item: Any) -> bool:
    return isinstance(item, Iterable) and not isinstance(item, (str, bytes, Mapping))


def cell(value: Any) -> Any:
    """A value as CSV has it."""
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    if (isinstance(value, float) and value != value) or type(value).__name__ in _NO_VALUE:
        return None
    if isinstance(value, _PLAIN):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (list, tuple, dict)):
        with suppress(TypeError, ValueError):
            return json.dumps(value, default=str)
    return str(value)
