"""From a definition to an answer: its files, the query, its operations, and one more try where a file is mended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from aml_nb.core.data.datasets.definition import Definition, expand
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.tabular.engine import Engine
from aml_nb.core.data.datasets.tabular.plan import Plan, operated, rows_needed
from aml_nb.core.data.datasets.tabular.pruning import pruned
from aml_nb.core.data.datasets.tabular.trouble import translate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aml_nb.core.workspace import Workspace

Answer = TypeVar("Answer")


class Source(Protocol):
    """Where rows come from."""

    def types(self) -> dict[str, dict[str, Any]]:
        """The types that its columns seem to have."""

    def plan(self, strict: bool) -> Plan:
        """The query for all of its rows."""

    def mend(self, error: BaseException) -> bool:
        """Make it readable, after the engine failed; whether it is worth another try."""


def run(
    workspace: Workspace | None,
    definition: Definition,
    answer: Callable[[Engine, Plan], Answer],
    strict: bool = False,
    seen: Callable[[Source], None] | None = None,
) -> Answer:
    """Make a query of a definition and have it answered.

    Parameters
    ----------
    workspace : where its datastores are.
    definition : what is asked for.
    answer : what is done with the query.
    strict : a value that is not of its column's type is an error; else it is None.
    seen : gets the source before it is asked.

    Raises
    ------
    DatasetExecutionError : a file is gone or cannot be read, or a column is not there.
    """
    import duckdb

    with Engine() as engine:
        with _translated(engine):
            source = open_source(engine, workspace, definition)
        if seen is not None:
            seen(source)
        while True:
            plan = None
            try:
                plan = operated(source.plan(strict), definition.operations, engine)
                return answer(engine, plan)
            except duckdb.Error as error:
                with _translated(engine):
                    again = source.mend(error)
                if not again:
                    raise translate(error, engine, plan.columns if plan else ()) from error
                engine.forget()


def open_source(engine: Engine, workspace: Workspace | None, definition: Definition) -> Source:
    """The source of a definition's rows."""
    form = definition.read.get("format")
    if form == "sql":
        from aml_nb.core.data.datasets.tabular.sql_query import SqlQuery

        return SqlQuery(engine, workspace, definition)
    files = pruned(expand(workspace, definition), definition)
    most = rows_needed(definition.operations)
    if form == "delimited":
        from aml_nb.core.data.datasets.tabular.delimited import Delimited

        return Delimited(engine, files, definition.read, most)
    if form == "parquet":
        from aml_nb.core.data.datasets.tabular.parquet import Parquet

        return Parquet(engine, files, definition.read, most)
    if form == "json_lines":
        from aml_nb.core.data.datasets.tabular.json_lines import JsonLines

        return JsonLines(engine, files, definition.read, most)
    raise DatasetExecutionError(f"This aml_nb does not know how to read the format {form!r} of the dataset.")


@contextmanager
def _translated(engine: Engine, columns: Sequence[Any] = ()) -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise translate(error, engine, columns) from error
