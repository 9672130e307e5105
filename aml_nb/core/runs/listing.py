"""Finding runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import kinds, watch
from aml_nb.core.runs.records import RunRecord, RunRecords, check_filter, matches
from aml_nb.core.runs.run import Run

if TYPE_CHECKING:
    from aml_nb.core.runs.experiment import Experiment
    from aml_nb.core.workspace import Workspace


def get(workspace: Workspace, run_id: str) -> Run:
    """The run of an id, as an object of its type's class; ServiceException when there is none."""
    record = watch.look(workspace, str(run_id))
    return kinds.make(experiment_of(workspace, record), record)


def get_run(experiment: Experiment, run_id: str, rehydrate: bool = True, clean_up: bool = True) -> Run:
    """The run of an id.

    Parameters
    ----------
    experiment : it belongs to.
    run_id : of the run.
    rehydrate : make an object of its type's class; otherwise a plain one of Run.
    clean_up : taken and not needed.

    Raises
    ------
    ServiceException : there is no such run.
    """
    record = watch.look(experiment.workspace, run_id)
    return kinds.make(experiment, record) if rehydrate else Run(experiment, run_id, _run_dto=record)


def experiment_of(workspace: Workspace, record: RunRecord) -> Experiment:
    """The experiment that a run belongs to, also when it is archived."""
    from aml_nb.core.runs.experiment import Experiment

    return Experiment(workspace, record.experiment, _skip_name_validation=True, _id=record.experiment_id)


def listed(
    experiment: Experiment,
    wanted: dict[str, Any],
    parent_id: str | None = None,
    recursive: bool = False,
    top: bool = False,
    rehydrate: bool = True,
) -> Iterator[Any]:
    """Runs of an experiment, or below one of its runs, newest first.

    Parameters
    ----------
    wanted : ``tags``, ``properties``, ``run_type`` and ``status``.
    parent_id : whose children; with ``recursive`` theirs too, and so on.
    top : only runs that have no parent.
    rehydrate : make objects of their types' classes; otherwise plain ones of Run.
    """
    workspace = experiment.workspace
    for given in ("tags", "properties"):
        check_filter(wanted.get(given), given)
    found = _records(workspace, experiment, parent_id, recursive, top)
    for record in found:
        settled = watch.settle(workspace, record)
        if _fits(settled, wanted):
            yield kinds.make(experiment, settled) if rehydrate else Run(experiment, record.run_id, _run_dto=settled)


def on_compute(workspace: Workspace, target: str, wanted: dict[str, Any]) -> Iterator[Run]:
    """Runs on a compute target, newest first."""
    for given in ("tags", "properties"):
        check_filter(wanted.get(given), given)
    for record in RunRecords(workspace._store).find(target=target):
        settled = watch.settle(workspace, record)
        if _fits(settled, wanted):
            yield kinds.make(experiment_of(workspace, settled), settled)


def descendants(workspace: Workspace, run_id: str) -> Iterator[RunRecord]:
    """Everything below a run, newest first."""
    records = RunRecords(workspace._store)
    own = records.get(run_id)
    if own is None:
        return
    if own.parent_id is None:
        yield from (record for record in records.find(root_id=run_id) if record.run_id != run_id)
        return
    # Children are made after their parents: from the oldest on, whoever has a parent below the run is below it.
    below, kept = {run_id}, []
    for record in reversed(list(records.find(root_id=own.root_id))):
        if record.parent_id in below:
            below.add(record.run_id)
            kept.append(record)
    yield from reversed(kept)


def _records(
    workspace: Workspace, experiment: Experiment, parent_id: str | None, recursive: bool, top: bool
) -> Iterator[RunRecord]:
    records = RunRecords(workspace._store)
    if parent_id is None:
        return records.find(experiment_id=experiment.id, top=top)
    return descendants(workspace, parent_id) if recursive else records.find(parent_id=parent_id)


def _fits(record: RunRecord, wanted: dict[str, Any]) -> bool:
    run_type, status = wanted.get("run_type"), wanted.get("status")
    return (
        not record.payload.get("deleted")
        and (not run_type or (record.run_type or "").lower() == run_type.lower())
        and (not status or record.status == status)
        and matches(record.tags, wanted.get("tags"))
        and matches(record.properties, wanted.get("properties"))
    )
