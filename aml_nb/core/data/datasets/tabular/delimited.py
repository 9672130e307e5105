"""Delimited files as a plan: every field is read as text, and becomes what it is to be in SQL.

Reading numbers at once would be no faster, and would make 2 of ``1.5`` in a column of whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from aml_nb.core.data.datasets.tabular.data_type import STRING
from aml_nb.core.data.datasets.tabular.engine import literal
from aml_nb.core.data.datasets.tabular.layout import Sheet, columns_of, encoding_of, guess_types, lay_out
from aml_nb.core.data.datasets.tabular.mending import recode, rows
from aml_nb.core.data.datasets.tabular.places import Places, distinct
from aml_nb.core.data.datasets.tabular.plan import Column, Plan, typed

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.files import DataFile
    from aml_nb.core.data.datasets.tabular.engine import Engine

_BATCH = 5000
_UTF8 = "utf-8-sig"


class _Content(NamedTuple):
    """What is read in place of a file: another file, or a table of the engine's."""

    path: str | None = None
    table: str | None = None


class Delimited:
    """The rows of delimited files.

    Parameters
    ----------
    engine, files, read : who reads which files, and how.
    most : how many rows are enough; None for all.
    """

    def __init__(self, engine: Engine, files: Sequence[DataFile], read: Mapping[str, Any], most: int | None) -> None:
        self._engine, self._read, self._most = engine, read, most
        self._sheets = lay_out(files if most is not None else [_here(engine, file) for file in files], read)
        self._names = columns_of(self._sheets)
        self._types = dict(read.get("types") or {})
        if read.get("infer", True):
            unknown = [name for name in self._names if name not in self._types]
            self._types.update(guess_types(self._sheets, read, unknown) if unknown else {})
        self._types.update(read.get("set_types") or {})
        self._contents = [_Content() for _ in self._sheets]
        self._filename = "false"
        self._mended = not self._plain_separator
        if self._mended:
            self._mend(range(len(self._sheets)))
        elif most is not None and any(_is_web(file) for file in files):
            self._mended = True  # what is needed of them is read as it comes, and no more
            self._mend(range(len(self._sheets)))
        elif encoding_of(read) != _UTF8:
            self._recode()
        self._mend([number for number, sheet in enumerate(self._sheets) if sheet.headed and not sheet.plain])

    def types(self) -> dict[str, dict[str, Any]]:
        """The types of the columns by name."""
        return {name: self._types[name] for name in self._names if name in self._types}

    def plan(self, strict: bool) -> Plan:
        """The query for the rows; with ``strict`` it ends where a value is not of its column's type."""
        places = Places(self._engine, self._read)
        self._filename = "true" if places.columns else "false"
        placed: list[DataFile] = []
        groups = []
        numbered = zip(self._sheets, self._contents, strict=True)
        for (names, _, table), group in groupby(numbered, lambda each: _alike(*each)):
            members = list(group)
            first = len(placed)
            paths = [self._engine.place(sheet.file, content.path) for sheet, content in members]
            placed += [sheet.file for sheet, _ in members]
            reader = self._reader(paths, names, members[0][0].headed) if table is None else _kept(table, first)
            groups.append((names, reader))
        columns = distinct([*places.columns, *(Column(name, STRING) for name in self._names)])
        if not groups:
            return _empty(columns)
        before = places.sql(placed)
        selects = [self._select(before, names, reader) for names, reader in groups]
        plan = Plan(" UNION ALL ".join(selects), columns)
        shift = len(before)
        types = {
            columns[shift + place].name: self._types[name]
            for place, name in enumerate(self._names)
            if name in self._types
        }
        return typed(plan, types, self._engine, strict)

    def mend(self, error: BaseException) -> bool:
        """Read the files that the engine refuses by ourselves; whether there were any."""
        if self._mended or not any(word in str(error) for word in ("CSV", "delimiter")):
            return False
        self._mended = True
        broken = range(len(self._sheets)) if self._most is not None else self._refused()
        self._mend(broken)
        return bool(broken)

    @property
    def _plain_separator(self) -> bool:
        separator = self._read.get("separator", ",")
        return len(separator.encode()) <= 4 and not set(separator) & set('"\r\n')

    def _select(self, before: Sequence[str], names: Sequence[str], reader: str) -> str:
        parts = list(before)
        for name in self._names:
            parts.append(f"f{names.index(name)}" if name in names else "CAST(NULL AS VARCHAR)")
        listed = ", ".join(f"{part} AS c{place}" for place, part in enumerate(parts))
        return f"SELECT {listed} FROM {reader}"

    def _reader(self, paths: Sequence[str], names: Sequence[str], headed: bool) -> str:
        fields = [f"f{place}" for place in range(len(names))]
        # With one column alone, the engine would take each empty line for a row.
        pad = ["f1"] if len(fields) == 1 else []
        options = {
            "auto_detect": "false",
            "header": "true" if headed else "false",
            "delim": literal(self._read.get("separator", ",")),
            "quote": "'\"'",
            "escape": "'\"'",
            "nullstr": "''",
            "filename": self._filename,
            "columns": "{" + ", ".join(f"'{field}': 'VARCHAR'" for field in [*fields, *pad]) + "}",
        }
        if pad:
            options["null_padding"] = "true"
        texts = [f"f{place}" for place in self._texts(names)]
        if texts:
            options["force_not_null"] = "[" + ", ".join(map(literal, texts)) + "]"
        listed = ", ".join(f"{name}={value}" for name, value in options.items())
        reader = f"read_csv([{', '.join(map(literal, paths))}], {listed})"
        if not pad:
            return reader
        more = "error('CSV: a row has more fields than one')"
        return f"(SELECT * REPLACE (CASE WHEN f1 IS NULL THEN f0 ELSE {more} END AS f0) FROM {reader})"

    def _texts(self, names: Sequence[str]) -> list[int]:
        """The columns in which an empty field is an empty text."""
        if not self._read.get("empty_as_string"):
            return []
        return [place for place, name in enumerate(names) if self._types.get(name, {}).get("type", STRING) == STRING]

    def _refused(self) -> list[int]:
        """Which files the engine refuses, found by reading each."""
        import duckdb

        refused = []
        for number, (sheet, content) in enumerate(zip(self._sheets, self._contents, strict=True)):
            path = self._engine.place(sheet.file, content.path)
            if content.table is not None:
                continue
            reader = self._reader([path], sheet.names, sheet.headed)
            hashed = ", ".join(f"f{place}" for place in range(len(sheet.names)))
            try:
                self._engine.rows(f"SELECT bit_xor(hash({hashed})) FROM {reader}")
            except duckdb.Error:
                refused.append(number)
        return refused

    def _mend(self, numbers: Sequence[int]) -> None:
        """Keep the rows of files in tables of the engine's, as many as are enough."""
        left = self._most
        for number in numbers:
            kept = self._keep(number, left)
            if left is not None:
                left -= kept
                if left <= 0:
                    del self._sheets[number + 1 :], self._contents[number + 1 :]
                    return

    def _keep(self, number: int, most: int | None) -> int:
        sheet, table, kept = self._sheets[number], f"kept{number}", 0
        kinds = ["VARCHAR"] * len(sheet.names)
        texts = set(self._texts(sheet.names))
        listed = ", ".join(f"f{place} VARCHAR" for place in range(len(kinds)))
        self._engine.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({listed})")
        source = rows(sheet, self._read, most)
        while batch := list(islice(source, _BATCH)):
            columns = list(zip(*batch, strict=True))
            full = [
                column if place in texts else [field or None for field in column]
                for place, column in enumerate(columns)
            ]
            self._engine.insert(table, kinds, full)
            kept += len(batch)
        self._contents[number] = _Content(table=table)
        return kept

    def _recode(self) -> None:
        if self._most is not None:
            self._mended = True
            self._mend(range(len(self._sheets)))
            return
        for number, sheet in enumerate(self._sheets):
            target = self._engine.path(f"recoded{number}.csv")
            recode(sheet.file, encoding_of(self._read), target)
            self._contents[number] = _Content(path=target)


def _is_web(file: DataFile) -> bool:
    return not file.local and file.filesystem is None


def _here(engine: Engine, file: DataFile) -> DataFile:
    """A file of the web as one of this machine, so that it is fetched once; others as they are."""
    return replace(file, path=file.fetch(engine.path("fetched"))) if _is_web(file) else file


def _alike(sheet: Sheet, content: _Content) -> tuple[tuple[str, ...], bool, str | None]:
    """What files must have in common to be read at once."""
    return sheet.names, sheet.headed, content.table


def _kept(table: str, number: int) -> str:
    """A table in place of the file that was placed as this number."""
    return f"(SELECT *, '{number:09d}.data' AS filename FROM {table})"


def _empty(columns: Sequence[Column]) -> Plan:
    listed = ", ".join(f"CAST(NULL AS VARCHAR) AS c{place}" for place in range(len(columns))) or "NULL AS c0"
    return Plan(f"SELECT {listed} WHERE false", tuple(Column(name, STRING) for name, _ in columns))
