"""Files with one JSON object a line, as a plan: each key is read as text, and becomes what it is to be in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.tabular.data_type import BOOL, FLOAT, JSON, LONG, STRING
from aml_nb.core.data.datasets.tabular.engine import literal
from aml_nb.core.data.datasets.tabular.layout import encoding_of
from aml_nb.core.data.datasets.tabular.places import Places, distinct
from aml_nb.core.data.datasets.tabular.plan import Column, Plan, typed
from aml_nb.core.data.datasets.tabular.sampling import BYTES, FILES, ROWS, open_text

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.files import DataFile
    from aml_nb.core.data.datasets.tabular.engine import Engine

_UTF8 = "utf-8-sig"
_TYPES = {"BIGINT": LONG, "UBIGINT": LONG, "DOUBLE": FLOAT, "BOOLEAN": BOOL, "OBJECT": JSON, "ARRAY": JSON}
_KINDS = {bool: BOOL, int: LONG, float: FLOAT, str: STRING, dict: JSON, list: JSON}


class JsonLines:
    """The rows of files with one JSON object a line.

    Parameters
    ----------
    engine, files, read : who reads which files, and how.
    most : how many rows are enough; the engine finds that out by itself.
    """

    def __init__(self, engine: Engine, files: Sequence[DataFile], read: Mapping[str, Any], most: int | None) -> None:
        self._engine, self._files, self._read = engine, list(files), read
        self._drop = read.get("invalid_lines", "error") == "drop"
        known = {name: kind["type"] for name, kind in (read.get("types") or {}).items()}
        self._kinds = {**known, **{name: kind for name, kind in _kinds(self._files, read).items() if name not in known}}
        self._clean: list[str | None] = [None] * len(self._files)
        self._all_keys = most is not None
        if encoding_of(read) != _UTF8:
            self._rewrite()

    def types(self) -> dict[str, dict[str, Any]]:
        """The types of the keys."""
        return {name: {"type": kind} for name, kind in self._kinds.items()}

    def plan(self, strict: bool) -> Plan:
        """The query for the rows; with ``strict`` it ends where a value is not of its key's type."""
        pairs = zip(self._files, self._clean, strict=True)
        paths = ", ".join(literal(self._engine.place(file, clean)) for file, clean in pairs)
        options = f"format='newline_delimited', filename=true, ignore_errors={'true' if self._drop else 'false'}"
        reader = f"read_json_objects([{paths}], {options})"
        self._look_for_keys(reader)
        places = Places(self._engine, self._read)
        before = places.sql(self._files)
        keys = list(self._kinds)
        columns = distinct([*places.columns, *(Column(key, STRING) for key in keys)])
        pointers = self._engine.quote([_pointer(key) for key in keys])
        parts = [*before, *(f"list_extract(v, {place})" for place in range(1, len(keys) + 1))]
        listed = ", ".join(f"{part} AS c{place}" for place, part in enumerate(parts)) or "NULL AS c0"
        inner = f"SELECT filename, json_extract_string(json, CAST({pointers} AS VARCHAR[])) AS v, json"
        inner += f" FROM {reader}"
        plan = Plan(f"SELECT {listed} FROM ({inner}) WHERE json IS NOT NULL", columns)
        shift = len(before)
        types = {columns[shift + place].name: {"type": self._kinds[key]} for place, key in enumerate(keys)}
        wanted = {**types, **(self._read.get("set_types") or {})}
        return typed(
            plan, {name: kind for name, kind in wanted.items() if kind["type"] != STRING}, self._engine, strict
        )

    def mend(self, error: BaseException) -> bool:
        """Write files once more whose bytes are no text; whether there were any."""
        if any(self._clean) or "UTF" not in str(error).upper():
            return False
        self._rewrite()
        return True

    def _look_for_keys(self, reader: str) -> None:
        """Find the keys that only later lines have, by reading all of them once."""
        if self._all_keys:
            return
        key = "'/' || replace(replace(k, '~', '~0'), '/', '~1')"
        known = self._engine.quote(list(self._kinds))
        sql = (
            f"SELECT k, list(DISTINCT json_type(json, {key})) FROM (SELECT json, unnest(json_keys(json)) AS k "
            f"FROM {reader}) WHERE NOT list_contains(CAST({known} AS VARCHAR[]), k) GROUP BY k ORDER BY k"
        )
        for name, types in self._engine.rows(sql):
            kinds = {_TYPES.get(each, STRING) for each in types if each != "NULL"}
            self._kinds[name] = FLOAT if kinds == {LONG, FLOAT} else kinds.pop() if len(kinds) == 1 else STRING
        self._all_keys = True

    def _rewrite(self) -> None:
        from aml_nb.core.data.datasets.tabular.mending import recode

        for number, file in enumerate(self._files):
            target = self._engine.path(f"recoded{number}.jsonl")
            recode(file, encoding_of(self._read), target)
            self._clean[number] = target


def _kinds(files: Sequence[DataFile], read: Mapping[str, Any]) -> dict[str, str]:
    """The keys of the objects, and of which kind their values are, judged by the beginnings of a few files."""
    found: dict[str, str] = {}
    step = max(1, -(-len(files) // FILES))
    for file in {id(file): file for file in [*files[::step], *files[-1:]]}.values():
        for entry in _objects(file, read):
            for key, value in entry.items():
                found[key] = _joined(found.get(key), _KINDS.get(type(value)))
    return {key: kind or STRING for key, kind in found.items()}


def _joined(before: str | None, kind: str | None) -> str:
    """The kind that holds both."""
    if not before or not kind or before == kind:
        return before or kind or ""
    return FLOAT if {before, kind} == {LONG, FLOAT} else STRING


def _objects(file: DataFile, read: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    with open_text(file, encoding_of(read)) as lines:
        size = 0
        for number, line in enumerate(lines, 1):
            size += len(line)
            if number > ROWS or size > BYTES:
                return
            try:
                entry = json.loads(line) if line.strip() else None
            except ValueError as error:
                entry = None
                if read.get("invalid_lines", "error") == "error":
                    raise _no_json(file, number, error) from error
            if isinstance(entry, dict):
                yield entry


def _no_json(file: DataFile, number: int, error: BaseException) -> DatasetExecutionError:
    return DatasetExecutionError(
        f"Line {number} of {file.full} is no JSON: {error}.",
        error,
        hint="from_json_lines_files(path, invalid_lines='drop') leaves such lines out",
    )


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")
