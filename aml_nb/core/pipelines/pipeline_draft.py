"""PipelineDraft: a pipeline that is kept to be changed, before it is submitted or published."""

from __future__ import annotations

import builtins
import time
import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.graph import Graph
from aml_nb.core.pipelines.shown import html_of, text_of

if TYPE_CHECKING:
    from aml_nb.core.pipelines.pipeline_run import PipelineRun
    from aml_nb.core.pipelines.published import PublishedPipeline
    from aml_nb.core.workspace import Workspace

_DEFAULT_NAME = "Pipeline draft"


class PipelineDraft:
    """A pipeline that can be changed; made by ``PipelineDraft.create``.

    Parameters
    ----------
    workspace : where it is.
    id, name, description, experiment_name, tags, properties : what it is.
    parent_pipeline_id, parent_pipeline_run_id, parent_step_run_ids, parent_pipeline_draft_id : what it was made of.
    last_submitted_pipeline_run_id : its last run.
    graph_draft_id, _pipeline_draft_provider : taken for v1's sake.
    """

    def __init__(
        self,
        workspace: Workspace,
        id: str,
        name: str | None = None,
        description: str | None = None,
        experiment_name: str | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        graph_draft_id: str | None = None,
        parent_pipeline_id: str | None = None,
        parent_pipeline_run_id: str | None = None,
        parent_step_run_ids: Any = None,
        parent_pipeline_draft_id: str | None = None,
        last_submitted_pipeline_run_id: str | None = None,
        _pipeline_draft_provider: Any = None,
    ) -> None:
        self._workspace = workspace
        self._id = id
        self._payload: dict[str, Any] = {
            "id": id,
            "name": name,
            "description": description,
            "experiment_name": experiment_name,
            "tags": dict(tags or {}),
            "properties": dict(properties or {}),
            "parent_pipeline_id": parent_pipeline_id,
            "parent_pipeline_run_id": parent_pipeline_run_id,
            "parent_step_run_ids": list(parent_step_run_ids or ()),
            "parent_pipeline_draft_id": parent_pipeline_draft_id,
            "last_submitted_pipeline_run_id": last_submitted_pipeline_run_id,
        }

    @staticmethod
    def create(
        workspace: Workspace,
        pipeline: Any,
        name: str | None = None,
        description: str | None = None,
        experiment_name: str | None = None,
        pipeline_parameters: dict[str, Any] | None = None,
        continue_on_step_failure: bool | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> PipelineDraft:
        """Keep a pipeline, with the files of its steps as they are now.

        Parameters
        ----------
        workspace : where it is kept.
        pipeline : a Pipeline, PipelineRun, PublishedPipeline or another draft.
        name, description, tags, properties : to know it by.
        experiment_name : for its runs.
        pipeline_parameters : values for its runs.
        continue_on_step_failure : for its runs.

        Raises
        ------
        PipelineError : the pipeline has no such parameter.
        PipelineTypeError : it is no pipeline.
        """
        graph, parents = _graph_of(pipeline)
        _check_values(workspace, graph, pipeline_parameters)
        payload = {
            "id": str(uuid.uuid4()),
            "name": name or _DEFAULT_NAME,
            "description": description,
            "experiment_name": experiment_name,
            "tags": dict(tags or {}),
            "properties": dict(properties or {}),
            "pipeline_parameters": dict(pipeline_parameters or {}),
            "continue_on_step_failure": continue_on_step_failure,
            "graph": graph.to_dict(),
            "parent_pipeline_id": None,
            "parent_pipeline_run_id": None,
            "parent_step_run_ids": [],
            "parent_pipeline_draft_id": None,
            "last_submitted_pipeline_run_id": None,
            "created": int(time.time() * 1000),
            **parents,
        }
        kept.records(workspace, kept.DRAFT).create(payload["id"], payload)
        return PipelineDraft._of(workspace, payload)

    @staticmethod
    def get(
        workspace: Workspace, id: str, _workflow_provider: Any = None, _service_endpoint: Any = None
    ) -> PipelineDraft:
        """The draft of an id.

        Raises
        ------
        NotPublishedError : there is none.
        """
        return PipelineDraft._of(workspace, kept.find(workspace, kept.DRAFT, id))

    @staticmethod
    def list(
        workspace: Workspace, tags: dict[str, str] | None = None, _workflow_provider: Any = None
    ) -> builtins.list[PipelineDraft]:
        """The drafts, newest first; those that have all of the tags."""
        wanted = dict(tags or {}).items()
        found = [payload for _, payload in kept.records(workspace, kept.DRAFT).list()]
        return [PipelineDraft._of(workspace, each) for each in reversed(found) if wanted <= each["tags"].items()]

    @property
    def id(self) -> str:
        """By which it is found."""
        return self._id

    @property
    def name(self) -> str | None:
        """The name that was given."""
        return self._fact("name")  # type: ignore[no-any-return]

    @property
    def description(self) -> str | None:
        """The description that was given."""
        return self._fact("description")  # type: ignore[no-any-return]

    @property
    def tags(self) -> dict[str, str]:
        """The tags that were given."""
        return self._fact("tags")  # type: ignore[no-any-return]

    @property
    def properties(self) -> dict[str, str]:
        """The properties that were given."""
        return self._fact("properties")  # type: ignore[no-any-return]

    @property
    def parent_pipeline_id(self) -> str | None:
        """The published pipeline that it was made of."""
        return self._fact("parent_pipeline_id")  # type: ignore[no-any-return]

    @property
    def parent_pipeline_run_id(self) -> str | None:
        """The run that it was made of."""
        return self._fact("parent_pipeline_run_id")  # type: ignore[no-any-return]

    @property
    def parent_step_run_ids(self) -> builtins.list[str]:
        """The runs of steps that it was made of."""
        return self._fact("parent_step_run_ids")  # type: ignore[no-any-return]

    @property
    def parent_pipeline_draft_id(self) -> str | None:
        """The draft that it was made of."""
        return self._fact("parent_pipeline_draft_id")  # type: ignore[no-any-return]

    @property
    def last_submitted_pipeline_run_id(self) -> str | None:
        """Its last run."""
        return self._fact("last_submitted_pipeline_run_id")  # type: ignore[no-any-return]

    def get_graph(self, _workflow_provider: Any = None) -> Any:
        """What the pipeline is made of: a Graph of nodes and edges."""
        from aml_nb.core.pipelines import node_graph

        return node_graph.Graph(self.name or "draft", self._kept_graph())

    def submit_run(self, _workflow_provider: Any = None) -> PipelineRun:
        """Run it in its experiment.

        Raises
        ------
        PipelineError : it has no experiment.
        """
        from aml_nb.core.pipelines.submitting import submit_graph
        from aml_nb.core.runs.experiment import Experiment

        told = self._look()
        if not told["experiment_name"]:
            raise PipelineError(
                f"The draft {told['name']!r} has no experiment.", hint="draft.update(experiment_name='train')"
            )
        run = submit_graph(
            Experiment(self._workspace, told["experiment_name"]),
            Graph.from_dict(told["graph"]),
            assignments=told["pipeline_parameters"],
            continue_on_step_failure=told["continue_on_step_failure"],
            tags=told["tags"],
            properties={**told["properties"], "azureml.pipelinedraftid": self._id},
            description=told["description"],
        )
        self._change(last_submitted_pipeline_run_id=run.id)
        return run

    def publish(self, _workflow_provider: Any = None) -> PublishedPipeline:
        """Publish it under its name, so that it can be called over REST and on a schedule."""
        from aml_nb.core.pipelines.published import publish

        told = self._look()
        graph = Graph.from_dict(told["graph"])
        return publish(
            self._workspace, graph, told["name"], told["description"], None, told["continue_on_step_failure"]
        )

    def delete(self, _workflow_provider: Any = None) -> None:
        """Keep it no longer; its runs stay."""
        kept.records(self._workspace, kept.DRAFT).delete(self._id)

    def update(
        self,
        pipeline: Any = None,
        name: str | None = None,
        description: str | None = None,
        experiment_name: str | None = None,
        tags: dict[str, str] | None = None,
        pipeline_parameters: dict[str, Any] | None = None,
        continue_on_step_failure: bool | None = None,
        _workflow_provider: Any = None,
    ) -> None:
        """Change what is given; the rest stays.

        Raises
        ------
        PipelineError : the pipeline has no such parameter.
        PipelineTypeError : it is no pipeline.
        """
        given = {
            "name": name,
            "description": description,
            "experiment_name": experiment_name,
            "tags": None if tags is None else dict(tags),
            "pipeline_parameters": None if pipeline_parameters is None else dict(pipeline_parameters),
            "continue_on_step_failure": continue_on_step_failure,
        }
        fields = {key: value for key, value in given.items() if value is not None}
        graph = self._kept_graph()
        if pipeline is not None:
            graph = _graph_of(pipeline)[0]
            fields["graph"] = graph.to_dict()
        _check_values(self._workspace, graph, fields.get("pipeline_parameters", self._look()["pipeline_parameters"]))
        self._change(**fields)

    def save(self, path: str | None = None, _workflow_provider: Any = None) -> str:
        """Write what it is as YAML; returns the text.

        Parameters
        ----------
        path : the file, or the folder to make ``pipeline.yml`` in; the current one when left out.
        """
        from aml_nb.core.pipelines.published_yaml import save

        return save(self._kept_graph(), path, self.name, self.description)

    def _kept_graph(self) -> Graph:
        return Graph.from_dict(self._look()["graph"])

    @classmethod
    def _of(cls, workspace: Workspace, payload: dict[str, Any]) -> PipelineDraft:
        draft = cls(workspace, payload["id"])
        draft._payload = payload
        return draft

    def _fact(self, name: str) -> Any:
        return self._payload[name]

    def _look(self) -> dict[str, Any]:
        return kept.find(self._workspace, kept.DRAFT, self._id)

    def _change(self, **fields: Any) -> None:
        self._payload = kept.change(self._workspace, kept.DRAFT, self._id, **fields)

    def _rows(self) -> builtins.list[tuple[str, Any]]:
        return [("Name", self.name), ("Id", self._id), ("Experiment", self._fact("experiment_name"))]

    def _repr_html_(self) -> str:
        return html_of(self._rows())

    def __str__(self) -> str:
        return text_of("PipelineDraft", self._rows())

    def __repr__(self) -> str:
        return str(self)


def _graph_of(pipeline: Any) -> tuple[Graph, dict[str, Any]]:
    """A pipeline's graph, with its files kept, and what a draft says of where it comes from."""
    from aml_nb.core.pipelines.pipeline import Pipeline
    from aml_nb.core.pipelines.pipeline_run import PipelineRun
    from aml_nb.core.pipelines.published import PublishedPipeline

    if isinstance(pipeline, Pipeline):
        return pipeline._graph(keep=True), {}
    if isinstance(pipeline, PipelineRun):
        return pipeline._graph(), {"parent_pipeline_run_id": pipeline.id}
    if isinstance(pipeline, PublishedPipeline):
        return pipeline._graph, {"parent_pipeline_id": pipeline.id}
    if isinstance(pipeline, PipelineDraft):
        return pipeline._kept_graph(), {"parent_pipeline_draft_id": pipeline.id}
    raise PipelineTypeError(
        f"A draft is made of a Pipeline, PipelineRun, PublishedPipeline or PipelineDraft, not {pipeline!r}.",
        hint="PipelineDraft.create(ws, pipeline=Pipeline(ws, steps=[…]))",
    )


def _check_values(workspace: Workspace, graph: Graph, values: Any) -> None:
    from aml_nb.core.pipelines.parallel.overriding import opened
    from aml_nb.core.pipelines.parameters import assigned

    given = dict(values or {})
    assigned(workspace, opened(graph, given).parameters, given)
