"""The records of the runs of a pipeline's steps: which step each is, what it writes, and whose outputs it took."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.executing import STEP_RUN
from aml_nb.core.pipelines.graph import Node
from aml_nb.core.runs import status as states
from aml_nb.core.runs.files import RunFiles
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords, now
from aml_nb.core.runs.submitting.booking import submitted_by
from aml_nb.core.store.owned_files import add_files, files_of

if TYPE_CHECKING:
    from aml_nb.core.pipelines.executing import Resolved
    from aml_nb.core.pipelines.resolving import Outputs

# What a run that stands for an earlier one says as that did.
_KEPT = ("run_definition", "snapshot_id", "script", "source_directory", "input_datasets", "output_datasets")


class StepRecords:
    """The records of the steps of one pipeline run.

    Parameters
    ----------
    experiment, run_id : of the pipeline run.
    """

    def __init__(self, experiment: Any, run_id: str) -> None:
        self._experiment = experiment
        self._workspace = experiment.workspace
        self._run_id = run_id
        self._records = RunRecords(self._workspace._store)

    def facts(self, node: Node, run_id: str) -> dict[str, Any]:
        """What a step's run is submitted with."""
        return {
            "run_type": STEP_RUN,
            "run_id": run_id,
            "parent": self._run_id,
            "display_name": node.name,
            "tags": None,
            "properties": {
                "azureml.runsource": STEP_RUN,
                "azureml.nodeid": node.id,
                "azureml.moduleid": node.module_id,
                "azureml.moduleName": node.name,
                "azureml.stepType": node.step_type,
                "azureml.pipelinerunid": self._run_id,
                "azureml.rootpipelinerunid": self._run_id,
                "StepType": node.step_type,
            },
        }

    def note(
        self, node: Node, run_id: str, outputs: Outputs, contents: dict[str, str] | None, key: str | None = None
    ) -> None:
        """Write down which step a run is, what it writes, and, when it is over, how the content of that is known.

        ``key`` is what the step is reused by, for a run that goes on with this one.
        """
        step = {**self._step(node), "outputs": outputs, "contents": contents, "key": key}
        self._records.change(run_id, lambda fields: fields["payload"].update(step=step))

    def failed(self, node: Node, facts: dict[str, Any], error: dict[str, Any]) -> None:
        """A step that could not be started is a run that failed."""
        if self._records.get(facts["run_id"]) is not None:
            self._records.transition(facts["run_id"], states.FAILED, error=error)
            return
        payload = {"submitted_by": submitted_by(), "error": error, "step": self._step(node)}
        self._records.create(self._record(node, facts, states.FAILED, facts["properties"], payload))

    def reused(self, node: Node, resolved: Resolved, earlier: dict[str, Any]) -> str:
        """A run that stands for an earlier one: with its outputs, metrics, logs and files. The id of the first."""
        origin = str(earlier.get("reused") or earlier["run_id"])
        properties = {
            **resolved.facts["properties"],
            "azureml.isreused": "true",
            "azureml.reusedrunid": origin,
            "azureml.reusednodeid": earlier["node"],
            "azureml.reusedpipelinerunid": earlier["pipeline_run_id"],
        }
        there = self._records.get(earlier["run_id"])
        payload = {name: there.payload[name] for name in _KEPT if there is not None and name in there.payload}
        step = {
            **self._step(node),
            "outputs": earlier["outputs"],
            "contents": earlier["contents"],
            "reused": origin,
        }
        whole = {"submitted_by": submitted_by(), **payload, "step": step}
        self._records.create(self._record(node, resolved.facts, states.COMPLETED, properties, whole))
        self._copy(earlier["run_id"], resolved.run_id)
        return origin

    def linked(self, run_id: str) -> dict[str, str]:
        """Ids of the datasets that a run's script linked as its outputs, by output."""
        record = self._records.get(run_id)
        kept = (record.payload.get("output_datasets") if record is not None else None) or []
        return {each["outputDetails"]["outputName"]: each["dataset"]["id"] for each in kept}

    def _step(self, node: Node) -> dict[str, Any]:
        return {"node": node.id, "name": node.name, "kind": node.kind, "pipeline_run_id": self._run_id, "reused": None}

    def _record(
        self, node: Node, facts: dict[str, Any], status: str, properties: dict[str, str], payload: dict[str, Any]
    ) -> RunRecord:
        return RunRecord(
            run_id=facts["run_id"],
            experiment=self._experiment.name,
            experiment_id=self._experiment.id,
            parent_id=self._run_id,
            status=status,
            started=now(),
            ended=now(),
            target=node.target,
            run_type=STEP_RUN,
            display_name=node.name,
            properties=properties,
            payload=payload,
        )

    def _copy(self, source: str, target: str) -> None:
        there, here = RunFolder(self._workspace, source), RunFolder(self._workspace, target).make()
        if there.metrics.is_file():
            shutil.copyfile(there.metrics, here.metrics)
        if there.logs.is_dir():
            shutil.copytree(there.logs, here.logs, dirs_exist_ok=True)
        store = self._workspace._store
        kept = files_of(store, RunFiles(self._workspace, source)._owner)
        with store.write() as connection:
            add_files(store, connection, RunFiles(self._workspace, target)._owner, kept)
