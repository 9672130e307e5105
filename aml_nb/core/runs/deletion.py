"""The end of an experiment and of its runs."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from aml_nb.core.runs import watch
from aml_nb.core.runs.experiments import Experiments
from aml_nb.core.runs.files import RunFiles
from aml_nb.core.runs.folder import RunFolder, release_all
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from pathlib import Path

    from aml_nb.core.store import Store
    from aml_nb.core.workspace import Workspace

LOGGED_MODEL = "logged-model"
"""The kind of the documents that MLflow's logged models are; their files are kept as those of a run of their id are."""
_PATIENCE = 15.0


def delete(workspace: Workspace, experiment_id: str) -> None:
    """As ``Experiment.delete`` says."""
    from aml_nb.core.model.rows import registry

    experiments = Experiments(workspace._store)
    found = experiments.by_id(experiment_id)
    if found is None:
        raise UserErrorException(
            f"There is no experiment of the id {experiment_id}.", hint="Experiment.delete(ws, experiment.id)"
        )
    runs = list(RunRecords(workspace._store).find(experiment_id=experiment_id))
    going = [record.run_id for record in runs if not watch.settle(workspace, record).over]
    if going:
        raise UserErrorException(
            f"Runs of the experiment {found['name']} are still going: {', '.join(going[:10])}.",
            hint=f"Run.get(ws, {going[0]!r}).cancel()",
        )
    with workspace._store.write(alone=True):
        for record in runs:
            _drop(workspace, record)
        _drop_logged_models(workspace, experiment_id)
        experiments.delete(experiment_id)
    for record in runs:
        shutil.rmtree(RunFolder(workspace, record.run_id).path, ignore_errors=True)
    registry(workspace).drop_doomed()


def sweep(folder: Path, store: Store, older_than: float = 86_400.0) -> None:
    """Remove folders of runs that a process was killed over before the run was there."""
    records = RunRecords(store)
    for path in folder.glob("runs/*"):
        run = RunFolder(folder, path.name)
        if path.stat().st_mtime < time.time() - older_than and records.get(path.name) is None and not run.alive():
            shutil.rmtree(path, ignore_errors=True)


def _drop(workspace: Workspace, record: RunRecord) -> None:
    RunFiles(workspace, record.run_id).remove_all()
    snapshot = record.payload.get("snapshot_id")
    if snapshot:
        RunFiles(workspace, f"snapshot-{snapshot}").remove_all()
    RunRecords(workspace._store).remove(record.run_id)


def _drop_logged_models(workspace: Workspace, experiment_id: str) -> None:
    """Remove what MLflow calls the logged models of an experiment."""
    models = workspace._store.records(LOGGED_MODEL)
    for model_id, document in models.list():
        if document["experiment_id"] == experiment_id:
            RunFiles(workspace, model_id).remove_all()
            models.delete(model_id)


def end_all(workspace: Workspace) -> None:
    """End every run of a workspace that is going away, and wait until their processes are gone."""
    from aml_nb.core.runs.ending import ask_to_end
    from aml_nb.core.runs.status import ALL, OVER

    records = RunRecords(workspace._store)
    going = [record for status in ALL - OVER for record in records.find(status=status)]
    submitted = [record for record in going if not record.payload.get("interactive")]
    release_all(workspace)
    for record in submitted:
        ask_to_end(workspace, record)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and any(RunFolder(workspace, one.run_id).alive() for one in submitted):
        time.sleep(0.05)
