"""The children of an AutoML run: one for each pipeline that is tried, with its metrics, model and entry script."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from aml_nb.core.automl import constants, outputs, trial
from aml_nb.core.automl.constants import STACK, VOTING, Tasks
from aml_nb.core.automl.search import Candidate
from aml_nb.core.runs import kinds
from aml_nb.core.runs import status as states
from aml_nb.core.runs.files import RunFiles
from aml_nb.core.runs.records import told

_SCRIPT = "azureml.scriptrun"


class Iterations:
    """Makes and ends the children.

    Parameters
    ----------
    run : the AutoML run.
    settings : of the search.
    folder : where the iterations leave what they have made.
    sample : rows as they were given, for the schema of a service.
    facts : files that every child gets besides, by their names below ``outputs``.
    training_type : v1's word for how pipelines are judged.
    """

    def __init__(
        self, run: Any, settings: dict[str, Any], folder: Path, sample: Any, facts: dict[str, Any], training_type: str
    ) -> None:
        self._run, self._settings, self._folder = run, settings, folder
        self._sample, self._facts, self._training_type = sample, facts, training_type

    def begin(self, number: int, candidate: Candidate | None, kind: str | None = None) -> Any:
        """The child of an iteration, which waits for its turn.

        Parameters
        ----------
        number : of the iteration.
        candidate : the pipeline; None for an ensemble, whose kind is then given.
        """
        record = self._run._child_record(None, f"{self._run.id}_{number}", None)
        local = (record.target or "local").lower() == "local"
        properties = self._properties(number, record.run_id, candidate, kind)
        chosen = {} if candidate is None else {**candidate.parameters, "preprocessor": candidate.scaler}
        record = replace(
            record,
            status=states.QUEUED,
            started=None,
            run_type=None if local else _SCRIPT,
            properties=properties,
            tags={"hyperparameters": json.dumps(chosen)} if chosen else {},
        )
        return kinds.make(self._run.experiment, self._run._records.create(record))

    def _properties(self, number: int, run_id: str, candidate: Candidate | None, kind: str | None) -> dict[str, str]:
        settings = self._settings
        spec = _spec(candidate, kind)
        metric = settings["primary_metric"]
        return {
            "runTemplate": "automl_child",
            "azureml.runsource": "automl",
            "iteration": str(number),
            "run_template": "automl_child",
            "run_preprocessor": "" if candidate is None else candidate.scaler,
            "run_algorithm": str(kind) if candidate is None else candidate.algorithm,
            "pipeline_id": hashlib.sha1(spec.encode()).hexdigest(),
            "pipeline_spec": spec,
            "training_percent": "100",
            "training_type": self._training_type,
            "primary_metric": metric,
            "goal": f"{metric}_{'min' if constants.minimized(metric) else 'max'}",
            "display_task_type": settings["task"],
            "model_name": f"AutoML{self._run.id.removeprefix('AutoML_').replace('-', '')[:9]}{number}",
        }

    def complete(self, child: Any, number: int, result: dict[str, Any], candidate: Candidate | None) -> None:
        """Keep what an iteration has reached and made."""
        mine = trial.place(self._folder, number)
        for name, value in sorted(result["scores"].items()):
            child.log(name, value)
        _log_documents(child, result["documents"])
        score = result["scores"][self._settings["primary_metric"]]
        algorithm = None if candidate is None else candidate.algorithm
        by_class = self._settings["task"] == Tasks.CLASSIFICATION
        environment = outputs.write(mine, self._sample, algorithm, by_class, self._facts)
        (mine / trial.MODEL).rename(mine / outputs.MODEL)
        RunFiles(child.experiment.workspace, child.id).collect([("outputs", mine / "outputs")])
        address = f"aml://artifact/ExperimentRun/dcid.{child.id}"
        found = {
            "score": repr(score),
            "fit_time": repr(result["fit_time"]),
            "run_properties": result["model"].replace("\n", " "),
            "model_data_location": f"{address}/{outputs.MODEL}",
            "scoring_data_location": f"{address}/{outputs.SCORING}",
            "scoring_data_location_v2": f"{address}/{outputs.NEWER_SCORING}",
            "conda_env_data_location": f"{address}/{outputs.CONDA}",
            "model_size_on_disk": str((mine / outputs.MODEL).stat().st_size),
            **_weights(result),
        }

        def note(fields: dict[str, Any]) -> None:
            fields["properties"].update(found)
            fields["payload"]["run_definition"] = {"environment": environment._to_json()}

        child._change(note)
        self._keep_log(child, number)
        child.complete()

    def fail(self, child: Any, number: int, reason: str) -> None:
        """End a child that came to nothing."""
        self._keep_log(child, number)
        child.fail(error_details=reason)

    def cancel(self, child: Any) -> None:
        """End a child that is not wanted any more."""
        child._records.transition(child.id, states.CANCELED, error=told("The iteration was cancelled.", "Canceled"))

    def _keep_log(self, child: Any, number: int) -> None:
        """Keep what the iteration's process has printed, if anything."""
        log = trial.place(self._folder, number) / trial.LOG
        if log.exists() and log.stat().st_size:
            child._files.upload(f"logs/azureml/{self._settings['debug_log']}", log)


def label(candidate: Candidate | None, kind: str | None = None) -> str:
    """A pipeline as the table of iterations names it."""
    return str(kind) if candidate is None else f"{candidate.scaler} {candidate.algorithm}"


def task(candidate: Candidate) -> dict[str, Any]:
    """What an iteration's process is told."""
    return {
        "kind": "pipeline",
        "algorithm": candidate.algorithm,
        "scaler": candidate.scaler,
        "parameters": candidate.parameters,
    }


def ensemble(kind: str, members: list[int]) -> dict[str, Any]:
    """What an ensemble's process is told."""
    assert kind in (VOTING, STACK)
    return {"kind": kind, "members": members}


def _spec(candidate: Candidate | None, kind: str | None) -> str:
    if candidate is None:
        return json.dumps({"pipeline_id": f"__AutoML_{kind}__", "objects": [], "module": "sklearn.pipeline"})
    objects = [
        {"spec_class": "preproc", "class_name": candidate.scaler, "param_args": [], "param_kwargs": {}},
        {
            "spec_class": "sklearn",
            "class_name": candidate.algorithm,
            "param_args": [],
            "param_kwargs": candidate.parameters,
        },
    ]
    return json.dumps({"objects": objects, "module": "sklearn.pipeline", "class_name": "Pipeline"}, sort_keys=True)


def _log_documents(child: Any, documents: dict[str, Any]) -> None:
    log = {
        "confusion_matrix": child.log_confusion_matrix,
        "accuracy_table": child.log_accuracy_table,
        "residuals": child.log_residuals,
        "predicted_true": child.log_predictions,
    }
    for name, document in documents.items():
        log[name](name, document)


def _weights(result: dict[str, Any]) -> dict[str, str]:
    """Of a voting ensemble: which iterations it holds, and how much each weighs."""
    weights = result.get("weights")
    if not weights:
        return {}
    return {"ensembled_iterations": str(list(weights)), "ensemble_weights": str(list(weights.values()))}
