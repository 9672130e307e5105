"""One DuckDB for one question: in memory, with limits, a folder of its own, and no way to the network.

Nothing of a user's goes into SQL as text: columns are ``c0``, ``c1``, …, values are parameters, and files are
links in our folder, or paths of a file system of ours for what lies elsewhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.tabular.sampling import is_packed
from aml_nb.core.scratch import Scratch

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.files import DataFile

_SETTINGS = (
    "SET allow_community_extensions = false",
    "SET enable_progress_bar = false",
    "SET preserve_insertion_order = true",
    "SET TimeZone = 'UTC'",
    "SET python_enable_replacements = false",
)
_PACKED = ".gz"
_MEMORY_SHARE, _LEAST_MEMORY = 0.6, 512 << 20
_WIDE = 300
_NAME = re.compile(r"(?:\S*/)?(\d{9})\.data\S*?(?=[\s\"',:;)]|$)")
PLACE = "CAST(regexp_extract(filename, '([0-9]{9})[.]data[.a-z]*$', 1) AS INTEGER) + 1"
"""The number of the file that a row is of, from 1, where the engine tells ``filename``."""


class Engine:
    """A DuckDB that is closed, with all its files, at the end of ``with``."""

    def __init__(self) -> None:
        self._scratch = Scratch("rows")
        self.folder = self._scratch.path
        self._values: dict[str, Any] = {}
        self._placed: list[DataFile] = []
        self._bridge: Any = None
        try:
            self._connection = _connect(self.folder)
        except BaseException:
            self._scratch.close()
            raise

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bridge is not None:
            self._connection.unregister_filesystem(self._bridge.protocol)
        self._connection.close()
        self._scratch.close()

    def quote(self, value: Any) -> str:
        """The parameter that stands for a value in the SQL of this engine."""
        name = f"v{len(self._values)}_"
        self._values[name] = value
        return f"${name}"

    def execute(self, sql: str) -> Any:
        """The answer to a query, not yet fetched."""
        wanted = {name: self._values[name] for name in dict.fromkeys(re.findall(r"\$(v\d+_)", sql))}
        return self._connection.execute(sql, wanted or None)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of an answer."""
        found: list[tuple[Any, ...]] = self.execute(sql).fetchall()
        return found

    def arrays(self, sql: str) -> dict[str, Any]:
        """The columns of an answer as NumPy arrays, masked where values are missing."""
        found: dict[str, Any] = self.execute(sql).fetchnumpy()
        return found

    def expect(self, columns: int) -> None:
        """Take note of how wide a query will be: what is repeated is looked for in quadratic time."""
        if columns > _WIDE:
            self._connection.execute("SET disabled_optimizers = 'common_subexpressions'")

    def register(self, name: str, frame: Any) -> None:
        """Let SQL see a pandas DataFrame under a name of ours."""
        self._connection.register(name, frame)

    def insert(self, table: str, types: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table of ours; what does not fit into memory goes to disk.

        Parameters
        ----------
        table, types : the table, and the types of its columns.
        columns : the values of each column.
        """
        names = [f"v{place}_" for place in range(len(types))]
        listed = ", ".join(f"unnest(CAST(${name} AS {kind}[]))" for name, kind in zip(names, types, strict=True))
        values = {name: list(column) for name, column in zip(names, columns, strict=True)}
        self._connection.execute(f"INSERT INTO {table} SELECT {listed}", values)

    def path(self, name: str) -> str:
        """A path in the folder of this engine."""
        return os.path.join(self.folder, name)

    def place(self, file: DataFile, content: str | None = None) -> str:
        """The path under which the engine opens a file.

        Parameters
        ----------
        file : where it is.
        content : a file of this machine that holds the same in a form that the engine reads, if there is one.
        """
        name = f"{len(self._placed):09d}.data{_PACKED if content is None and is_packed(file) else ''}"
        self._placed.append(file)
        if content is None and file.filesystem is not None:
            return self._bridged(name, file)
        if content is None:
            content = file.fetch(self.path("fetched"))
        os.symlink(os.path.abspath(content), self.path(name))
        return self.path(name)

    def forget(self) -> None:
        """Begin anew with the files and parameters: a query is made once more."""
        for number in range(len(self._placed)):
            for end in ("", _PACKED):
                with suppress(FileNotFoundError):
                    os.unlink(self.path(f"{number:09d}.data{end}"))
        self._placed.clear()
        self._values.clear()

    def placed(self, text: str) -> DataFile | None:
        """The file that a message of the engine is about."""
        found = _NAME.search(text)
        number = int(found.group(1)) if found else -1
        return self._placed[number] if 0 <= number < len(self._placed) else None

    def shown(self, text: str) -> str:
        """A message of the engine with the names of the user's files in it."""

        def name(match: re.Match[str]) -> str:
            number = int(match.group(1))
            return self._placed[number].full if number < len(self._placed) else match.group()

        return _NAME.sub(name, text)

    def _bridged(self, name: str, file: DataFile) -> str:
        from aml_nb.core.data.datasets.tabular.bridge import Bridge

        if self._bridge is None:
            self._bridge = Bridge()
            self._connection.register_filesystem(self._bridge)
        self._bridge.files[name] = file
        return f"{self._bridge.protocol}://{name}"


def literal(text: str) -> str:
    """A text of ours, or a separator, as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """The name of a column of a file that is written, as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def cores() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _connect(folder: str) -> Any:
    import duckdb
    import psutil

    memory = max(_LEAST_MEMORY, int(psutil.virtual_memory().available * _MEMORY_SHARE))
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": cores(),
        "memory_limit": f"{memory >> 20}MiB",
        "temp_directory": os.path.join(folder, "spill"),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    connection = duckdb.connect(":memory:", config=config)
    for setting in _SETTINGS:
        with suppress(duckdb.Error):  # a release that does not know the word has nothing to switch off
            connection.execute(setting)
    return connection
