"""The workspace's database: SQLite in the workspace's folder, or PostgreSQL by ``AML_NB_STORE``.

One connection a process and workspace, behind a lock: safe from any thread, closed before a fork and opened
again on either side of it. ``write()`` takes the write lock at once, so that whoever races waits, and commits
with ``synchronous=FULL``: what is committed survives a power cut.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool

from aml_nb.core.store import tables
from aml_nb.core.store.errors import readable
from aml_nb.errors import StoreError

if TYPE_CHECKING:
    from aml_nb.core.store.records import Records, VersionedRecords

FILE = "store.db"
BUSY_SECONDS = 60.0
# Any fixed number does: writers share this lock, and whoever removes files takes it alone.
_PG_LOCK = 0x616D6C
_STORES: weakref.WeakSet[Store] = weakref.WeakSet()
_held: list[Store] = []


class Store:
    """The tables of one workspace. Made by ``Store.create`` and ``Store.open``."""

    def __init__(self, url: str | None, workspace: str, path: Path | None) -> None:
        self.workspace = workspace
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._inode = 0
        self._connected = 0
        self._connection: sa.Connection | None = None
        with readable(path):
            self._engine = _server(url) if url else _file(path)
        self.postgresql = self._engine.dialect.name == "postgresql"
        self.insert: Any = _insert_of_postgresql() if self.postgresql else sqlite.insert
        self._holder: list[sa.Connection] = []
        weakref.finalize(self, _dispose, self._engine, self._holder)
        _STORES.add(self)

    @classmethod
    def create(cls, folder: Path, workspace: str, url: str | None = None) -> Store:
        """Make the tables: a new file in ``folder``, or what is missing on the server at ``url``."""
        path = None if url else folder / FILE
        store = cls(url, workspace, path)
        with store.write() as connection:
            _migrate(connection, fresh=True, path=path)
        return store

    @classmethod
    def open(cls, folder: Path, workspace: str, url: str | None = None) -> Store:
        """Open what ``create`` made, bringing an older schema up to date."""
        path = None if url else folder / FILE
        if path is not None and not (path.is_file() and path.stat().st_size):
            raise StoreError(
                f"The workspace's database {path} is missing or empty.",
                hint=f"put a backup of it there, or delete the folder {folder} to start afresh",
            )
        store = cls(url, workspace, path)
        if not store._current():
            with store.write() as connection:
                _migrate(connection, fresh=False, path=path)
        return store

    def records(self, kind: str) -> Records:
        """The named documents of one kind."""
        from aml_nb.core.store.records import Records

        return Records(self, kind)

    def versioned(self, kind: str) -> VersionedRecords:
        """The named and versioned documents of one kind."""
        from aml_nb.core.store.records import VersionedRecords

        return VersionedRecords(self, kind)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent view of the tables."""
        with self._transaction(write=False) as connection:
            yield connection

    @contextmanager
    def write(self, alone: bool = False) -> Iterator[sa.Connection]:
        """All or nothing. Inside another ``write`` of the same thread it is part of that one.

        ``alone`` keeps every other writer of the workspace out also on PostgreSQL, where writers run side by
        side; SQLite has one writer anyway.
        """
        with self._transaction(write=True) as connection:
            if self.postgresql:
                shared = "" if alone else "_shared"
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{shared}({_PG_LOCK})")
            yield connection

    def changes(self) -> tuple[int, int] | None:
        """What is another value once somebody else than this object has written; None where nobody can tell.

        Asking costs next to nothing, so that a watcher can ask often. PostgreSQL cannot tell.
        """
        if self.postgresql:
            return None
        with self.read() as connection:
            return self._connected, int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def close(self) -> None:
        """Let go of the connection; the next use opens another."""
        with self._lock:
            if self._connection is not None and not self._depth:
                self._connection.close()
                self._forget()

    @contextmanager
    def _transaction(self, write: bool) -> Iterator[sa.Connection]:
        with self._lock, readable(self.path):
            if self._depth:
                assert self._connection is not None
                yield self._connection
                return
            connection = self._begin(write)
            self._depth = 1
            try:
                yield connection
                connection.commit()
            except BaseException:
                self._give_up(connection)
                raise
            finally:
                self._depth = 0

    def _begin(self, write: bool) -> sa.Connection:
        connection = self._connect()
        connection.info["write"] = write
        try:
            connection.begin()
            if self.postgresql:
                connection.exec_driver_sql("SELECT 1")
        except DBAPIError as error:
            self._give_up(connection)
            if not error.connection_invalidated:
                raise
            connection = self._connect()
            connection.begin()
        return connection

    def _give_up(self, connection: sa.Connection) -> None:
        try:
            connection.rollback()
        except DBAPIError:
            pass
        if connection.invalidated or connection.closed:
            self._forget()

    def _connect(self) -> sa.Connection:
        if self.path is not None:
            self._check_file(self.path)
        if self._connection is None:
            self._connection = self._engine.connect()
            self._holder.append(self._connection)
            self._connected += 1
            if self.path is not None:
                self._inode = self.path.stat().st_ino
        return self._connection

    def _check_file(self, path: Path) -> None:
        """A file that was replaced or deleted under us must not take writes that nobody will see."""
        if self._connection is None:
            return
        try:
            if os.stat(path).st_ino == self._inode:
                return
        except FileNotFoundError:
            raise StoreError(
                f"The workspace at {path.parent} was deleted meanwhile.",
                hint="Workspace.create(...), or Workspace.from_config() for another one",
            ) from None
        self._connection.close()
        self._forget()

    def _forget(self) -> None:
        self._connection = None
        self._holder.clear()

    def _current(self) -> bool:
        with self.read() as connection:
            return _version(connection) == tables.SCHEMA_VERSION


