"""Which files belong to what: rows that name an owner, a path and the bytes; bytes without a row may go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from aml_nb.core.store import tables
from aml_nb.core.store.artifacts import Digest

if TYPE_CHECKING:
    from aml_nb.core.store import Store

Files = list[tuple[str, Digest]]
_INSERT = sa.insert(tables.files)


def add_files(store: Store, connection: sa.Connection, owner: str, files: Files) -> None:
    """Note that ``owner`` has these files; their bytes stay from now on."""
    rows = [
        {"workspace": store.workspace, "owner": owner, "path": path, **digest._asdict()} for path, digest in files
    ]
    if rows:
        connection.execute(_INSERT, rows if len(rows) > 1 else rows[0])


def files_of(store: Store, owner: str) -> Files:
    """(path, digest) of each file of ``owner``, sorted by path."""
    table = tables.files
    query = sa.select(table.c.path, table.c.sha256, table.c.size).where(_owned(store, owner))
    with store.read() as connection:
        return [(path, Digest(sha256, size)) for path, sha256, size in connection.execute(query.order_by("path"))]


def drop_files(store: Store, connection: sa.Connection, owner: str, below: str | None = None) -> None:
    """Let go of the files of ``owner``; bytes that nothing else has are doomed, for ``Registry.drop_doomed``.

    Parameters
    ----------
    below : only the file of that name, or those in the folder of that name.
    """
    table = tables.files
    owned = _owned(store, owner)
    if below is not None:
        inside = sa.func.substr(table.c.path, 1, len(below) + 1) == f"{below}/"  # SQLite's LIKE knows no case
        owned = sa.and_(owned, sa.or_(table.c.path == below, inside))
    hashes = set(connection.scalars(sa.select(table.c.sha256).where(owned)))
    connection.execute(sa.delete(table).where(owned))
    _doom(store, connection, hashes)


def _owned(store: Store, owner: str) -> sa.ColumnElement[bool]:
    return sa.and_(tables.files.c.workspace == store.workspace, tables.files.c.owner == owner)


def _doom(store: Store, connection: sa.Connection, hashes: Iterable[str]) -> None:
    rows: list[dict[str, Any]] = [{"workspace": store.workspace, "sha256": sha256} for sha256 in hashes]
    if rows:
        connection.execute(store.insert(tables.doomed).on_conflict_do_nothing(), rows)
