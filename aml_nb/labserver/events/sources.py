"""What each list is made of, in a form that is cheap to compare."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.plane.folder import PlaneFolder
from aml_nb.core.store import Store, tables
from aml_nb.engines.folder import ServiceFolder
from aml_nb.labserver.shapes import pipelines, runs
from aml_nb.labserver.shapes.base import Row
from aml_nb.labserver.shapes.listing import KINDS as LISTS

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KINDS: dict[str, Callable[[Workspace], list[Row]]] = dict(LISTS)
_OF: dict[str, tuple[str, ...]] = {
    "models": ("models",),
    "services": ("webservice", "service files", "services asked"),
    "compute": ("compute", "compute asked"),
    "runs": ("runs", "runs asked"),
    "pipelines": (kept.PIPELINE, kept.ENDPOINT, "pipeline runs", "runs asked"),
    "schedules": (kept.SCHEDULE, "control plane"),
    "data": ("dataset", "datastore", "setting"),
    "environments": ("environment",),
}
_RECORDS = ("webservice", "compute", kept.PIPELINE, kept.ENDPOINT, kept.SCHEDULE, "datastore", "setting")
_VERSIONS = ("dataset", "environment")
_MEND_S = 10.0


def of(kind: str, inputs: Mapping[str, Any]) -> list[Any]:
    """What the list of a kind is made of."""
    return [inputs.get(name) for name in _OF[kind]]


def stored(store: Store) -> dict[str, Any]:
    """What is in the database, as hashes."""
    found: dict[str, list[Any]] = {name: [] for name in (*_RECORDS, *_VERSIONS)}
    with store.read() as connection:
        for table, names in ((tables.records, _RECORDS), (tables.versions, _VERSIONS)):
            columns = [column for column in table.c if column.name != "workspace"]
            mine = sa.and_(table.c.workspace == store.workspace, table.c.kind.in_(names))
            for row in connection.execute(sa.select(*columns).where(mine).order_by(table.c.seq)):
                found[row.kind].append(tuple(row))
        return {
            **{name: hash(tuple(rows)) for name, rows in found.items()},
            "models": _table(connection, store, tables.models),
            "runs": _table(connection, store, tables.runs, runs.MOST, tables.runs.c.parent_id.is_(None)),
            "pipeline runs": _table(
                connection, store, tables.runs, pipelines.MOST_RUNS, tables.runs.c.run_type == pipelines.RUN_TYPE
            ),
        }


def _table(
    connection: sa.Connection, store: Store, table: sa.Table, most: int | None = None, *which: sa.ColumnElement[bool]
) -> int:
    query = sa.select(table).where(table.c.workspace == store.workspace, *which).order_by(table.c.seq.desc())
    return hash(tuple(map(tuple, connection.execute(query.limit(most)))))


def live(workspace: Workspace, rows: Mapping[str, Mapping[str, Row]], ask: bool) -> dict[str, Any]:
    """What is in files; and with ``ask`` a mark on each list that must be asked anew, because things in it go on."""
    services = rows.get("services", {})
    found: dict[str, Any] = {"service files": [_files(workspace, handle) for handle in services]}
    if rows.get("schedules"):
        found["control plane"] = PlaneFolder(workspace._folder).alive()
    if ask:
        now = time.monotonic()
        elsewhere = any(row["engine"] != "process" for row in services.values())
        if services:  # of processes the files tell; that now and then they are asked all the same mends a lost front
            found["services asked"] = now if elsewhere else now // _MEND_S
        if rows.get("compute"):
            found["compute asked"] = now
        if any(row["tone"] == "busy" for kind in ("runs", "pipelines") for row in rows.get(kind, {}).values()):
            found["runs asked"] = now
    return found


def _files(workspace: Workspace, handle: str) -> tuple[Any, ...]:
    folder = ServiceFolder(workspace._folder / "services", handle)
    return (*(_changed(path) for path in (folder.state_file, folder.service_file)), folder.alive(), folder.busy())


def _changed(path: Any) -> int | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return int(found.st_mtime_ns) ^ int(found.st_ino)
