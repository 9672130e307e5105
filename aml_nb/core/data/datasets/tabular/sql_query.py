"""The rows of a database's query as a plan: they are fetched in batches into the engine, which spills to disk."""

from __future__ import annotations

import decimal
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import Definition
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.expansion import open_datastore
from aml_nb.core.data.datasets.tabular.data_type import BOOL, FLOAT, LONG, OBJECT, STRING, TIME
from aml_nb.core.data.datasets.tabular.places import distinct
from aml_nb.core.data.datasets.tabular.plan import Column, Plan, rows_needed, typed
from aml_nb.errors import NotAvailableError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.tabular.engine import Engine
    from aml_nb.core.workspace import Workspace

_BATCH = 10_000
_DRIVERS = {
    "AzurePostgreSql": ("postgresql+psycopg", "psycopg[binary]"),
    "AzureMySql": ("mysql+pymysql", "pymysql"),
    "AzureSqlDatabase": ("mssql+pyodbc", "pyodbc"),
}
_TYPES: dict[str, tuple[type, ...]] = {
    BOOL: (bool,),
    LONG: (int,),
    FLOAT: (int, float),
    TIME: (date, datetime),
    OBJECT: (bytes,),
}
_SQL = {LONG: "BIGINT", FLOAT: "DOUBLE", BOOL: "BOOLEAN", TIME: "TIMESTAMP", STRING: "VARCHAR", OBJECT: "BLOB"}


class SqlQuery:
    """The rows that a query of a database gives now.

    Parameters
    ----------
    engine, workspace, definition : who keeps the rows, and which query of which datastore it is.
    """

    def __init__(self, engine: Engine, workspace: Workspace | None, definition: Definition) -> None:
        self._engine, self._read = engine, definition.read
        datastore = open_datastore(workspace, definition.sources[0])
        most = rows_needed(definition.operations)
        self._columns = _fetch(engine, datastore, definition.read, most)

    def types(self) -> dict[str, dict[str, Any]]:
        """Nothing: the database says of which types its columns are."""
        return {}

    def plan(self, strict: bool) -> Plan:
        """The query for the rows."""
        listed = ", ".join(f"c{place}" for place in range(len(self._columns)))
        plan = Plan(f"SELECT {listed} FROM fetched", distinct(self._columns))
        return typed(plan, self._read.get("set_types") or {}, self._engine, strict)

    def mend(self, error: BaseException) -> bool:
        """Nothing can be mended."""
        return False


def read_query(query: Any) -> tuple[Any, str]:
    """The ``query`` argument of ``from_sql_query``: the datastore and the text."""
    datastore, text = None, None
    if isinstance(query, (tuple, list)) and len(query) == 2:
        datastore, text = query
    elif hasattr(query, "path_on_datastore"):
        datastore, text = getattr(query, "_datastore", None), query.path_on_datastore
    if not hasattr(datastore, "workspace") or not isinstance(text, str) or not text.strip():
        raise UserErrorException(
            f"query must be a datastore of a database and the text of a query, not {query!r}.",
            hint="Dataset.Tabular.from_sql_query((datastore, 'SELECT * FROM my_table'))",
        )
    return datastore, text


def connect(datastore: Any, timeout: int) -> Any:
    """An SQLAlchemy engine for the database of a datastore."""
    import sqlalchemy as sa

    driver, package = _DRIVERS.get(datastore.datastore_type, ("", ""))
    if not driver:
        raise UserErrorException(
            f"The datastore {datastore.name} holds files, not tables.", hint="Dataset.Tabular.from_delimited_files"
        )
    user = getattr(datastore, "user_id", None) or getattr(datastore, "username", None)
    password = getattr(datastore, "user_password", None) or getattr(datastore, "password", None)
    port = getattr(datastore, "port_number", None)
    query = {"driver": "ODBC Driver 18 for SQL Server"} if package == "pyodbc" else {}
    url = sa.URL.create(
        driver, user, password, datastore.server_name, int(port) if port else None, datastore.database_name, query
    )
    arguments: dict[str, Any] = {"connect_timeout" if package != "pyodbc" else "timeout": max(1, timeout)}
    if package.startswith("psycopg"):
        arguments["options"] = f"-c statement_timeout={max(1, timeout) * 1000}"
        arguments["sslmode"] = "require" if getattr(datastore, "enforce_ssl", False) else "prefer"
    try:
        return sa.create_engine(url, connect_args=arguments, poolclass=sa.NullPool)
    except ImportError as error:
        raise NotAvailableError(
            f"The datastore {datastore.name} ({datastore.datastore_type}) needs {package}, which is not installed.",
            hint=f'pip install "{package}"',
        ) from error


