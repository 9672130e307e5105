"""Named JSON documents in the workspace's database, plain and versioned."""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from aml_nb.core.store import tables
from aml_nb.errors import NameTakenError

if TYPE_CHECKING:
    from aml_nb.core.store import Store

Payload = dict[str, Any]


def next_number(store: Store, connection: sa.Connection, kind: str, name: str, at_least: int = 1) -> int:
    """Take the next number of ``name``; two who ask at once get two numbers, and none comes back."""
    first = {"workspace": store.workspace, "kind": kind, "name": name, "last": at_least}
    return int(connection.scalar(_count(store.insert), first))


@lru_cache
def _count(insert: Callable[[sa.Table], Any]) -> Any:
    table = tables.counters
    return (
        insert(table)
        .on_conflict_do_update(index_elements=["workspace", "kind", "name"], set_={"last": table.c.last + 1})
        .returning(table.c.last)
    )


class Records:
    """The documents of one kind, one a name."""

    def __init__(self, store: Store, kind: str) -> None:
        self._store = store
        self._kind = kind
        table = tables.records
        self._mine = sa.and_(table.c.workspace == store.workspace, table.c.kind == kind)

    def create(self, name: str, payload: Payload) -> None:
        """Add a document; NameTakenError when there is one of that name."""
        statement = self._insert(name, payload).on_conflict_do_nothing().returning(tables.records.c.seq)
        with self._store.write() as connection:
            if connection.scalar(statement) is None:
                raise NameTakenError(
                    f"A {self._kind} named {name!r} exists already.",
                    hint=f"choose another name, or delete the {self._kind} {name!r} first",
                )

    def get(self, name: str) -> Payload | None:
        """The document, or None."""
        with self._store.read() as connection:
            text = connection.scalar(sa.select(tables.records.c.payload).where(self._named(name)))
        return None if text is None else json.loads(text)

    def put(self, name: str, payload: Payload) -> None:
        """Add a document or replace the one of that name."""
        statement = self._insert(name, payload).on_conflict_do_update(
            index_elements=["workspace", "kind", "name"], set_={"payload": json.dumps(payload)}
        )
        with self._store.write() as connection:
            connection.execute(statement)

    def modify(self, name: str, change: Callable[[Payload], Payload | None]) -> Payload:
        """Replace a document by what ``change`` makes of it, nobody in between.

        ``change`` may return the new document or alter the one it is given. KeyError when there is none.
        """
        table = tables.records
        with self._store.write() as connection:
            text = connection.scalar(sa.select(table.c.payload).where(self._named(name)).with_for_update())
            if text is None:
                raise KeyError(name)
            old: Payload = json.loads(text)
            changed = change(old)
            new = old if changed is None else changed
            connection.execute(sa.update(table).where(self._named(name)).values(payload=json.dumps(new)))
        return new

    def delete(self, name: str) -> bool:
        """Remove a document; False when there was none."""
        with self._store.write() as connection:
            return bool(connection.execute(sa.delete(tables.records).where(self._named(name))).rowcount)

    def list(self) -> list[tuple[str, Payload]]:
        """Every name with its document, oldest first."""
        table = tables.records
        with self._store.read() as connection:
            rows = connection.execute(
                sa.select(table.c.name, table.c.payload).where(self._mine).order_by(table.c.seq)
            ).all()
        return [(name, json.loads(payload)) for name, payload in rows]

    def _insert(self, name: str, payload: Payload) -> Any:
        return self._store.insert(tables.records).values(
            workspace=self._store.workspace, kind=self._kind, name=name, payload=json.dumps(payload)
        )

    def _named(self, name: str) -> sa.ColumnElement[bool]:
        return sa.and_(self._mine, tables.records.c.name == name)


class VersionedRecords:
    """The documents of one kind, several versions a name."""

    def __init__(self, store: Store, kind: str) -> None:
        self._store = store
        self._kind = kind
        table = tables.versions
        self._mine = sa.and_(table.c.workspace == store.workspace, table.c.kind == kind)

    def append(self, name: str, payload: Payload, version: str | None = None) -> str:
        """Add a version and return it: the next integer, or ``version`` (NameTakenError when it is there)."""
        with self._store.write() as connection:
            if version is not None:
                if not self._add(connection, name, payload, version):
                    raise NameTakenError(
                        f"Version {version} of the {self._kind} {name!r} exists already.",
                        hint="leave the version out to get the next one",
                    )
                return version
            while True:
                number = str(next_number(self._store, connection, self._kind, name))
                if self._add(connection, name, payload, number):
                    return number

    def get(self, name: str, version: str | None = None) -> tuple[str, Payload] | None:
        """(version, document): that version, or the one added last; None when there is none."""
        table = tables.versions
        query = sa.select(table.c.version, table.c.payload).where(self._mine, table.c.name == name)
        if version is not None:
            query = query.where(table.c.version == str(version))
        with self._store.read() as connection:
            row = connection.execute(query.order_by(table.c.seq.desc()).limit(1)).first()
        return None if row is None else (row.version, json.loads(row.payload))

    def list(self) -> list[tuple[str, str, Payload]]:
        """(name, version, document) of the last version of each name, oldest first."""
        table = tables.versions
        last = sa.select(sa.func.max(table.c.seq)).where(self._mine).group_by(table.c.name)
        query = sa.select(table.c.name, table.c.version, table.c.payload).where(table.c.seq.in_(last))
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(table.c.seq)).all()
        return [(name, version, json.loads(payload)) for name, version, payload in rows]

    def versions(self, name: str) -> builtins.list[str]:
        """The versions of a name, oldest first."""
        table = tables.versions
        query = sa.select(table.c.version).where(self._mine, table.c.name == name).order_by(table.c.seq)
        with self._store.read() as connection:
            return [str(version) for version in connection.scalars(query)]

    def modify(self, name: str, version: str, change: Callable[[Payload], Payload | None]) -> Payload | None:
        """Replace one version's document by what ``change`` makes of it, nobody in between; None when there is none.

        ``change`` may return the new document or alter the one it is given.
        """
        table = tables.versions
        which = sa.and_(self._mine, table.c.name == name, table.c.version == str(version))
        with self._store.write() as connection:
            text = connection.scalar(sa.select(table.c.payload).where(which).with_for_update())
            if text is None:
                return None
            old: Payload = json.loads(text)
            changed = change(old)
            new = old if changed is None else changed
            connection.execute(sa.update(table).where(which).values(payload=json.dumps(new)))
        return new

    def delete(self, name: str, version: str | None = None) -> bool:
        """Remove one version, or all of a name; False when there was none."""
        table = tables.versions
        which = [self._mine, table.c.name == name]
        if version is not None:
            which.append(table.c.version == str(version))
        with self._store.write() as connection:
            return bool(connection.execute(sa.delete(table).where(*which)).rowcount)

    def _add(self, connection: sa.Connection, name: str, payload: Payload, version: str) -> bool:
        statement = self._store.insert(tables.versions).values(
            workspace=self._store.workspace,
            kind=self._kind,
            name=name,
            version=str(version),
            payload=json.dumps(payload),
        )
        added = statement.on_conflict_do_nothing().returning(tables.versions.c.seq)
        return connection.scalar(added) is not None
