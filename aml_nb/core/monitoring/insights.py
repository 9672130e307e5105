"""What services with ``enable_app_insights`` told of their requests, read through DuckDB where they wrote it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.monitoring.columns import COLUMNS
from aml_nb.core.webservice import services
from aml_nb.engines.collecting import INSIGHTS, insights_folder
from aml_nb.errors import UserErrorException
from aml_nb.scoring.insights import EXCEPTIONS, KINDS, REQUESTS, TRACES
from aml_nb.scoring.lines_file import files_of

if TYPE_CHECKING:
    from aml_nb.core.webservice.webservice import Webservice
    from aml_nb.core.workspace import Workspace

Since = datetime | timedelta | float | str | None
_AGO = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|m|h|d)\s*")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def requests(where: Workspace | Webservice, since: Since = None, limit: int | None = None) -> Any:
    """The requests that were answered, as a DataFrame, the oldest first.

    Parameters
    ----------
    where : a web service, or a workspace for all of its services.
    since : a datetime, a timedelta, seconds or a text such as ``"15m"`` or ``"2h"`` back from now; None is all.
    limit : only so many, the last ones.

    Raises
    ------
    UserErrorException
        ``since`` is none of these, or ``limit`` no number.
    """
    return _rows(where, REQUESTS, since, limit)


def traces(where: Workspace | Webservice, since: Since = None, limit: int | None = None) -> Any:
    """What the scripts printed and logged, with the ``request_id`` it belongs to; parameters as for ``requests``."""
    return _rows(where, TRACES, since, limit)


def exceptions(where: Workspace | Webservice, since: Since = None, limit: int | None = None) -> Any:
    """What the scripts raised, with the line of theirs; parameters as for ``requests``."""
    return _rows(where, EXCEPTIONS, since, limit)


def query(where: Workspace | Webservice, sql: str) -> Any:
    """Ask in SQL over the tables requests, traces and exceptions; ``request_id`` joins them.

    Parameters
    ----------
    where : a web service, or a workspace for all of its services.
    sql : one statement of DuckDB's SQL. A name with dots is put in double quotes.

    Raises
    ------
    UserErrorException
        DuckDB does not understand it; the message says where.

    Examples
    --------
    >>> query(ws, 'SELECT "service.name", count(*), avg(duration_ms) FROM requests GROUP BY 1')  # doctest: +SKIP
    """
    import duckdb

    with _opened(where) as connection:
        try:
            return _frame(connection.sql(sql))
        except duckdb.Error as error:
            tables = ", ".join(KINDS)
            hint = f"there are the tables {tables}; their columns: query(ws, 'DESCRIBE {REQUESTS}')"
            raise UserErrorException(f"The query failed: {error}", hint=hint) from None
        except AttributeError:
            raise UserErrorException("The statement has no rows to show.", hint="begin it with SELECT") from None


def _rows(where: Any, kind: str, since: Since, limit: int | None) -> Any:
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise UserErrorException(f"limit is {limit!r}; it has to be a number of rows", hint="limit=100")
    first = moment(since)
    told: list[Any] = [] if first is None else [first]
    condition = "" if first is None else "WHERE time >= ?"
    last = "" if limit is None else f"LIMIT {limit}"
    statement = f"SELECT * FROM (SELECT * FROM {kind} {condition} ORDER BY time DESC {last}) ORDER BY time"
    with _opened(where) as connection:
        return _frame(connection.execute(statement, told))


def _frame(found: Any) -> Any:
    """A DataFrame. DuckDB makes it by means that newer releases of pandas warn of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return found.df()


def moment(since: Since) -> datetime | None:
    """The beginning of the time that ``since`` means."""
    now = datetime.now(timezone.utc)
    if since is None:
        return None
    if isinstance(since, datetime):
        return since if since.tzinfo else since.astimezone()
    if isinstance(since, timedelta):
        return now - since
    if isinstance(since, (int, float)) and not isinstance(since, bool):
        return now - timedelta(seconds=since)
    if isinstance(since, str):
        if found := _AGO.fullmatch(since):
            return now - timedelta(seconds=float(found[1]) * _UNITS[found[2]])
        try:
            return moment(datetime.fromisoformat(since.strip().replace("Z", "+00:00")))  # Python 3.10 knows no Z
        except ValueError:
            pass
    raise UserErrorException(f"since is {since!r}, which is no time", hint="since='15m', or a datetime")


def _opened(where: Any) -> Any:
    """A connection that has the tables, read where they are when they are asked for."""
    import duckdb

    folders = _folders(where)
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    for kind in KINDS:
        files = [str(file) for folder in folders for file in files_of(folder / f"{kind}.jsonl")]
        connection.execute(f"CREATE VIEW {kind} AS {_select(kind, files)}")
    return connection


def _select(kind: str, files: Sequence[str]) -> str:
    columns = COLUMNS[kind]
    if not files:
        empty = ", ".join(f'NULL::{type_} AS "{name}"' for name, type_ in columns.items())
        return f"SELECT {empty} WHERE false"
    listed = ", ".join(_quoted(file) for file in files)
    typed = ", ".join(f"{_quoted(name)}: {_quoted(type_)}" for name, type_ in columns.items())
    # A line that was being written when its process was killed is passed over.
    return (
        f"SELECT * FROM read_json([{listed}], format='newline_delimited', columns={{{typed}}}, ignore_errors=true) "
        "WHERE time IS NOT NULL"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _folders(where: Any) -> list[Path]:
    """Where the services have what they told; a workspace has that of services which are gone too."""
    if hasattr(where, "_answering"):
        found = []
        for part in where._answering():
            engine = services.engine_of(part.workspace, part._record)
            engine.fetch_told(part._record["handle"])
            found.append(insights_folder(engine.folder(part._record["handle"]).root, part._record["handle"]))
        return found
    root = Path(getattr(where, "_folder", "")) / INSIGHTS
    if not hasattr(where, "_folder"):
        raise UserErrorException(f"{where!r} is neither a web service nor a workspace", hint="requests(ws)")
    for record in services.every(where):
        if record["computeType"] != services.ENDPOINT:
            services.engine_of(where, record).fetch_told(record["handle"])
    return sorted(path for path in root.glob("*") if path.is_dir())
