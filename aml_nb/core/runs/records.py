"""The rows of the table of runs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from aml_nb.core.runs import status as states
from aml_nb.core.store import tables
from aml_nb.core.store.records import next_number
from aml_nb.errors import NameTakenError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.store import Store

_PAGE = 200
_DOCUMENTS = ("tags", "properties", "payload")
Wanted = str | dict[str, Any] | None


@dataclass(frozen=True)
class RunRecord:
    """One run as the database has it; times are milliseconds since 1970.

    What has no column of its own is in ``payload``: ``interactive`` (it belongs to whoever called
    ``start_logging``), ``owner`` (the run, or the session of a notebook, that is held for as long as this one is
    worked on), ``error`` (as v1 shows it: ``{"error": {"code", "message", "details"}}``), ``script_error`` (what the
    script itself told ``run.fail()``), ``warnings``, ``snapshot_id``, ``run_definition``, ``submitted_by``,
    ``script``, ``services``, ``input_datasets``, ``output_datasets``, ``deleted`` (by MLflow,
    which may restore it: until then it is not listed).
    """

    run_id: str
    experiment: str
    experiment_id: str
    number: int = 0
    parent_id: str | None = None
    root_id: str = ""
    status: str = states.NOT_STARTED
    created: int = 0
    started: int | None = None
    ended: int | None = None
    target: str | None = None
    run_type: str | None = None
    display_name: str | None = None
    description: str | None = None
    tags: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether nobody works on it any more."""
        return self.status in states.OVER

    @property
    def owner(self) -> str:
        """Whose folder is held for as long as this one is worked on: its own, its script's, or a notebook's session."""
        return str(self.payload.get("owner") or self.run_id)


_NAMES = tuple(RunRecord.__dataclass_fields__)
_COLUMNS = [tables.runs.c[name] for name in _NAMES]


