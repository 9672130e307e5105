"""The model registry's rows: what Model asks of the database."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from aml_nb.core.store import tables
from aml_nb.core.store.owned_files import Files, add_files, drop_files, files_of
from aml_nb.core.store.records import next_number

if TYPE_CHECKING:
    from aml_nb.core.store import Store
    from aml_nb.core.store.artifacts import ArtifactStore


class Row(NamedTuple):
    """One model as the database has it; ``tags``, ``properties`` and ``payload`` are JSON."""

    name: str
    version: int
    created: int
    framework: str | None
    run_id: str | None
    tags: str
    properties: str
    payload: str


_COLUMNS = [tables.models.c[name] for name in Row._fields]
_INSERT_MODEL = sa.insert(tables.models).inline()


class Registry:
    """Models of one workspace."""

    def __init__(self, store: Store, artifacts: ArtifactStore) -> None:
        self._store = store
        self._artifacts = artifacts
        self._mine = tables.models.c.workspace == store.workspace

    def add(self, name: str, fields: dict[str, Any], collect: Callable[[], Files]) -> Row:
        """Register the next version of ``name``.

        ``collect`` brings the files into the artifacts. It is called again when somebody else's deletion took
        some of them away before the row was there.
        """
        while True:
            kept = collect()
            with self._store.write() as connection:
                if all(self._artifacts.has(digest.sha256) for _, digest in kept):
                    return self._insert(connection, name, fields, kept)

    def find(
        self,
        name: str | None = None,
        version: int | None = None,
        latest: bool = False,
        framework: str | None = None,
        run_id: str | None = None,
    ) -> list[Row]:
        """The rows that match, newest first."""
        table = tables.models
        query = sa.select(*_COLUMNS).where(self._mine)
        for column, value in (
            (table.c.name, name),
            (table.c.version, version),
            (table.c.framework, framework),
            (table.c.run_id, run_id),
        ):
            if value is not None:
                query = query.where(column == value)
        if latest:
            last = sa.select(table.c.name, sa.func.max(table.c.version)).where(self._mine).group_by(table.c.name)
            query = query.where(sa.tuple_(table.c.name, table.c.version).in_(last))
        with self._store.read() as connection:
            return list(map(Row._make, connection.execute(query.order_by(table.c.seq.desc())).all()))

    def newest(self) -> list[tuple[Row, int]]:
        """The newest version of each name, newest first, and how many versions the name has."""
        table = tables.models
        last = sa.select(table.c.name, sa.func.max(table.c.version).label("last"), sa.func.count().label("number"))
        each = last.where(self._mine).group_by(table.c.name).subquery()
        same = sa.and_(table.c.name == each.c.name, table.c.version == each.c.last)
        query = sa.select(*_COLUMNS, each.c.number).join(each, same).where(self._mine).order_by(table.c.seq.desc())
        with self._store.read() as connection:
            return [(Row._make(found[:-1]), found[-1]) for found in connection.execute(query).all()]

    def modify(self, name: str, version: int, change: Callable[[dict[str, Any]], None]) -> Row:
        """Change tags, properties or payload of one model, nobody in between; KeyError when it is gone."""
        table = tables.models
        this = sa.and_(self._mine, table.c.name == name, table.c.version == version)
        with self._store.write() as connection:
            found = connection.execute(sa.select(*_COLUMNS).where(this).with_for_update()).first()
            if found is None:
                raise KeyError(name)
            row = Row._make(found)
            fields = {key: json.loads(getattr(row, key)) for key in ("tags", "properties", "payload")}
            change(fields)
            new = {key: json.dumps(value) for key, value in fields.items()}
            connection.execute(sa.update(table).where(this).values(**new))
        return row._replace(tags=new["tags"], properties=new["properties"], payload=new["payload"])

    def files(self, name: str, version: int) -> Files:
        """(path, digest) of each file of a model, sorted by path."""
        return files_of(self._store, _owner(name, version))

    def remove(self, name: str, version: int, refuse: Callable[[list[tuple[str, dict[str, Any]]]], None]) -> bool:
        """Delete a model unless ``refuse`` raises; it is shown every web service as it stands at that moment."""
        table = tables.models
        with self._store.write() as connection:
            refuse(self._store.records("webservice").list())
            gone = connection.execute(
                sa.delete(table).where(self._mine, table.c.name == name, table.c.version == version)
            )
            drop_files(self._store, connection, _owner(name, version))
        self.drop_doomed()
        return bool(gone.rowcount)

    def drop_doomed(self) -> None:
        """Remove the bytes of deleted models that nothing else refers to.

        After the deletion is committed and with every other writer out: bytes that a row refers to are never
        removed, and a killed process leaves only bytes that the next deletion removes.
        """
        doomed, files = tables.doomed, tables.files
        mine = doomed.c.workspace == self._store.workspace
        with self._store.write(alone=True) as connection:
            hashes = sa.select(doomed.c.sha256).where(mine)
            wanted = sa.and_(files.c.workspace == self._store.workspace, files.c.sha256.in_(hashes))
            used = set(connection.scalars(sa.select(files.c.sha256).where(wanted)))
            for sha256 in set(connection.scalars(hashes)) - used:
                self._artifacts.remove(sha256)
            connection.execute(sa.delete(doomed).where(mine))

    def collect_garbage(self) -> int:
        """Remove bytes that no row refers to, such as a process left that was killed while it registered."""
        mine = tables.files.c.workspace == self._store.workspace
        with self._store.write(alone=True) as connection:
            used = set(connection.scalars(sa.select(tables.files.c.sha256).where(mine).distinct()))
            unused = set(self._artifacts) - used
            for sha256 in unused:
                self._artifacts.remove(sha256)
        return len(unused)

    def _insert(self, connection: sa.Connection, name: str, fields: dict[str, Any], kept: Files) -> Row:
        version = next_number(self._store, connection, "model", name)
        row = Row(
            name=name,
            version=version,
            created=time.time_ns() // 1000,
            framework=fields["framework"],
            run_id=fields["run_id"],
            tags=json.dumps(fields["tags"]),
            properties=json.dumps(fields["properties"]),
            payload=json.dumps(fields["payload"]),
        )
        connection.execute(_INSERT_MODEL, {"workspace": self._store.workspace, **row._asdict()})
        add_files(self._store, connection, _owner(name, version), kept)
        return row


def _owner(name: str, version: int) -> str:
    return f"model/{name}/{version}"