def _insert_of_postgresql() -> Any:
    from sqlalchemy.dialects import postgresql  # a tenth of what a process that opens a store takes to start

    return postgresql.insert


def _server(url: str) -> sa.Engine:
    try:
        address = sa.make_url(url)
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+psycopg")
        if address.get_backend_name() == "postgresql":
            return sa.create_engine(address, poolclass=NullPool, hide_parameters=True)
    except (ArgumentError, ValueError):
        pass  # neither is chained: they may quote what stands where the password should
    raise StoreError(
        "AML_NB_STORE is no address of a PostgreSQL server.",
        hint="export AML_NB_STORE=postgresql+psycopg://user:password@host/database (write %40 for an @ in a password)",
    )


def _file(path: Path | None) -> sa.Engine:
    arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None}
    url = sa.URL.create("sqlite", database=str(path) if path else None)
    engine = sa.create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-4000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN IMMEDIATE" if connection.info["write"] else "BEGIN")


def _dispose(engine: sa.Engine, holder: list[sa.Connection]) -> None:
    for connection in holder:
        connection.close()
    engine.dispose()


def _version(connection: sa.Connection) -> int:
    if not sa.inspect(connection).has_table("meta"):
        return 0
    value = connection.scalar(sa.select(tables.meta.c.value).where(tables.meta.c.key == "schema_version"))
    return int(value or 0)


def _migrate(connection: sa.Connection, fresh: bool, path: Path | None) -> None:
    version = _version(connection)
    if version > tables.SCHEMA_VERSION:
        raise StoreError(
            f"The workspace's database has schema {version}; this aml_nb knows schemas up to {tables.SCHEMA_VERSION}.",
            hint="pip install --upgrade aml_nb",
        )
    if version == 0 and not fresh:
        raise StoreError(
            f"{path or 'The database on the server'} holds no tables of aml_nb.",
            hint="check AML_NB_STORE, or put a backup of the file there",
        )
    for step in tables.MIGRATIONS[version:]:
        step(connection)
    connection.execute(sa.delete(tables.meta).where(tables.meta.c.key == "schema_version"))
    connection.execute(sa.insert(tables.meta).values(key="schema_version", value=str(tables.SCHEMA_VERSION)))


def _before_fork() -> None:
    # SQLite's locks belong to the process: a connection carried over a fork would hold none in the child.
    global _held
    held = list(_STORES)
    for store in held:
        store._lock.acquire()
        store.close()
    _held = held


def close_all() -> None:
    """Let go of every connection of this process; whoever comes next opens another."""
    for store in list(_STORES):
        store.close()


def _after_fork() -> None:
    global _held
    held, _held = _held, []
    for store in held:
        store._lock.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