def _fetch(engine: Engine, datastore: Any, read: Mapping[str, Any], most: int | None) -> list[Column]:
    """Ask the database and keep its rows in the table ``fetched`` of the engine; the columns of it."""
    import sqlalchemy as sa

    database = connect(datastore, int(read.get("query_timeout", 30)))
    try:
        with database.connect() as connection:
            options = connection.execution_options(stream_results=True)
            with closing(options.execute(_verbatim(sa, read["query"]))) as answer:
                return _keep(engine, answer, most)
    except sa.exc.SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise DatasetExecutionError(
            f"The database of the datastore {datastore.name} did not answer the query: {why}",
            error,
            hint="try the query in the database, or give it more time: query_timeout=300",
        ) from error
    finally:
        database.dispose()


def _keep(engine: Engine, answer: Any, most: int | None) -> list[Column]:
    """Put the rows of an answer into ``fetched``, batch by batch."""
    names = [str(name) for name in answer.keys()]
    columns: list[Column] = []
    empty = set(range(len(names)))
    left = most
    while left != 0 and (batch := answer.fetchmany(_BATCH if left is None else min(_BATCH, left))):
        values = [[_value(value) for value in column] for column in zip(*batch, strict=True)]
        columns = columns or _create(engine, names, values)
        for place in [place for place in empty if any(value is not None for value in values[place])]:
            empty.discard(place)
            columns[place] = _retyped(engine, place, columns[place], _kind(values[place]), "NULL")
        columns = [_widened(engine, place, column, values[place]) for place, column in enumerate(columns)]
        kinds = [column.kind for column in columns]
        fitted = [_fit(column, kind) for column, kind in zip(values, kinds, strict=True)]
        engine.insert("fetched", [_SQL[kind] for kind in kinds], fitted)
        left = None if left is None else left - len(batch)
    return columns or _create(engine, names, [[] for _ in names])


def _retyped(engine: Engine, place: int, column: Column, kind: str, kept: str) -> Column:
    """A column of another kind, with ``kept`` (SQL) in the place of the values that it has."""
    if column.kind != kind:
        engine.execute(f"ALTER TABLE fetched ALTER c{place} TYPE {_SQL[kind]} USING {kept}")
    return column._replace(kind=kind)


def _widened(engine: Engine, place: int, column: Column, values: Sequence[Any]) -> Column:
    """A column that takes what a later batch has in it: databases like SQLite give a column values of any type."""
    found = {type(value) for value in values if value is not None}
    if column.kind == STRING or found <= set(_TYPES[column.kind]):
        return column
    if column.kind == LONG and found <= set(_TYPES[FLOAT]):
        return _retyped(engine, place, column, FLOAT, f"CAST(c{place} AS DOUBLE)")
    text = f"CAST(c{place} AS VARCHAR)"
    if column.kind == BOOL:  # as Python writes them, which is how the values that come have them
        text = f"CASE c{place} WHEN true THEN 'True' WHEN false THEN 'False' END"
    return _retyped(engine, place, column, STRING, text)


def _fit(values: Sequence[Any], kind: str) -> Sequence[Any]:
    """Values of a batch for a column of that kind: in one of text all are text."""
    if kind == STRING:
        return [value if value is None or isinstance(value, str) else str(value) for value in values]
    return values


def _verbatim(sa: Any, query: str) -> Any:
    """A query as it was written: what looks like a parameter is none."""
    return sa.text(query.replace(":", "\\:"))


def _create(engine: Engine, names: Sequence[str], values: Sequence[Sequence[Any]]) -> list[Column]:
    kinds = [_kind(column) for column in values]
    listed = ", ".join(f"c{place} {_SQL[kind]}" for place, kind in enumerate(kinds))
    engine.execute(f"CREATE TEMP TABLE fetched ({listed})")
    return [Column(name, kind) for name, kind in zip(names, kinds, strict=True)]


def _kind(values: Sequence[Any]) -> str:
    """The kind that the values of the first batch have."""
    found = {type(value) for value in values if value is not None}
    return next((kind for kind, types in _TYPES.items() if found and found <= set(types)), STRING)


def _value(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, (memoryview, bytearray)):
        return bytes(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(timezone.utc).replace(tzinfo=None)
    return value if value is None or isinstance(value, (bool, int, float, str, bytes, date)) else str(value)
