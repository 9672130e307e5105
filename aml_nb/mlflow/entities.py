"""Runs and experiments as MLflow's entities."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import mlflow.entities as entities
from mlflow.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    ExperimentTag,
    InputTag,
    LifecycleStage,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunStatus,
    RunTag,
)

from aml_nb.core.runs import status as states
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.metrics import Journal
from aml_nb.core.writable import writable
from aml_nb.mlflow import metrics
from aml_nb.mlflow.uris import LOGGED, RUNS, Place

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.core.workspace import Workspace

NAME, NOTE, PARENT, ROOT, USER = (
    "mlflow.runName",
    "mlflow.note.content",
    "mlflow.parentRunId",
    "mlflow.rootRunId",
    "mlflow.user",
)
_SOURCE, _SOURCE_TYPE = "mlflow.source.name", "mlflow.source.type"
INPUTS, OUTPUTS = "mlflow_inputs", "mlflow_outputs"
"""Where a run's payload has what MLflow says of datasets and models."""
_STATUS = {
    states.RUNNING: RunStatus.RUNNING,
    states.PAUSING: RunStatus.RUNNING,
    states.PAUSED: RunStatus.RUNNING,
    states.FINALIZING: RunStatus.RUNNING,
    states.CANCEL_REQUESTED: RunStatus.RUNNING,
    states.COMPLETED: RunStatus.FINISHED,
    states.FAILED: RunStatus.FAILED,
    states.NOT_RESPONDING: RunStatus.FAILED,
    states.CANCELED: RunStatus.KILLED,
}
_OWN_PROPERTIES = ("_azureml.", "azureml.", "mlflow.")
_NO_PARAMS = frozenset({"ContentSnapshotId", "ProcessInfoFile", "ProcessStatusFile"})


def run(workspace: Workspace, record: RunRecord) -> Run:
    """A run with what was logged to it."""
    known = logged(workspace, record.run_id)
    data = RunData(
        metrics=known.latest(),
        params=[Param(writable(key), writable(value)) for key, value in (known.texts | params(record)).items()],
        tags=[RunTag(writable(key), writable(value)) for key, value in tags(record).items()],
    )
    return _run(info(workspace, record), data, record.payload)


def logged(workspace: Workspace, run_id: str) -> metrics.Logged:
    """The metrics of a run."""
    entries, _ = Journal(RunFolder(workspace, run_id).metrics).read()
    return metrics.read(entries)


def info(workspace: Workspace, record: RunRecord) -> RunInfo:
    """What MLflow knows of a run besides what was logged."""
    facts = {
        "run_uuid": record.run_id,
        "run_id": record.run_id,
        "experiment_id": record.experiment_id,
        "user_id": user(record),
        "status": RunStatus.to_string(_STATUS.get(record.status, RunStatus.SCHEDULED)),
        "start_time": record.started or record.created,
        "end_time": record.ended,
        "lifecycle_stage": LifecycleStage.DELETED if record.payload.get("deleted") else LifecycleStage.ACTIVE,
        "artifact_uri": str(Place(workspace._folder, RUNS, (record.run_id,), "")),
        "run_name": writable(record.display_name or record.run_id),
    }
    return RunInfo(**taken(RunInfo, facts))


def user(record: RunRecord) -> str:
    """Who submitted a run."""
    return str(record.payload.get("submitted_by") or "")


def params(record: RunRecord) -> dict[str, str]:
    """Properties are what MLflow calls parameters: written once. v1's own are left out."""
    return {
        key: "" if value is None else str(value)
        for key, value in record.properties.items()
        if key not in _NO_PARAMS and not key.startswith(_OWN_PROPERTIES)
    }


def tags(record: RunRecord) -> dict[str, str]:
    """The tags, and those by which MLflow knows what has a place of its own here."""
    known = {
        NAME: record.display_name or record.run_id,
        NOTE: record.description,
        PARENT: record.parent_id,
        ROOT: record.root_id,
        USER: user(record),
        _SOURCE: record.payload.get("script"),
        _SOURCE_TYPE: None if record.payload.get("interactive") else "JOB",
    }
    own = {key: "" if value is None else str(value) for key, value in record.tags.items()}
    return {key: str(value) for key, value in known.items() if value} | own


def experiment(workspace: Workspace, document: dict[str, Any]) -> Experiment:
    """An experiment; MLflow calls an archived one deleted."""
    active = document["archived"] is None
    return Experiment(
        experiment_id=document["id"],
        name=document["name"],
        artifact_location=str(Place(workspace._folder, RUNS, (), "")),
        lifecycle_stage=LifecycleStage.ACTIVE if active else LifecycleStage.DELETED,
        tags=[ExperimentTag(key, "" if value is None else str(value)) for key, value in document["tags"].items()],
        creation_time=document["created"],
        last_update_time=document["archived"] or document["created"],
    )


def dataset_document(given: Any) -> dict[str, Any]:
    """What a run's payload keeps of a dataset that was logged as its input."""
    fields = ("name", "digest", "source_type", "source", "schema", "profile")
    return {
        **{field: getattr(given.dataset, field) for field in fields},
        "tags": {tag.key: tag.value for tag in given.tags or []},
    }


def model_location(workspace: Workspace, model_id: str) -> str:
    """Where the files of a logged model are."""
    return str(Place(workspace._folder, LOGGED, (model_id,), ""))


def _run(run_info: RunInfo, data: RunData, payload: dict[str, Any]) -> Run:
    kept = payload.get(INPUTS) or {}
    facts: dict[str, Any] = {"dataset_inputs": [_dataset(each) for each in kept.get("datasets", [])]}
    if not hasattr(entities, "LoggedModelOutput"):  # MLflow 2
        return Run(run_info, data, RunInputs(**facts))
    facts["model_inputs"] = [entities.LoggedModelInput(model_id) for model_id in kept.get("models", [])]
    made = [entities.LoggedModelOutput(model_id, step) for model_id, step in payload.get(OUTPUTS) or []]
    return Run(run_info, data, RunInputs(**facts), entities.RunOutputs(made))


def _dataset(document: dict[str, Any]) -> DatasetInput:
    fields = {key: value for key, value in document.items() if key != "tags"}
    return DatasetInput(Dataset(**fields), [InputTag(key, value) for key, value in document["tags"].items()])


def taken(cls: type, facts: dict[str, Any]) -> dict[str, Any]:
    """Those facts that the class of this MLflow takes."""
    names = inspect.signature(cls).parameters
    return {name: value for name, value in facts.items() if name in names}
