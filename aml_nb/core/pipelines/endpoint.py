"""Pipeline endpoints: one address for several versions of a published pipeline, one of which is the default."""

from __future__ import annotations

import builtins
import time
import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import endpoint_records
from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.endpoint_versions import PipelineIdVersion, PipelineVersion
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.published import PublishedPipeline, document
from aml_nb.core.pipelines.shown import html_of, text_of
from aml_nb.core.plane import addresses

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class PipelineEndpoint:
    """One address for several versions of a published pipeline; made by ``PipelineEndpoint.publish``.

    Parameters
    ----------
    workspace : where it is.
    id, name, description, status, default_version, pipeline_version_list : what it is.
    endpoint, _swaggerurl : taken for v1's sake; addresses are found out whenever they are asked for.
    """

    def __init__(
        self,
        workspace: Workspace,
        id: str,
        name: str,
        description: str | None,
        status: str,
        default_version: str,
        endpoint: str | None,
        pipeline_version_list: builtins.list[PipelineIdVersion],
        _pipeline_endpoint_provider: Any = None,
        _published_pipeline_provider: Any = None,
        _swaggerurl: str | None = None,
    ) -> None:
        self._workspace = workspace
        self._id, self._name, self._description = id, name, description
        self._status, self._default_version = status, default_version
        self._pipeline_version_list = pipeline_version_list

    @classmethod
    def _of(cls, workspace: Workspace, payload: dict[str, Any]) -> PipelineEndpoint:
        versions = [PipelineIdVersion(version, identity) for version, identity in payload["versions"].items()]
        return cls(
            workspace,
            payload["id"],
            payload["name"],
            payload["description"],
            payload["status"],
            payload["default_version"],
            None,
            versions,
        )

    def _take(self, payload: dict[str, Any]) -> None:
        self.__dict__.update(PipelineEndpoint._of(self._workspace, payload).__dict__)

    @property
    def id(self) -> str:
        """By which it is called."""
        return self._id

    @property
    def name(self) -> str:
        """Its name, which no other endpoint of the workspace has."""
        return self._name

    @property
    def description(self) -> str | None:
        """The description that was given."""
        return self._description

    @property
    def status(self) -> str:
        """``Active``, ``Disabled`` or ``Archived``."""
        return self._status

    @property
    def default_version(self) -> str:
        """The version that runs unless one is told."""
        return self._default_version

    @property
    def endpoint(self) -> str:
        """Where it is called over REST; the workspace's control plane is started, and answers."""
        return addresses.served(self._workspace, addresses.SUBMIT_TO_ENDPOINT + self._id)

    @property
    def swaggerurl(self) -> str:
        """Where the description of the REST is."""
        from aml_nb.core.plane.starting import up

        return up(self._workspace).url + "/openapi.json"

    @property
    def pipeline_version_list(self) -> builtins.list[PipelineIdVersion]:
        """Its versions, with the ids of their published pipelines."""
        return self._pipeline_version_list

    @staticmethod
    def publish(
        workspace: Workspace,
        name: str,
        description: str | None,
        pipeline: Any,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> PipelineEndpoint:
        """Make an endpoint, with the pipeline as its version ``"0"``.

        Parameters
        ----------
        name : of the endpoint; no other has it.
        pipeline : a Pipeline, which is published, or a PublishedPipeline.

        Raises
        ------
        PipelineError : there is an endpoint of that name.
        """
        published = document(workspace, pipeline)
        payload: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "name": str(name),
            "description": description,
            "status": kept.ACTIVE,
            "default_version": "0",
            "versions": {"0": published["id"]},
            "created": int(time.time() * 1000),
        }
        with workspace._store.write(alone=True):
            endpoint_records.free(workspace, payload["name"])
            kept.records(workspace, kept.ENDPOINT).create(payload["id"], payload)
        return PipelineEndpoint._of(workspace, payload)

    @staticmethod
    def get(
        workspace: Workspace,
        id: str | None = None,
        name: str | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> PipelineEndpoint:
        """The endpoint of an id or of a name.

        Raises
        ------
        PipelineError : neither is given.
        NotPublishedError : there is none.
        """
        if id is not None:
            return PipelineEndpoint._of(workspace, kept.find(workspace, kept.ENDPOINT, id))
        if name is None:
            raise PipelineError("An id or a name has to be given.", hint="PipelineEndpoint.get(ws, name='…')")
        return PipelineEndpoint._of(workspace, endpoint_records.named(workspace, name))

    @staticmethod
    def get_all(
        workspace: Workspace, active_only: bool = True, _workflow_provider: Any = None, _service_endpoint: Any = None
    ) -> builtins.list[PipelineEndpoint]:
        """As ``list``."""
        return PipelineEndpoint.list(workspace, active_only, max_results=None)

    @staticmethod
    def list(
        workspace: Workspace,
        active_only: bool = True,
        max_results: int | None = 100,
        _workflow_provider: Any = None,
        _service_endpoint: Any = None,
    ) -> builtins.list[PipelineEndpoint]:
        """The endpoints, newest first; without ``active_only`` the disabled and archived ones, too."""
        found = kept.listed(workspace, kept.ENDPOINT, active_only)
        return [PipelineEndpoint._of(workspace, each) for each in found[:max_results]]

    def enable(self) -> None:
        """Let it be called again."""
        self._set(status=kept.ACTIVE)

    def disable(self) -> None:
        """Let it be called no more."""
        self._set(status=kept.DISABLED)

    def archive(self) -> None:
        """Put it away: it is called no more, and its name is free for another."""
        self._set(status=kept.ARCHIVED)

    def reactivate(self, name: str) -> None:
        """Bring it back under a name that no other has."""
        self._rename(name, status=kept.ACTIVE)

    def set_name(self, name: str) -> None:
        """Call it differently."""
        self._rename(name)

    def get_default_version(self) -> str:
        """The version that runs unless one is told."""
        return str(self._fresh()["default_version"])

    def get_pipeline(self, version: str | None = None) -> PublishedPipeline:
        """The published pipeline of a version; of the default one when left out."""
        payload = self._fresh()
        return PublishedPipeline.get(self._workspace, endpoint_records.pipeline_id(payload, version))  # type: ignore[no-any-return]

    def get_all_versions(
        self, _workflow_provider: Any = None, _service_endpoint: Any = None
    ) -> builtins.list[PipelineVersion]:
        """As ``list_versions``."""
        return self.list_versions()

    def list_versions(
        self, _workflow_provider: Any = None, _service_endpoint: Any = None
    ) -> builtins.list[PipelineVersion]:
        """Its versions with their published pipelines, oldest first."""
        versions = self._fresh()["versions"].items()
        return [PipelineVersion(version, PublishedPipeline.get(self._workspace, each)) for version, each in versions]

    def get_all_pipelines(
        self, active_only: bool = True, _workflow_provider: Any = None, _service_endpoint: Any = None
    ) -> builtins.list[PublishedPipeline]:
        """As ``list_pipelines``."""
        return self.list_pipelines(active_only)

    def list_pipelines(
        self, active_only: bool = True, _workflow_provider: Any = None, _service_endpoint: Any = None
    ) -> builtins.list[PublishedPipeline]:
        """The published pipelines of its versions, oldest first; each once."""
        ids = dict.fromkeys(self._fresh()["versions"].values())
        found = [PublishedPipeline.get(self._workspace, each) for each in ids]
        return [each for each in found if not active_only or each.status == kept.ACTIVE]

    def add(self, pipeline: Any) -> None:
        """Add a published pipeline as the next version; the default stays."""
        self._add(pipeline, default=False)

    def add_default(self, pipeline: Any) -> None:
        """Add a published pipeline as the next version, which becomes the default."""
        self._add(pipeline, default=True)

    def set_default_version(self, version: str) -> None:
        """Have another version run unless one is told."""

        def change(payload: dict[str, Any]) -> None:
            endpoint_records.pipeline_id(payload, version)
            payload["default_version"] = str(version)

        self._change(change)

    def set_default(self, pipeline: PublishedPipeline) -> None:
        """Have the version of a published pipeline run unless one is told."""

        def change(payload: dict[str, Any]) -> None:
            found = [version for version, identity in payload["versions"].items() if identity == pipeline.id]
            if not found:
                raise PipelineError(
                    f"The published pipeline {pipeline.id} is no version of the endpoint {payload['name']!r}.",
                    hint="pipeline_endpoint.add_default(published_pipeline)",
                )
            payload["default_version"] = found[-1]

        self._change(change)

    def submit(
        self,
        experiment_name: str,
        pipeline_parameters: dict[str, Any] | None = None,
        parent_run_id: str | None = None,
        pipeline_version: str | None = None,
    ) -> Any:
        """Run a version in an experiment: the default one unless told.

        Parameters
        ----------
        experiment_name : of the run.
        pipeline_parameters : values by name; those left out have their defaults.
        parent_run_id : the run that this one is a child of.
        pipeline_version : which version.

        Returns
        -------
        PipelineRun

        Raises
        ------
        NotActiveError : the endpoint is not active.
        PipelineError : there is no such version, or the pipeline has no such parameter.
        """
        from aml_nb.core.pipelines.calling import Call, call

        wanted = Call(
            experiment_name,
            pipeline_parameters,
            parent_run_id=parent_run_id,
            properties={"azureml.pipelineendpointid": self._id},
            echo=True,
        )
        return call(self._workspace, endpoint_records.chosen(self._workspace, self._id, pipeline_version), wanted)

    def _submit(self, experiment: Any, tags: Any = None, **kwargs: Any) -> Any:
        """What ``Experiment.submit`` calls."""
        from aml_nb.core.pipelines.calling import Call, call

        published = endpoint_records.chosen(self._workspace, self._id, kwargs.pop("pipeline_version", None))
        wanted = Call.by_experiment(experiment, tags, kwargs, {"azureml.pipelineendpointid": self._id})
        return call(self._workspace, published, wanted)

    def _fresh(self) -> dict[str, Any]:
        return kept.find(self._workspace, kept.ENDPOINT, self._id)

    def _set(self, **fields: Any) -> None:
        self._take(kept.change(self._workspace, kept.ENDPOINT, self._id, **fields))

    def _rename(self, name: str, **fields: Any) -> None:
        with self._workspace._store.write(alone=True):
            endpoint_records.free(self._workspace, str(name), but=self._id)
            self._set(name=str(name), **fields)

    def _add(self, pipeline: Any, default: bool) -> None:
        published = document(self._workspace, pipeline)

        def change(payload: dict[str, Any]) -> None:
            version = str(max(map(int, payload["versions"])) + 1)
            payload["versions"][version] = published["id"]
            if default:
                payload["default_version"] = version

        self._change(change)

    def _change(self, change: Any) -> None:
        self._fresh()
        self._take(kept.records(self._workspace, kept.ENDPOINT).modify(self._id, change))

    def _rows(self) -> builtins.list[tuple[str, Any]]:
        address = addresses.known(self._workspace, addresses.SUBMIT_TO_ENDPOINT + self._id)
        return [
            ("Name", self._name),
            ("Id", self._id),
            ("Status", self._status),
            ("Default Version", self._default_version),
            ("Endpoint", address or "(started by .endpoint)"),
        ]

    def _repr_html_(self) -> str:
        return html_of(self._rows())

    def __str__(self) -> str:
        return text_of("PipelineEndpoint", self._rows())

    def __repr__(self) -> str:
        return str(self)
