"""DataType: what the values of a column are to be, and the SQL that makes them of text or of other values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aml_nb.errors import UserErrorException

STRING, LONG, FLOAT, BOOL, TIME, STREAM, OBJECT, JSON = (
    "string",
    "long",
    "float",
    "boolean",
    "datetime",
    "stream",
    "object",
    "json",
)
KINDS = (STRING, LONG, FLOAT, BOOL, TIME, STREAM)
TRUE, FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
SLASHES = [f"%m/%d/%Y{time}" for time in ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S.%f")]

Quote = Callable[[Any], str]


class DataType:
    """The type that a column is converted to; made by its static methods and given as ``set_column_types``."""

    def __init__(self, kind: str, **options: Any) -> None:
        self._kind = kind
        self._options = options

    @staticmethod
    def to_string() -> DataType:
        """Text."""
        return DataType(STRING)

    @staticmethod
    def to_long() -> DataType:
        """A whole number of 64 bits."""
        return DataType(LONG)

    @staticmethod
    def to_float(decimal_mark: str = ".") -> DataType:
        """A number.

        Parameters
        ----------
        decimal_mark : ``.`` or ``,``: the sign before the fraction; the other one sets thousands apart.

        Raises
        ------
        UserErrorException : it is another sign.
        """
        if decimal_mark not in (".", ","):
            raise UserErrorException(
                f"decimal_mark must be '.' or ',', not {decimal_mark!r}.", hint="DataType.to_float(decimal_mark=',')"
            )
        return DataType(FLOAT, decimal_mark=decimal_mark)

    @staticmethod
    def to_bool() -> DataType:
        """True or false, which a file may write as ``true``, ``t``, ``yes``, ``y``, ``1`` and their opposites."""
        return DataType(BOOL)

    @staticmethod
    def to_stream(workspace: Any, escaped: bool = False) -> DataType:
        """The path or address of a file, which ``download`` and ``mount`` fetch.

        Parameters
        ----------
        workspace : where the datastores are that ``AmlDatastore://name/path`` speaks of.
        escaped : the paths are written with ``%20`` and the like.
        """
        from aml_nb.core.data.datasets.expansion import address

        return DataType(STREAM, workspace=address(workspace), escaped=bool(escaped))

    @staticmethod
    def to_datetime(formats: str | list[str] | None = None) -> DataType:
        """A time.

        Parameters
        ----------
        formats : one or more forms such as ``%Y-%m-%d %H:%M``, tried in turn; the usual forms when left out.

        Raises
        ------
        UserErrorException : a form is no text or has no ``%`` in it.
        """
        listed = [formats] if isinstance(formats, str) else formats
        if listed is None:
            return DataType(TIME)
        if not listed or not all(isinstance(form, str) and "%" in form and "\0" not in form for form in listed):
            raise UserErrorException(
                f"The formats of a datetime are text such as '%Y-%m-%d', not {formats!r}.",
                hint="DataType.to_datetime(['%Y-%m-%d', '%d/%m/%Y %H:%M'])",
            )
        return DataType(TIME, formats=list(listed))

    def _to_dict(self) -> dict[str, Any]:
        return {"type": self._kind, **self._options}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DataType) and self._to_dict() == other._to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"DataType({self._to_dict()!r})"


def read_types(types: Any) -> dict[str, dict[str, Any]]:
    """``set_column_types`` as JSON holds it; UserErrorException unless it is a dict of names and types."""
    if types is None:
        return {}
    if not isinstance(types, Mapping):
        raise UserErrorException(f"set_column_types must be a dict, not {types!r}.", hint=_HINT)
    found = {}
    for name, kind in types.items():
        if not isinstance(kind, DataType):
            raise UserErrorException(f"The type of the column {name!r} must be a DataType, not {kind!r}.", hint=_HINT)
        found[str(name)] = kind._to_dict()
    return found


_HINT = "set_column_types={'day': DataType.to_datetime('%Y-%m-%d')}"


def convert(sql: str, have: str, want: Mapping[str, Any], quote: Quote) -> str:
    """The SQL for a value of one kind as another; NULL where the value cannot be that.

    Parameters
    ----------
    sql, have : the value, and its kind.
    want : a type as JSON holds it.
    quote : makes a value a parameter of the query.
    """
    kind = want["type"]
    if have == STRING:
        return _of_text(sql, want, quote)
    if have == kind and not want.get("formats"):
        return sql
    if (have, kind) in _BETWEEN:
        return _BETWEEN[have, kind].format(sql)
    return _of_text(_as_text(sql, have), want, quote)


def cast(sql: str, type_name: str) -> tuple[str, str]:
    """A value of one of DuckDB's types as v1 has it: its SQL, and its kind."""
    base = type_name.partition("(")[0]
    if type_name.endswith("]") or base in ("STRUCT", "MAP", "UNION", "BLOB", "INTERVAL", "BIT"):
        return sql, OBJECT
    if base in ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER"):
        return f"CAST({sql} AS BIGINT)", LONG
    if base in ("BIGINT", "UBIGINT"):
        return sql, LONG  # an unsigned one stays so: as a float it would lose digits
    if base in ("FLOAT", "DECIMAL", "HUGEINT", "UHUGEINT"):
        return f"CAST({sql} AS DOUBLE)", FLOAT
    if base in ("DATE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS"):
        return f"CAST({sql} AS TIMESTAMP)", TIME
    kinds = {"DOUBLE": FLOAT, "BOOLEAN": BOOL, "TIMESTAMP": TIME, "TIMESTAMP_NS": TIME, "VARCHAR": STRING}
    return (sql, kinds[base]) if base in kinds else (f"CAST({sql} AS VARCHAR)", STRING)


