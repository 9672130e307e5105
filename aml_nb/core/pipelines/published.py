"""Published pipelines: kept in the workspace, called by id, from Python or over REST."""

from __future__ import annotations

import builtins
import hashlib
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.errors import PipelineTypeError
from aml_nb.core.pipelines.graph import Graph, ordered
from aml_nb.core.pipelines.shown import html_of, text_of
from aml_nb.core.plane import addresses

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def publish(
    workspace: Workspace,
    graph: Graph,
    name: str | None = None,
    description: str | None = None,
    version: Any = None,
    continue_on_step_failure: bool | None = None,
) -> PublishedPipeline:
    """Keep a pipeline under an id of its own, with the files of its steps as they are now.

    Parameters
    ----------
    graph : the pipeline; its steps' files are snapshots of the workspace's already.
    name, description, version : to know it by; nothing depends on them.
    continue_on_step_failure : whether its runs go on with other steps when one fails, unless a call says so.
    """
    identity = str(uuid.uuid4())
    told = graph.to_dict()
    payload = {
        "id": identity,
        "name": "" if name is None else str(name),
        "description": description,
        "version": None if version is None else str(version),
        "status": kept.ACTIVE,
        "graph": told,
        "graph_id": graph_id(told),
        "continue_on_step_failure": continue_on_step_failure,
        "created": int(time.time() * 1000),
    }
    kept.records(workspace, kept.PIPELINE).create(identity, payload)
    return PublishedPipeline._of(workspace, payload)


def graph_id(graph: dict[str, Any]) -> str:
    """The same for pipelines that do the same."""
    return str(uuid.UUID(hashlib.sha256(json.dumps(graph, sort_keys=True).encode()).hexdigest()[:32]))


