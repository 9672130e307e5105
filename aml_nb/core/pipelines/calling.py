"""Running a published pipeline: what Python, REST and schedules all do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.graph import Graph

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


@dataclass(frozen=True)
class Call:
    """What is asked of a published pipeline.

    Attributes
    ----------
    experiment_name : of the run.
    assignments : values of parameters, as objects, or as REST and a document have them.
    continue_on_step_failure : None leaves it to the pipeline.
    parent_run_id : of the run.
    run_id : for the run, where it must be known before; one is made otherwise.
    source, kind : who calls, as it says and as it is: ``SDK``, ``HTTP``, ``Schedule``.
    description, tags, properties : of the run.
    request : what the request said, to be told again.
    echo : print what is submitted.
    """

    experiment_name: str
    assignments: dict[str, Any] | None = None
    continue_on_step_failure: bool | None = None
    parent_run_id: str | None = None
    run_id: str | None = None
    source: str = "SDK"
    kind: str = "SDK"
    description: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    request: dict[str, Any] | None = None
    echo: bool = False

    @classmethod
    def by_experiment(
        cls, experiment: Any, tags: Any, more: dict[str, Any], properties: dict[str, str] | None = None
    ) -> Call:
        """What ``experiment.submit(published_pipeline, tags, **more)`` asks."""
        return cls(
            experiment.name,
            more.get("pipeline_parameters"),
            continue_on_step_failure=more.get("continue_on_step_failure"),
            parent_run_id=more.get("parent_run_id") or more.get("parent"),
            tags=dict(tags or {}),
            properties=properties or {},
            echo=True,
        )


def call(workspace: Workspace, published: dict[str, Any], wanted: Call) -> Any:
    """Submit a run of a published pipeline.

    Raises
    ------
    NotActiveError : it was disabled.
    PipelineError : it has no such parameter, a value is of another type, or the parent is not there.
    """
    from aml_nb.core.pipelines.submitting import submit_graph
    from aml_nb.core.runs.experiment import Experiment
    from aml_nb.core.runs.records import RunRecords

    if published["status"] != kept.ACTIVE:
        raise kept.NotActiveError(
            f"The published pipeline {published['name']!r} ({published['id']}) is {published['status']}.",
            hint=f"PublishedPipeline.get(ws, {published['id']!r}).enable()",
        )
    if wanted.parent_run_id is not None and RunRecords(workspace._store).get(wanted.parent_run_id) is None:
        raise PipelineError(
            f"There is no run {wanted.parent_run_id!r} that this one could be a child of.", hint="leave the parent out"
        )
    going_on = wanted.continue_on_step_failure
    return submit_graph(
        Experiment(workspace, wanted.experiment_name),
        Graph.from_dict(published["graph"]),
        assignments=wanted.assignments,
        continue_on_step_failure=published["continue_on_step_failure"] if going_on is None else going_on,
        tags=wanted.tags,
        properties={**wanted.properties, "azureml.graphid": published["graph_id"]},
        parent_run_id=wanted.parent_run_id,
        pipeline_id=published["id"],
        run_source=wanted.source,
        run_type=wanted.kind,
        description=wanted.description or published["description"],
        quiet=not wanted.echo,
        run_id=wanted.run_id,
        run_payload={"request": wanted.request} if wanted.request else None,
    )
