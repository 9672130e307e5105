"""From a graph to a run of it: checks, values of the parameters, the driver, and the lines that v1 prints."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import reuse
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.graph import Graph, Node, validate
from aml_nb.core.pipelines.parallel.overriding import opened
from aml_nb.core.pipelines.parameters import assigned

if TYPE_CHECKING:
    from aml_nb.core.pipelines.pipeline_run import PipelineRun

DRIVER = "aml_nb.core.pipelines.driver"
PIPELINE_RUN = "azureml.PipelineRun"
LOG = "logs/azureml/executionlogs.txt"


def submit_graph(
    experiment: Any,
    graph: Graph,
    *,
    assignments: Mapping[str, Any] | None = None,
    continue_on_step_failure: bool | None = False,
    regenerate_outputs: bool | None = False,
    tags: Mapping[str, Any] | None = None,
    properties: Mapping[str, Any] | None = None,
    parent_run_id: str | None = None,
    pipeline_id: str | None = None,
    run_source: str = "SDK",
    run_type: str = "SDK",
    description: str | None = None,
    quiet: bool = False,
    run_id: str | None = None,
    run_payload: Mapping[str, Any] | None = None,
) -> PipelineRun:
    """Submit a pipeline; it goes on without us.

    Parameters
    ----------
    experiment : the `Experiment` that the run belongs to.
    graph : the pipeline, its files kept in the workspace.
    assignments : values of its parameters by name.
    continue_on_step_failure : start steps that do not wait for one that failed.
    regenerate_outputs : run every step, also where nothing has changed.
    tags, properties, description : of the run.
    parent_run_id : the run that it is a child of.
    pipeline_id : the published pipeline that it is a run of.
    run_source, run_type : who submitted it, in v1's words: ``SDK``, ``HTTP``, ``Schedule``.
    quiet : print nothing.
    run_id : the run's id, where it must be known before.
    run_payload : what the run's record has besides.

    Raises
    ------
    PipelineError : the pipeline cannot run, or has no parameter of a name.
    PipelineTypeError : a value is of another type.
    """
    from aml_nb.core.runs.submitting import submit_driver

    check(graph)
    workspace = experiment.workspace
    given = _checked_assignments(assignments)
    graph = opened(graph, given)
    values = assigned(workspace, graph.parameters, given)
    told = {
        "azureml.runsource": PIPELINE_RUN,
        "runSource": run_source,
        "runType": run_type,
        "azureml.parameters": json.dumps({name: _shown(value) for name, value in values.items()}),
        "azureml.continue_on_step_failure": str(bool(continue_on_step_failure)),
        "azureml.regenerate_outputs": str(bool(regenerate_outputs)),
        "azureml.pipelineComponent": "pipelinerun",
    }
    if pipeline_id is not None:
        told["azureml.pipelineid"] = pipeline_id
    payload = {
        "graph": graph.to_dict(),
        "values": values,
        "continue_on_step_failure": bool(continue_on_step_failure),
        "regenerate_outputs": bool(regenerate_outputs),
    }
    if not quiet:
        for node in graph.nodes:
            print(_created(workspace, node, bool(regenerate_outputs)))
    run = submit_driver(
        experiment,
        DRIVER,
        payload,
        run_type=PIPELINE_RUN,
        tags={str(key): value for key, value in (tags or {}).items()},
        properties={**told, **{str(key): str(value) for key, value in (properties or {}).items()}},
        log=LOG,
        parent=parent_run_id,
        run_id=run_id or str(uuid.uuid4()),
        run_payload={**(run_payload or {}), "pipeline": payload},
    )
    if description:
        run._change(lambda fields: fields.update(description=description))
    if not quiet:
        print(f"Submitted PipelineRun {run.id}")
        print(f"Link to Azure Machine Learning Portal: {run.get_portal_url()}")
    return run  # type: ignore[return-value]


def check(graph: Graph) -> None:
    """PipelineError with everything that is wrong with a pipeline."""
    errors = validate(graph)
    if errors:
        raise PipelineError("\n".join(errors), hint="pipeline.validate() lists what is wrong")


def _checked_assignments(given: Any) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise PipelineTypeError(
            f"pipeline_parameters is a dictionary of names and values, not {given!r}.",
            hint="experiment.submit(pipeline, pipeline_parameters={'rate': 0.1})",
        )
    return given


def _created(workspace: Any, node: Node, regenerate: bool) -> str:
    eligible = node.allow_reuse and not regenerate and reuse.recall(workspace, node.module_id) is not None
    which = "is eligible to reuse a previous run's output" if eligible else "will run and generate new outputs"
    return f"Created step {node.name} [{node.id}][{node.module_id[:36]}], (This step {which})"


def _shown(value: Any) -> Any:
    """A parameter's value as v1's property has it."""
    if isinstance(value, dict):
        return value.get("id") or f"{value.get('datastore')}/{value.get('path')}"
    return str(value)
