"""What MLflow does to runs: makes them, logs to them, ends them."""

from __future__ import annotations

import os
import sys
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mlflow.entities import RunStatus

from aml_nb.core.runs import listing
from aml_nb.core.runs import status as states
from aml_nb.core.runs.ending import cancel, end
from aml_nb.core.runs.folder import RunFolder, session
from aml_nb.core.runs.metrics import Entry, Journal
from aml_nb.core.runs.records import RunRecord, RunRecords, now, told
from aml_nb.core.runs.watch import is_own, settle
from aml_nb.core.user import user
from aml_nb.mlflow import metrics
from aml_nb.mlflow.entities import NAME, NOTE, PARENT, ROOT
from aml_nb.mlflow.errors import missing, wrong

if TYPE_CHECKING:
    from pathlib import Path

    from aml_nb.core.workspace import Workspace

_ENDS = {"FINISHED": states.COMPLETED, "FAILED": states.FAILED, "KILLED": states.CANCELED}
_OWN_PLACE = {NAME: "display_name", NOTE: "description"}
_MOST_JOURNALS = 64
Fields = dict[str, Any]


def create(
    workspace: Workspace, experiment: Fields, user_id: str | None, start_time: int | None, tags: Fields, name: str
) -> RunRecord:
    """Begin a run that belongs to this process, as ``Experiment.start_logging`` does; or a child of another one."""
    records = RunRecords(workspace._store)
    parent_id = tags.pop(PARENT, None)
    parent = found(workspace, parent_id) if parent_id else None
    record = RunRecord(
        run_id=str(uuid.uuid4()),
        experiment=experiment["name"],
        experiment_id=experiment["id"],
        parent_id=parent.run_id if parent else None,
        root_id=parent.root_id if parent else "",
        status=states.RUNNING,
        started=start_time or now(),
        target=parent.target if parent else "local",
        display_name=name,
        description=tags.pop(NOTE, None),
        tags={key: value for key, value in tags.items() if key not in (NAME, ROOT)},
        payload={"interactive": True, "owner": session(workspace), "submitted_by": user_id or user()},
    )
    made = records.create(record)
    RunFolder(workspace, made.run_id).make()
    return made


def implied(workspace: Workspace, experiment: Fields) -> RunRecord | None:
    """The run that this process is the script of, where MLflow begins one that nobody asked for.

    MLflow takes the run that it is told of once. A script that trains under ``mlflow.autolog()`` and then calls
    ``mlflow.log_metric`` has one run all the same; ``with mlflow.start_run():`` once more begins another.
    """
    own = os.environ.get("AZUREML_RUN_ID")
    frame = sys._getframe(1) if own else None
    while frame is not None and frame.f_code.co_name != "_get_or_start_run":
        frame = frame.f_back
    record = RunRecords(workspace._store).get(own) if own and frame is not None else None
    return record if record is not None and record.experiment_id == experiment["id"] else None


def found(workspace: Workspace, run_id: str) -> RunRecord:
    """The run as it stands; MlflowException where there is none."""
    record = RunRecords(workspace._store).get(run_id)
    if record is None:
        raise missing(f"The run {run_id}")
    return settle(workspace, record)


def update(workspace: Workspace, run_id: str, status: int | None, end_time: int | None, name: str | None) -> RunRecord:
    """Move a run to another status, or name it. A run that has ended stays as it ended."""
    record = found(workspace, run_id)
    word = None if status is None else RunStatus.to_string(status)
    if word in _ENDS:
        _end(workspace, record, word, end_time)
    elif word == "RUNNING" and record.status == states.NOT_RESPONDING:
        _take_over(workspace, run_id)
    elif word == "RUNNING" and record.payload.get("interactive"):
        RunRecords(workspace._store).transition(run_id, states.RUNNING)
    if name:
        RunRecords(workspace._store).change(run_id, lambda fields: fields.update(display_name=name))
    return found(workspace, run_id)


def delete(workspace: Workspace, run_id: str, deleted: bool) -> None:
    """Take a run out of the listings, or bring it back."""
    found(workspace, run_id)
    RunRecords(workspace._store).change(run_id, lambda fields: fields["payload"].update(deleted=deleted))


def note(workspace: Workspace, run_id: str, params: Iterable[Any], tags: Iterable[Any]) -> None:
    """Keep parameters, which are properties and never change, and tags; all or none."""
    params, tags = list(params), list(tags)
    if not params and not tags:
        return

    def change(fields: Fields) -> None:
        have = fields["properties"]
        for param in params:
            if have.setdefault(param.key, str(param.value)) != str(param.value):
                raise wrong(
                    f"Changing param values is not allowed. Param with key={param.key!r} was already logged with "
                    f"value={have[param.key]!r} for run ID={run_id!r}. Attempted logging new value "
                    f"{str(param.value)!r}."
                )
        for tag in tags:
            if tag.key in _OWN_PLACE:
                fields[_OWN_PLACE[tag.key]] = tag.value
            elif tag.key != ROOT:
                fields["tags"][tag.key] = None if tag.value is None else str(tag.value)

    _change(workspace, run_id, change)


