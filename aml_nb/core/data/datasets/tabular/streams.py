"""The files that a column of a tabular dataset names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aml_nb.core.data.datasets.definition import FILE, Definition, Source, expand
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.file_dataset import FileDataset
from aml_nb.core.data.datasets.tabular.data_type import STREAM
from aml_nb.core.data.datasets.tabular.running import run
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.tabular.dataset import TabularDataset
    from aml_nb.core.data.datasets.tabular.engine import Engine
    from aml_nb.core.data.datasets.tabular.plan import Plan

_SCHEME = "AmlDatastore://"


def files_of_column(dataset: TabularDataset, column: str, ignore_not_found: bool) -> FileDataset:
    """The file dataset of the paths in a column.

    Raises
    ------
    UserErrorException : the column does not hold streams.
    DatasetExecutionError : a file is not there, and ``ignore_not_found`` is False.
    """
    how = (dataset._definition.read.get("set_types") or {}).get(column) or {}
    paths = run(dataset._workspace, dataset._definition, lambda engine, plan: _paths(engine, plan, column))
    sources = [_source(path, how) for path in paths]
    if ignore_not_found:
        sources = [source for source in sources if _is_there(dataset._workspace, source)]
    return FileDataset._create(Definition(FILE, tuple(sources)), dataset._workspace)


def _paths(engine: Engine, plan: Plan, column: str) -> list[str]:
    place = plan.place(column)
    if plan.columns[place].kind != STREAM:
        raise UserErrorException(
            f"The column {column!r} holds {plan.columns[place].kind} values, not the paths of files.",
            hint=f"set_column_types={{{column!r}: DataType.to_stream(ws)}}",
        )
    rows = engine.rows(f"SELECT DISTINCT c{place} FROM ({plan.sql}) WHERE c{place} IS NOT NULL ORDER BY 1")
    return [path for (path,) in rows]


def _source(path: str, how: Any) -> Source:
    from aml_nb.core.data.paths import inside

    path = unquote(path) if how.get("escaped") else path
    if path.startswith(_SCHEME):
        datastore, _, below = path[len(_SCHEME) :].partition("/")
        return Source(inside(below), datastore, how.get("workspace"))
    return Source(path if "://" in path else os.path.abspath(path))


def _is_there(workspace: Any, source: Source) -> bool:
    try:
        return bool(expand(workspace, Definition(FILE, (source,))))
    except DatasetExecutionError:
        return False