_BETWEEN = {
    (LONG, FLOAT): "CAST({0} AS DOUBLE)",
    (FLOAT, LONG): "CASE WHEN {0} = trunc({0}) THEN TRY_CAST({0} AS BIGINT) END",
    (BOOL, LONG): "CAST({0} AS BIGINT)",
    (BOOL, FLOAT): "CAST({0} AS DOUBLE)",
    (LONG, BOOL): "CASE {0} WHEN 1 THEN true WHEN 0 THEN false END",
    (FLOAT, BOOL): "CASE {0} WHEN 1 THEN true WHEN 0 THEN false END",
    (STREAM, STRING): "{0}",
}


def _of_text(sql: str, want: Mapping[str, Any], quote: Quote) -> str:
    kind = want["type"]
    if kind == LONG:
        # The engine would take 1.5 for 2 and 0x10 for 16. Most numbers are written as the engine would write them,
        # which is found out sooner than by a pattern.
        made = f"TRY_CAST({sql} AS BIGINT)"
        pattern = f"regexp_full_match(trim({sql}), '[+-]?[0-9]+')"
        return f"CASE WHEN CAST({made} AS VARCHAR) = {sql} THEN {made} WHEN {pattern} THEN {made} END"
    if kind == FLOAT:
        return _float(sql, want.get("decimal_mark"))
    if kind == BOOL:
        listed = [", ".join(f"'{word}'" for word in words) for words in (TRUE, FALSE)]
        word = f"lower(trim({sql}))"
        return f"CASE WHEN {word} IN ({listed[0]}) THEN true WHEN {word} IN ({listed[1]}) THEN false END"
    if kind == TIME:
        return _time(sql, want.get("formats"), quote)
    return sql


def _float(sql: str, decimal_mark: str | None) -> str:
    if decimal_mark:
        thousands = "," if decimal_mark == "." else "."
        sql = f"replace(replace({sql}, '{thousands}', ''), '{decimal_mark}', '.')"
    return f"CASE WHEN NOT contains({sql}, '_') THEN TRY_CAST({sql} AS DOUBLE) END"


def _time(sql: str, formats: list[str] | None, quote: Quote) -> str:
    if formats:
        return f"CAST(try_strptime(trim({sql}), CAST({quote(formats)} AS VARCHAR[])) AS TIMESTAMP)"
    slashes = f"try_strptime(trim({sql}), CAST({quote(SLASHES)} AS VARCHAR[]))"
    # With a zone first: the other cast leaves an offset out of account. It is slow, so the plain forms come before.
    iso = f"TRY_CAST(TRY_CAST({sql} AS TIMESTAMP WITH TIME ZONE) AS TIMESTAMP)"
    plain = f"length({sql}) = 10 OR (length({sql}) = 19 AND substr({sql}, 17, 1) = ':')"
    others = f"CASE WHEN regexp_matches({sql}, '[0-9]') THEN coalesce({iso}, {slashes}) END"
    return f"coalesce(CASE WHEN {plain} THEN TRY_CAST({sql} AS TIMESTAMP) END, {others})"


def _as_text(sql: str, have: str) -> str:
    if have == BOOL:
        return f"CASE WHEN {sql} THEN 'True' WHEN NOT {sql} THEN 'False' END"
    return f"CAST({sql} AS VARCHAR)"
