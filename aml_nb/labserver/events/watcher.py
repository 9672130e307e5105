"""What has changed in a workspace since the last look.

Lists are made anew only where what they are made of has changed: rows of the database (SQLite tells in one cheap
question that somebody wrote), the small files in which supervisors say how services are, and, now and then, what only
asking can tell: nodes of a cluster, containers, a run whose process was killed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from aml_nb.core.store import Store
from aml_nb.errors import AmlError
from aml_nb.labserver.events import sources
from aml_nb.labserver.events.event import Event
from aml_nb.labserver.faults import body_of
from aml_nb.labserver.shapes.base import Row
from aml_nb.labserver.workspaces import WorkspaceGoneError, Workspaces

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

MOST = 200
"""So many rows of a list are told one by one; where more have changed, the list is to be fetched anew."""
_ASK_S = 1.0
_UNSEEN = ("at",)
"""A row in which nothing else has changed is not told."""


class Watcher:
    """Looks at one workspace; ``look`` is called again and again, by one thread at a time."""

    def __init__(self, workspaces: Workspaces, identity: str) -> None:
        self._workspaces, self._identity = workspaces, identity
        self._store: Store | None = None
        self._gone = False
        self._told: str | None = None
        self._forget()

    def _forget(self) -> None:
        self._workspace_id: str | None = None
        self._changes: Any = None
        self._inputs: dict[str, Any] = {}
        self._rows: dict[str, dict[str, Row]] = {}
        self._asked = 0.0

    @property
    def polls(self) -> bool:
        """Whether the database cannot tell that it was written to, so that all of it is read each time."""
        return self._store is not None and self._store.postgresql

    @property
    def trouble(self) -> bool:
        """Whether the workspace is gone, or could not be read at the last look."""
        return self._gone or self._told is not None

    def close(self) -> None:
        """Let go of the database."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def look(self) -> list[Event]:
        """What is new; that everything is at the first look, and after one that failed: what it saw is not told."""
        try:
            workspace = self._workspaces.get(self._identity)
            found = self._look(workspace)
        except WorkspaceGoneError as error:
            return self._lost(error)
        except AmlError as error:
            if not self._there():
                return self._lost(error)
            self._forget()
            return self._complain(error)
        except Exception:
            self._forget()
            raise
        self._gone, self._told = False, None
        return found

    def _look(self, workspace: Workspace) -> list[Event]:
        if workspace._id != self._workspace_id:  # the first look, or it was deleted and made again
            self.close()
            self._forget()
        store = self._opened(workspace)
        changes = store.changes()
        ask = time.monotonic() - self._asked >= _ASK_S
        if ask:
            self._asked = time.monotonic()
        fresh = sources.live(workspace, self._rows, ask)
        if changes is None or changes != self._changes:
            fresh |= sources.stored(store)
        self._changes = changes
        stale = {
            kind for kind in sources.KINDS if sources.of(kind, self._inputs) != sources.of(kind, self._inputs | fresh)
        }
        self._inputs |= fresh
        first = self._workspace_id is None
        events = [event for kind in sources.KINDS if first or kind in stale for event in self._renewed(workspace, kind)]
        self._workspace_id = workspace._id
        return [{"event": "reset", "workspace": self._identity}] if first else events

    def _renewed(self, workspace: Workspace, kind: str) -> list[Event]:
        before = self._rows.get(kind, {})
        now = {row["id"]: row for row in sources.KINDS[kind](workspace)}
        self._rows[kind] = now
        changed: dict[str, Row | None] = {
            identity: row for identity, row in now.items() if _seen(before.get(identity)) != _seen(row)
        }
        changed |= {identity: None for identity in before if identity not in now}
        if len(changed) > MOST:
            return [{"event": "reset", "workspace": self._identity, "kind": kind}]
        return [self._changed(kind, identity, row) for identity, row in changed.items()]

    def _changed(self, kind: str, identity: str, row: Row | None) -> Event:
        at = None if row is None else row["at"]
        return {
            "event": "changed", "workspace": self._identity, "kind": kind, "id": identity, "row": row,
            "at": at or int(time.time() * 1000),
        }  # fmt: skip

    def _opened(self, workspace: Workspace) -> Store:
        if self._store is None:
            # A connection of its own: it sees what this process writes, too.
            url = None if workspace._store.path is not None else workspace._store._engine.url.render_as_string(False)
            self._store = Store.open(workspace._folder, workspace._id, url)
        return self._store

    def _there(self) -> bool:
        try:
            self._workspaces.folder(self._identity)
        except WorkspaceGoneError:
            return False
        return True

    def _lost(self, error: AmlError) -> list[Event]:
        if self._gone:
            return []
        self.close()
        self._forget()
        self._gone = True
        return [{"event": "gone", "workspace": self._identity, "message": error.message}]

    def _complain(self, error: AmlError) -> list[Event]:
        if self._told == error.message:
            return []
        self._told = error.message
        return [{"event": "error", "workspace": self._identity, **body_of(error)}]


def _seen(row: Row | None) -> Row | None:
    return None if row is None else {key: value for key, value in row.items() if key not in _UNSEEN}
