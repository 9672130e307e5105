"""What ``validate=True`` looks at: whether there are rows, the columns that are named, and times in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.errors import DatasetExecutionError, DatasetValidationError
from aml_nb.core.data.datasets.tabular.data_type import TIME
from aml_nb.core.data.datasets.tabular.plan import Plan
from aml_nb.core.data.datasets.tabular.running import run

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.abstract import AbstractDataset
    from aml_nb.core.data.datasets.tabular.engine import Engine


def check_rows(dataset: AbstractDataset, named: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """Read the first row; the types that its columns seem to have.

    Raises
    ------
    DatasetValidationError : there is no row, or a column that was named is not there.
    """
    types: dict[str, dict[str, Any]] = {}

    def first(engine: Engine, plan: Plan) -> bool:
        for name in named:
            plan.place(name)
        return bool(plan.columns) and bool(engine.rows(f"SELECT * FROM ({plan.sql}) LIMIT 1"))

    try:
        definition = dataset._definition.then("take", count=1)
        found = run(dataset._workspace, definition, first, seen=lambda source: types.update(source.types()))
    except DatasetExecutionError as error:
        raise _invalid(error) from error
    if not found:
        raise DatasetValidationError(
            "Failed to validate the data. Cannot load any data from the specified path. Make sure the path is "
            "accessible and contains data.",
            hint="validate=False makes a dataset of files without rows",
        )
    return types


def check_columns(dataset: AbstractDataset, names: Sequence[str]) -> None:
    """DatasetValidationError when a column is not there."""
    _look(dataset, names)


def check_times(dataset: AbstractDataset, names: Sequence[str]) -> None:
    """DatasetValidationError when a column is not there, or holds no times."""
    for name, kind in zip(names, _look(dataset, names), strict=True):
        if kind != TIME:
            raise DatasetValidationError(
                f"The timestamp column {name!r} holds {kind} values, not times.",
                hint=f"set_column_types={{{name!r}: DataType.to_datetime('%Y-%m-%d %H:%M:%S')}}",
            )


def kinds(dataset: AbstractDataset) -> dict[str, str]:
    """The columns of a dataset, and of which kind each is."""
    found: dict[str, str] = run(
        dataset._workspace, dataset._definition.then("take", count=1), lambda engine, plan: dict(plan.columns)
    )
    return found


def _look(dataset: AbstractDataset, names: Sequence[str]) -> list[str]:
    def look(engine: Engine, plan: Plan) -> list[str]:
        return [plan.columns[plan.place(name)].kind for name in names]

    try:
        return run(dataset._workspace, dataset._definition.then("take", count=1), look)
    except DatasetExecutionError as error:
        raise _invalid(error) from error


def _invalid(error: DatasetExecutionError) -> DatasetValidationError:
    return DatasetValidationError(error.message, error.inner_exception, hint=error.hint)