def drop_tag(workspace: Workspace, run_id: str, key: str) -> None:
    """Remove a tag; MlflowException where there is none."""

    def change(fields: Fields) -> None:
        if key in _OWN_PLACE and fields[_OWN_PLACE[key]]:
            fields[_OWN_PLACE[key]] = None
        elif key not in fields["tags"]:
            raise missing(f"The tag {key!r} of the run {run_id}")
        fields["tags"].pop(key, None)

    _change(workspace, run_id, change)


def keep(workspace: Workspace, run_id: str, what: str, new: Any) -> None:
    """Have ``new`` make the next value of a part of the run's payload out of the one that is there."""

    def change(fields: Fields) -> None:
        fields["payload"][what] = new(fields["payload"].get(what))

    _change(workspace, run_id, change)


class Journals:
    """The journals that a process writes to; a script that only logs metrics asks the database once at most."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: OrderedDict[str, Journal] = OrderedDict()
        self._seen: dict[str, _Seen] = {}
        self._lock = threading.Lock()

    def write(self, run_id: str, logged: list[Any]) -> None:
        """Append metrics. One for a model is logged anew by MLflow after it was logged: it is taken once."""
        with self._lock:
            journal = self._of(run_id)
            entries = [metrics.entry(metric) for metric in logged]
            if any(map(model_of, logged)):
                seen = self._seen.setdefault(run_id, _Seen())
                seen.go_on(journal)
                pairs = zip(entries, logged, strict=True)
                entries = [entry for entry, metric in pairs if not model_of(metric) or entry not in seen]
            journal.extend(entries)

    def _of(self, run_id: str) -> Journal:
        if run_id not in self._open:
            self._open[run_id] = Journal(RunFolder(self._folder, run_id).metrics)
            while len(self._open) > _MOST_JOURNALS:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(run_id)
        return self._open[run_id]

    def knows(self, run_id: str) -> bool:
        """Whether this process has logged to the run, or is its script: then it is there."""
        return run_id in self._open or is_own(run_id)

    def forget(self, run_id: str) -> None:
        """The run was deleted, or has ended here."""
        with self._lock:
            journal = self._open.pop(run_id, None)
            self._seen.pop(run_id, None)
            if journal is not None:
                journal.close()


class _Seen:
    """Which entries a journal has; what it has by now is read once."""

    def __init__(self) -> None:
        self._keys: set[tuple[Any, ...]] = set()
        self._offset = 0

    def go_on(self, journal: Journal) -> None:
        entries, self._offset = journal.read(self._offset)
        self._keys.update(map(_key, entries))

    def __contains__(self, entry: Entry) -> bool:
        return _key(entry) in self._keys


def _key(entry: Entry) -> tuple[Any, ...]:
    return entry.name, entry.step, entry.time, repr(entry.value)


def model_of(metric: Any) -> str | None:
    """The model that a metric is about; MLflow 2 knows of none."""
    return getattr(metric, "model_id", None)


def _end(workspace: Workspace, record: RunRecord, word: str, end_time: int | None) -> None:
    run = listing.get(workspace, record.run_id)
    if is_own(record.run_id):
        _end_script(run, word)
    elif word == "KILLED":
        cancel(run)
    else:
        end(run, _ENDS[word])
    if end_time and record.payload.get("interactive") and record.status not in states.TERMINAL:
        run._change(lambda fields: fields.update(ended=end_time))


def _end_script(run: Any, word: str) -> None:
    """The run goes on as long as its script; what MLflow says of its end is what becomes of it then."""
    if word != "FINISHED":
        error = told(f"The script ended its run as {word}: mlflow.end_run({word!r}), or an error in its with block.")
        run._change(lambda fields: fields["payload"].setdefault("script_error", error))


def _take_over(workspace: Workspace, run_id: str) -> None:
    """Go on with a run whose process went away."""
    owner = session(workspace)
    RunRecords(workspace._store).change(run_id, lambda fields: fields["payload"].update(owner=owner))
    RunRecords(workspace._store).transition(run_id, states.RUNNING)


def _change(workspace: Workspace, run_id: str, change: Any) -> None:
    try:
        RunRecords(workspace._store).change(run_id, change)
    except KeyError:
        raise missing(f"The run {run_id}") from None


def check_active(record: RunRecord) -> None:
    """A deleted run takes nothing."""
    if record.payload.get("deleted"):
        raise wrong(f"The run {record.run_id} must be in the 'active' state. Current state is deleted.")