class PublishedPipeline:
    """A pipeline that is called by its id; made by ``Pipeline.publish`` and ``PipelineRun.publish_pipeline``.

    Parameters
    ----------
    name, graph_id, description, version, published_pipeline_id, status, total_run_steps : what it is.
    endpoint : taken for v1's sake; where it is called is found out whenever it is asked for.
    workspace : where it is.
    continue_on_step_failure : whether its runs go on with other steps when one fails.
    """

    def __init__(
        self,
        name: str,
        graph_id: str,
        description: str | None,
        version: str | None,
        published_pipeline_id: str,
        status: str,
        endpoint: str | None,
        total_run_steps: int,
        workspace: Workspace,
        continue_on_step_failure: bool | None = None,
        _pipeline_provider: Any = None,
        **kwargs: Any,
    ) -> None:
        self.workspace = workspace
        self._name, self._description, self._version = name, description, version
        self._graph_id, self._id, self._status = graph_id, published_pipeline_id, status
        self._total_run_steps = total_run_steps
        self._continue_on_step_failure = continue_on_step_failure

    @classmethod
    def _of(cls, workspace: Workspace, payload: dict[str, Any]) -> PublishedPipeline:
        return cls(
            payload["name"],
            payload["graph_id"],
            payload["description"],
            payload["version"],
            payload["id"],
            payload["status"],
            None,
            len(payload["graph"]["nodes"]),
            workspace,
            payload["continue_on_step_failure"],
        )

    @property
    def name(self) -> str:
        """The name that was given."""
        return self._name

    @property
    def description(self) -> str | None:
        """The description that was given."""
        return self._description

    @property
    def id(self) -> str:
        """By which it is called."""
        return self._id

    @property
    def graph_id(self) -> str:
        """The same for pipelines that do the same."""
        return self._graph_id

    @property
    def version(self) -> str | None:
        """The version that was given."""
        return self._version

    @property
    def status(self) -> str:
        """``Active`` or ``Disabled``."""
        return self._status

    @property
    def endpoint(self) -> str:
        """Where it is called over REST; the workspace's control plane is started, and answers.

        ``requests.post(endpoint, headers=InteractiveLoginAuthentication().get_authentication_header(),
        json={"ExperimentName": …, "ParameterAssignments": {…}})``
        """
        return addresses.served(self.workspace, addresses.SUBMIT + self._id)

    @property
    def total_run_steps(self) -> int:
        """How many steps it has."""
        return self._total_run_steps

    @property
    def continue_on_step_failure(self) -> bool | None:
        """Whether its runs go on with other steps when one fails."""
        return self._continue_on_step_failure

    def submit(
        self,
        workspace: Workspace,
        experiment_name: str,
        pipeline_parameters: dict[str, Any] | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
        parent_run_id: str | None = None,
        continue_on_step_failure: bool | None = None,
    ) -> Any:
        """Run it in an experiment.

        Parameters
        ----------
        workspace : where it is.
        experiment_name : of the run.
        pipeline_parameters : values by name; those left out have their defaults.
        parent_run_id : the run that this one is a child of.
        continue_on_step_failure : go on with other steps when one fails; as published unless told.

        Returns
        -------
        PipelineRun

        Raises
        ------
        PipelineError : the pipeline has no such parameter, or its value is of another type.
        NotActiveError : it was disabled.
        """
        from aml_nb.core.pipelines.calling import Call, call

        wanted = Call(
            experiment_name,
            pipeline_parameters,
            continue_on_step_failure=continue_on_step_failure,
            parent_run_id=parent_run_id,
            echo=True,
        )
        return call(workspace, kept.find(workspace, kept.PIPELINE, self._id), wanted)

    def _submit(self, experiment: Any, tags: Any = None, **kwargs: Any) -> Any:
        """What ``Experiment.submit`` calls."""
        from aml_nb.core.pipelines.calling import Call, call

        workspace = experiment.workspace
        wanted = Call.by_experiment(experiment, tags, kwargs)
        return call(workspace, kept.find(workspace, kept.PIPELINE, self._id), wanted)

    @staticmethod
    def get(workspace: Workspace, id: str, _workflow_provider: Any = None, _service_endpoint: Any = None) -> Any:
        """The published pipeline of an id.

        Raises
        ------
        NotPublishedError : there is none.
        """
        return PublishedPipeline._of(workspace, kept.find(workspace, kept.PIPELINE, id))

    @staticmethod
    def get_all(
        workspace: Workspace, active_only: bool = True, _service_endpoint: Any = None
    ) -> builtins.list[PublishedPipeline]:
        """As ``list``."""
        return PublishedPipeline.list(workspace, active_only)

    @staticmethod
    def list(
        workspace: Workspace, active_only: bool = True, _service_endpoint: Any = None
    ) -> builtins.list[PublishedPipeline]:
        """The published pipelines, newest first; without ``active_only`` the disabled ones, too."""
        return [PublishedPipeline._of(workspace, each) for each in kept.listed(workspace, kept.PIPELINE, active_only)]

    def enable(self) -> None:
        """Let it be called again."""
        self._set(kept.ACTIVE)

    def disable(self) -> None:
        """Let it be called no more; what runs goes on."""
        self._set(kept.DISABLED)

    def _set(self, status: str) -> None:
        self._status = kept.change(self.workspace, kept.PIPELINE, self._id, status=status)["status"]

    @property
    def _graph(self) -> Graph:
        return Graph.from_dict(kept.find(self.workspace, kept.PIPELINE, self._id)["graph"])

    def get_graph(self, _workflow_provider: Any = None) -> Any:
        """Its steps and what they hand on: a Graph of nodes and edges."""
        from aml_nb.core.pipelines import node_graph

        return node_graph.Graph(self.name, self._graph)

    def get_step_names(self, _workflow_provider: Any = None) -> builtins.list[str]:
        """The steps' names, in an order in which they may run."""
        return [node.name for node in ordered(self._graph)]

    def save(self, path: str | None = None, _workflow_provider: Any = None) -> str:
        """Write what it is as YAML: its parameters, and its steps with what they read and write.

        Parameters
        ----------
        path : a file, or a folder that gets ``pipeline.yml``; the current folder when left out.

        Returns
        -------
        The YAML.
        """
        from aml_nb.core.pipelines.published_yaml import save

        return save(self._graph, path, self.name, self.description, self.version)

    def get_portal_url(self) -> str:
        """Where the workspace is on this machine; there is no portal."""
        return self.workspace._folder.absolute().as_uri()

    @property
    def portal_url(self) -> str:
        """As ``get_portal_url``."""
        return self.get_portal_url()

    def _rows(self) -> builtins.list[tuple[str, Any]]:
        return [("Name", self._name), ("Id", self._id), ("Status", self._status), ("Endpoint", self._shown_endpoint())]

    def _shown_endpoint(self) -> str:
        """Where it is called, without starting anything."""
        return addresses.known(self.workspace, addresses.SUBMIT + self._id) or "(started by .endpoint)"

    def _repr_html_(self) -> str:
        from aml_nb.core.pipelines import picture

        return html_of(self._rows()) + picture.as_html(self._graph)

    def __str__(self) -> str:
        return text_of("PublishedPipeline", self._rows())

    def __repr__(self) -> str:
        return str(self)


def document(workspace: Workspace, pipeline: Any) -> dict[str, Any]:
    """The document of a published pipeline; one that is not published yet is.

    Raises
    ------
    PipelineTypeError : it is no pipeline.
    """
    if not isinstance(pipeline, PublishedPipeline):
        if not hasattr(pipeline, "publish"):
            raise PipelineTypeError(
                f"{pipeline!r} is neither a Pipeline nor a PublishedPipeline.", hint="pipeline.publish('name')"
            )
        pipeline = pipeline.publish()
    return kept.find(workspace, kept.PIPELINE, pipeline.id)