class RunRecords:
    """The runs of one workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._mine = tables.runs.c.workspace == store.workspace

    def create(self, record: RunRecord) -> RunRecord:
        """Add a run; its number, root and time of creation are filled in."""
        return self.create_all([record])[0]

    def create_all(self, records: list[RunRecord]) -> list[RunRecord]:
        """Add several runs, all or none; NameTakenError when one is there already."""
        made = []
        with self._store.write() as connection:
            for record in records:
                number = next_number(self._store, connection, "run", record.experiment_id)
                whole = replace(
                    record,
                    number=number,
                    root_id=record.root_id or self._root(connection, record),
                    created=record.created or now(),
                )
                self._insert(connection, whole)
                made.append(whole)
        return made

    def get(self, run_id: str) -> RunRecord | None:
        """The run, or None."""
        with self._store.read() as connection:
            row = connection.execute(sa.select(*_COLUMNS).where(self._is(run_id))).first()
        return None if row is None else _record(row)

    def change(self, run_id: str, function: Callable[[dict[str, Any]], None]) -> RunRecord:
        """Change a run, nobody in between; KeyError when there is none.

        Parameters
        ----------
        function : alters the dictionary of the run's columns; what makes it this run, and its status, stay.
        """
        with self._store.write() as connection:
            record = self._locked(connection, run_id)
            fields = asdict(record)
            function(fields)
            for name in ("run_id", "number", "status", "root_id"):
                fields[name] = getattr(record, name)
            new = RunRecord(**fields)
            self._update(connection, new)
        return new

    def transition(self, run_id: str, status: str, *, error: dict[str, Any] | str | None = None) -> bool:
        """Move a run to ``status``; False when that may not follow the state it is in, or there is no such run.

        The first move to Running, or to an end, stamps the time.
        """
        with self._store.write() as connection:
            try:
                record = self._locked(connection, run_id)
            except KeyError:
                return False
            if not states.may_follow(record.status, status):
                return False
            self._update(connection, _moved(record, status, error))
        return True

    def find(
        self,
        experiment: str | None = None,
        *,
        experiment_id: str | None = None,
        parent_id: str | None = None,
        root_id: str | None = None,
        target: str | None = None,
        run_type: str | None = None,
        status: str | None = None,
        tags: Wanted = None,
        properties: Wanted = None,
        top: bool = False,
    ) -> Iterator[RunRecord]:
        """The runs that match, newest first; fetched in pages, so that no transaction stays open meanwhile.

        Parameters
        ----------
        experiment, experiment_id : of an experiment, by name or id.
        parent_id, root_id : children of a run, or all that descend from it (itself too).
        tags, properties : a key, or a dictionary of keys and values.
        top : only runs that have no parent.
        """
        wanted = {
            "experiment": experiment,
            "experiment_id": experiment_id,
            "parent_id": parent_id,
            "root_id": root_id,
            "target": target,
            "run_type": run_type,
            "status": status,
        }
        conditions = [tables.runs.c[name] == value for name, value in wanted.items() if value is not None]
        if top:
            conditions.append(tables.runs.c.parent_id.is_(None))
        for record in self._pages(conditions):
            if matches(record.tags, tags) and matches(record.properties, properties):
                yield record

    def remove(self, run_id: str) -> bool:
        """Delete a run's row; False when there was none."""
        with self._store.write() as connection:
            return bool(connection.execute(sa.delete(tables.runs).where(self._is(run_id))).rowcount)

    def _pages(self, conditions: list[sa.ColumnElement[bool]]) -> Iterator[RunRecord]:
        seq = tables.runs.c.seq
        query = sa.select(seq, *_COLUMNS).where(self._mine, *conditions).order_by(seq.desc()).limit(_PAGE)
        before: int | None = None
        while True:
            with self._store.read() as connection:
                page = query if before is None else query.where(seq < before)
                rows = connection.execute(page).all()
            for row in rows:
                yield _record(row[1:])
            if len(rows) < _PAGE:
                return
            before = int(rows[-1][0])

    def _is(self, run_id: str) -> sa.ColumnElement[bool]:
        return sa.and_(self._mine, tables.runs.c.run_id == run_id)

    def _locked(self, connection: sa.Connection, run_id: str) -> RunRecord:
        row = connection.execute(sa.select(*_COLUMNS).where(self._is(run_id)).with_for_update()).first()
        if row is None:
            raise KeyError(run_id)
        return _record(row)

    def _root(self, connection: sa.Connection, record: RunRecord) -> str:
        if record.parent_id is None:
            return record.run_id
        query = sa.select(tables.runs.c.root_id).where(self._is(record.parent_id))
        return connection.scalar(query) or record.parent_id

    def _insert(self, connection: sa.Connection, record: RunRecord) -> None:
        statement = self._store.insert(tables.runs).values(workspace=self._store.workspace, **_values(record))
        if connection.scalar(statement.on_conflict_do_nothing().returning(tables.runs.c.seq)) is None:
            raise NameTakenError(
                f"There is a run with the id {record.run_id!r} already.", hint="leave the run's id out to get a new one"
            )

    def _update(self, connection: sa.Connection, record: RunRecord) -> None:
        connection.execute(sa.update(tables.runs).where(self._is(record.run_id)).values(**_values(record)))


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def told(message: str, code: str = "UserError") -> dict[str, Any]:
    """An error in the form in which v1's ``get_details()`` has it."""
    return {"error": {"code": code, "message": message, "details": []}}


def matches(owned: dict[str, Any], wanted: Wanted) -> bool:
    """Whether the wanted key is there, or every wanted key with its value."""
    if not wanted:
        return True
    if isinstance(wanted, str):
        return wanted in owned
    return all(key in owned and _text(owned[key]) == _text(value) for key, value in wanted.items())


def check_filter(given: Any, what: str) -> None:
    """A key, or a dictionary of keys and values."""
    if given is not None and not isinstance(given, (str, dict)):
        raise UserErrorException(
            f"{what} must be a key or a dictionary of keys and values, not {given!r}.",
            hint=f"{what}={{'area': 'iris'}}",
        )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _moved(record: RunRecord, status: str, error: dict[str, Any] | str | None) -> RunRecord:
    if status == states.COMPLETED and record.payload.get("script_error"):
        status, error = states.FAILED, record.payload["script_error"]  # run.fail() in a script that went on
    started, payload = record.started, record.payload
    if status == states.RUNNING:
        started = started or now()
    ended = now() if status in states.OVER else None
    if error is not None:
        payload = {**payload, "error": error if isinstance(error, dict) else told(error)}
    return replace(record, status=status, started=started, ended=ended, payload=payload)


def _record(row: Any) -> RunRecord:
    fields = dict(zip(_NAMES, row, strict=True))
    for name in _DOCUMENTS:
        fields[name] = json.loads(fields[name])
    return RunRecord(**fields)


def _values(record: RunRecord) -> dict[str, Any]:
    fields = asdict(record)
    for name in _DOCUMENTS:
        fields[name] = json.dumps(fields[name])
    for name in ("display_name", "description"):  # no database keeps half a character, and PostgreSQL no NUL
        fields[name] = fields[name] and fields[name].replace("\0", "").encode("utf-8", "replace").decode()
    return fields
