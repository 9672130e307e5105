"""Experiments as the workspace keeps them: those in use by name, archived ones by id.

An archived experiment leaves its name to another, as in v1.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from aml_nb.core.runs.records import check_filter, matches, now
from aml_nb.core.store import tables
from aml_nb.errors import NameTakenError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.store import Store

Payload = dict[str, Any]


class ViewType:
    """Which experiments ``Experiment.list`` lists."""

    ActiveOnly = "ActiveOnly"
    All = "All"
    ArchivedOnly = "ArchivedOnly"


VIEWS = (ViewType.ActiveOnly, ViewType.ArchivedOnly, ViewType.All)


class Experiments:
    """The experiments of one workspace: documents with ``id``, ``name``, ``tags``, ``created`` and ``archived``."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._active = store.records("experiment")
        self._archived = store.records("experiment-archived")

    def ensure(self, name: str) -> Payload:
        """The experiment in use of that name, made when there is none."""
        found = self._active.get(name)
        if found is not None:
            return found
        made = {"id": str(uuid.uuid4()), "name": name, "tags": {}, "created": now(), "archived": None}
        try:
            self._active.create(name, made)
        except NameTakenError:  # somebody was faster
            return self._active.get(name) or self.ensure(name)
        return made

    def active(self, name: str) -> Payload | None:
        """The experiment in use of that name, or None."""
        return self._active.get(name)

    def by_id(self, identity: str) -> Payload | None:
        """The experiment of that id, archived or not; None when there is none."""
        return self._archived.get(identity) or next((e for e in self.all() if e["id"] == identity), None)

    def get(self, identity: str) -> Payload:
        """The experiment of that id; UserErrorException when it is gone."""
        found = self.by_id(identity)
        if found is None:
            raise UserErrorException(
                f"The experiment of the id {identity} was deleted meanwhile.", hint="Experiment(ws, name) makes another"
            )
        return found

    def all(self, archived: bool = False) -> list[Payload]:
        """The experiments in use, or the archived ones, oldest first."""
        return [payload for _, payload in (self._archived if archived else self._active).list()]

    def find(self, name: str | None, view_type: str, tags: str | dict[str, Any] | None) -> list[Payload]:
        """As ``Experiment.list`` says."""
        view = {view.lower(): view for view in VIEWS}.get(str(view_type).lower())
        if view is None:
            raise UserErrorException(f"view_type is one of {', '.join(VIEWS)}, not {view_type!r}.", hint=repr(VIEWS[0]))
        check_filter(tags, "tags")
        found = [] if view == ViewType.ArchivedOnly else self.all()
        found += [] if view == ViewType.ActiveOnly else self.all(archived=True)
        return [one for one in found if name in (None, one["name"]) and matches(one["tags"], tags)]

    def change(self, identity: str, function: Callable[[Payload], None]) -> Payload:
        """Change an experiment's document, nobody in between."""
        with self._store.write(alone=True):
            found = self.get(identity)
            function(found)
            self._put(found)
        return found

    def archive(self, identity: str) -> Payload:
        """Take an experiment out of use."""
        with self._store.write(alone=True):
            found = self.get(identity)
            if found["archived"] is None:
                self._active.delete(found["name"])
                found["archived"] = now()
                self._put(found)
        return found

    def reactivate(self, identity: str, new_name: str | None = None) -> Payload:
        """Bring an archived experiment back, under another name if told; UserErrorException when that is taken."""
        with self._store.write(alone=True) as connection:
            found = self.get(identity)
            name = new_name or found["name"]
            if found["archived"] is None and name == found["name"]:
                return found
            if self._active.get(name) is not None:
                raise UserErrorException(
                    f"An experiment named {name} is in use already.", hint="experiment.reactivate(new_name='...')"
                )
            self._drop(found)
            found.update(name=name, archived=None)
            self._put(found)
            runs = tables.runs
            mine = sa.and_(runs.c.workspace == self._store.workspace, runs.c.experiment_id == identity)
            connection.execute(sa.update(runs).where(mine).values(experiment=name))
        return found

    def delete(self, identity: str) -> bool:
        """Remove an experiment; False when there was none."""
        with self._store.write(alone=True):
            found = self.by_id(identity)
            if found is not None:
                self._drop(found)
        return found is not None

    def _put(self, payload: Payload) -> None:
        if payload["archived"] is None:
            self._active.put(payload["name"], payload)
        else:
            self._archived.put(payload["id"], payload)

    def _drop(self, payload: Payload) -> None:
        if payload["archived"] is None:
            self._active.delete(payload["name"])
        else:
            self._archived.delete(payload["id"])
