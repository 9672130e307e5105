"""Parquet files as a plan."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.tabular.data_type import cast
from aml_nb.core.data.datasets.tabular.engine import literal
from aml_nb.core.data.datasets.tabular.places import Places, distinct
from aml_nb.core.data.datasets.tabular.plan import Column, Plan, typed

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.files import DataFile
    from aml_nb.core.data.datasets.tabular.engine import Engine


class Parquet:
    """The rows of Parquet files; several are put together by the names of their columns.

    Parameters
    ----------
    engine, files, read : who reads which files, and how.
    most : how many rows are enough; the engine finds that out by itself.
    """

    def __init__(self, engine: Engine, files: Sequence[DataFile], read: Mapping[str, Any], most: int | None) -> None:
        self._engine, self._read = engine, read
        self._files = _tables(files)

    def types(self) -> dict[str, dict[str, Any]]:
        """Nothing: the files say of which types their columns are."""
        return {}

    def plan(self, strict: bool) -> Plan:
        """The query for the rows; with ``strict`` it ends where a value is not of the type that was asked for."""
        paths = ", ".join(literal(self._engine.place(file)) for file in self._files)
        together = "true" if len(self._files) > 1 else "false"
        options = f"hive_partitioning=false, binary_as_string=false, union_by_name={together}"
        described = self._engine.rows(f"DESCRIBE SELECT * FROM read_parquet([{paths}], {options})")
        places = Places(self._engine, self._read)
        parts, columns = places.sql(self._files), list(places.columns)
        for place, (name, kind, *_) in enumerate(described):
            sql, have = cast(f"f{place}", kind)
            parts.append(sql)
            columns.append(Column(name, have))
        known = ["filename"] if places.columns else []
        names = ", ".join([*(f"f{place}" for place in range(len(described))), *known])
        listed = ", ".join(f"{part} AS c{place}" for place, part in enumerate(parts))
        source = f"read_parquet([{paths}], {options}, filename={'true' if known else 'false'}) AS t({names})"
        plan = Plan(f"SELECT {listed} FROM {source}", distinct(columns))
        return typed(plan, self._read.get("set_types") or {}, self._engine, strict)

    def mend(self, error: BaseException) -> bool:
        """Nothing can be mended."""
        return False


def _tables(files: Sequence[DataFile]) -> list[DataFile]:
    """The files without those that a writer puts beside its tables, unless there is nothing else."""
    found = [file for file in files if posixpath.basename(file.full)[:1] not in ("_", ".")]
    return found or list(files)
