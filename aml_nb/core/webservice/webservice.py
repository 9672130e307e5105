"""Webservice: what every web service of a workspace can do."""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from aml_nb.core.webservice import clusters, failure, port_holder, services
from aml_nb.core.webservice.client_code.method import ClientCode
from aml_nb.core.webservice.image_deployments import ImageDeployments, image_of
from aml_nb.core.webservice.key_access import KeyAccess
from aml_nb.core.webservice.monitored import Monitored
from aml_nb.core.webservice.naming import name_taken, not_found
from aml_nb.core.webservice.output import Operation, Progress, poll, waiting_for_deployment
from aml_nb.engines.base import ServiceStatus
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.diagnosis import Diagnosis
    from aml_nb.core.workspace import Workspace

_W = TypeVar("_W", bound="Webservice")


class Webservice(ImageDeployments, KeyAccess, ClientCode, Monitored, ABC):
    """A deployed web service. ``Webservice(workspace, name)`` finds one and returns it as its own class.

    Parameters
    ----------
    workspace : the workspace it was deployed in.
    name : its name.

    Raises
    ------
    WebserviceException
        There is no service of that name, or it is of another class than the one called.

    Examples
    --------
    >>> Webservice(ws, "iris").run('{"data": [[5.1, 3.5, 1.4, 0.2]]}')  # doctest: +SKIP
    """

    _webservice_type: str | None = None
    _operation: Operation | None = None
    _record: services.Payload

    def __new__(cls, workspace: Workspace | None, name: str | None, **kwargs: Any) -> Any:
        if workspace is None or name is None:
            return super().__new__(cls)
        record = services.find(workspace, name, cls._webservice_type) or services.find(workspace, name)
        if record is None:
            raise not_found(workspace, name)
        kind = record["computeType"]
        if cls._webservice_type not in (None, kind):
            raise WebserviceException(
                f"The web service {name!r} is of type {kind}, not {cls._webservice_type}.",
                hint=f"{_class_of(kind).__name__}(ws, {name!r}), or Webservice(ws, {name!r})",
            )
        return from_record(workspace, record)

    def __init__(self, workspace: Workspace | None, name: str | None) -> None:
        """Everything is there already: ``__new__`` has found the service."""

    def _initialize(self, workspace: Workspace, record: services.Payload) -> None:
        """Take the values of a record and ask the engine how the service is."""
        self.workspace = workspace
        self.name: str = record["name"]
        self.compute_type: str = record["computeType"]
        self._credential: str | None = None
        self._refresh(record)

    def _refresh(self, record: services.Payload) -> ServiceStatus:
        if record.get("unschedulable"):
            record = clusters.schedule(self.workspace, record)
        record, status = services.settle(self.workspace, record)
        self._record = record
        self.description = record.get("description")
        self.tags: dict[str, str] | None = record.get("kvTags")
        self.properties: dict[str, str] | None = record.get("properties")
        self.created_time = services.when(record["createdTime"])
        self.updated_time = services.when(record["updatedTime"])
        self.created_by = record.get("createdBy")
        self.image_id = record.get("imageId")
        self.image_digest = record.get("imageDigest")
        self.auth_enabled: bool = record["authEnabled"]
        self.token_auth_enabled: bool = record["aadAuthEnabled"]
        self._take(status)
        self._take_own(record)
        return status

    def _take(self, status: ServiceStatus) -> None:
        """Take what the engine says."""
        self.state = self._word(status)
        error = port_holder.enrich(self.workspace, self._record, status.error)
        self.error = None if error is None else failure.error_json(error, self.compute_type)
        uri = services.uri_of(self._record, status)
        self.scoring_uri = uri
        self.swagger_uri = None if uri is None else uri.rpartition("/")[0] + "/swagger.json"

    def _take_own(self, record: services.Payload) -> None:
        """Take the values that only this class of service has."""

    def _word(self, status: ServiceStatus) -> str:
        """The state in this class's words."""
        return {"Stopped": "Failed", "Stopping": "Deleting"}.get(status.state, status.state)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, image_id={self.image_id}, "
            f"image_digest={self.image_digest}, compute_type={self.compute_type}, state={self.state}, "
            f"scoring_uri={self.scoring_uri}, tags={self.tags}, properties={self.properties}, "
            f"created_by={self.created_by})"
        )

    @property
    def models(self) -> list[Any]:
        """The registered models that it serves."""
        from aml_nb.core.model import Model

        return [Model(self.workspace, id=model_id) for model_id in self._record.get("modelIds", [])]

    @property
    def image(self) -> Any:
        """The image that it runs; None where it runs none."""
        return image_of(self.workspace, self.image_id)

    @property
    def environment(self) -> Any:
        """The environment that its script runs in; None where none was given."""
        saved = self._record.get("environment")
        if saved is None:
            return None
        from aml_nb.core.environment import Environment

        return Environment._from_json(saved)

    @staticmethod
    def check_for_existing_webservice(
        workspace: Workspace,
        name: str,
        overwrite: bool = False,
        request_func: Any = None,
        check_func: Any = None,
    ) -> None:
        """Raise WebserviceException where the name is taken and may not be overwritten.

        Parameters
        ----------
        workspace : the workspace.
        name : the name.
        overwrite : whether a service of that name may be replaced.
        request_func, check_func : how v1 asked its server; not used.
        """
        if not overwrite and services.find(workspace, name, services.AKS) is not None:
            raise name_taken(name)

    def wait_for_deployment(self, show_output: bool = False, timeout_sec: float | None = None) -> None:
        """Wait until the deployment or the last update has come to its end.

        Parameters
        ----------
        show_output : print its progress.
        timeout_sec : give up waiting after this many seconds; the deployment goes on.

        Raises
        ------
        WebserviceException
            The service did not start (``source`` has the lines of the script), the time was over, or this
            object was fetched by name and knows of no deployment.
        """
        operation = self._operation
        if operation is None:
            raise WebserviceException(
                f"Long running operation information not known, unable to poll. Current state is {self.state}",
                hint="service.update_deployment_state(), then service.state",
            )
        progress = Progress(show_output)
        progress.begin("Running")
        with waiting_for_deployment():
            ended = poll(lambda: self._step(operation, progress), timeout_sec)
        if ended is None:
            raise WebserviceException(
                f"Service deployment is still running after {timeout_sec} s. Current state is {self.state}",
                hint="service.wait_for_deployment(show_output=True) waits on; service.get_logs() tells why",
            )
        print(f'{self._webservice_type} service creation operation finished, operation "{ended}"')
        if ended != "Succeeded":
            raise failure.deployment_failed(self.workspace, self._told, operation.id, self._status_error, self.state)

    def _step(self, operation: Operation, progress: Progress) -> str:
        """Look once, and print what is new."""
        record = services.records(self.workspace).get(self._record["handle"])
        if record is None:
            raise not_found(self.workspace, self.name)
        self._told = record
        status = self._refresh(record)
        self._status_error = port_holder.enrich(self.workspace, record, status.error)
        state = services.outcome_of(status, services.revision_of(record, operation))
        events = services.engine_of(self.workspace, record).folder(record["handle"]).events()[operation.told :]
        progress.follow(state, events)
        return state

    def _answering(self) -> builtins.list[Webservice]:
        """The services behind its address: itself alone."""
        return [self]

    def update_deployment_state(self) -> None:
        """Ask how the service is now, and take the values that changed."""
        record = services.records(self.workspace).get(self._record["handle"])
        if record is None:
            raise not_found(self.workspace, self.name)
        self._refresh(record)

    @staticmethod
    def list(
        workspace: Workspace,
        compute_type: str | None = None,
        image_name: str | None = None,
        image_id: str | None = None,
        model_name: str | None = None,
        model_id: str | None = None,
        tags: list[Any] | None = None,
        properties: list[Any] | None = None,
        image_digest: str | None = None,
    ) -> list[Any]:
        """The workspace's web services, without local ones (``LocalWebservice.list``).

        Parameters
        ----------
        workspace : the workspace.
        compute_type : only those of this type: ACI, AKS, AKSENDPOINT, IOT or MIR.
        image_name, image_id, image_digest : only those of this image.
        model_name, model_id : only those that serve this model.
        tags, properties : only those that have all of these, each ``key`` or ``[key, value]``.

        Raises
        ------
        WebserviceException
            There is no such compute type.
        """
        from aml_nb.core.webservice.listing import cloud_services

        return cloud_services(
            workspace, compute_type, image_name, image_id, model_name, model_id, tags, properties, image_digest
        )

    def get_logs(self, num_lines: int = 5000, init: bool = False) -> str:
        """What the service wrote, also one that failed to start.

        Parameters
        ----------
        num_lines : at most so many lines, the last ones.
        init : what was said while it was deployed, instead.

        Raises
        ------
        WebserviceException : the service was deleted.
        """
        engine = services.engine_of(self.workspace, self._record)
        handle = self._record["handle"]
        if init:
            return "\n".join(engine.folder(handle).events()[-num_lines:])
        if self._record.get("unschedulable"):
            return f"Nothing runs for {self.name}: {self._record['unschedulable']}\n"
        if services.records(self.workspace).get(handle) is None:
            raise not_found(self.workspace, self.name)
        return engine.logs(handle, num_lines)

    def diagnose(self) -> Diagnosis | None:
        """Say why the service fails, or the latest request to it that failed; what it finds shows itself.

        v1 had no such method: whoever used it read ``get_logs()``. Where nothing is wrong it says so and returns None.

        Raises
        ------
        WebserviceException : the service was deleted.
        """
        from aml_nb.core.diagnosis.service import diagnose, nothing_found

        self.update_deployment_state()
        found = diagnose(self)
        if found is None:
            print(nothing_found(self))
        return found

    @abstractmethod
    def run(self, input: Any) -> Any:
        """Call the service."""

    @abstractmethod
    def update(self, *args: Any) -> None:
        """Change the service."""

    def delete(self) -> None:
        """End the service and remove it; says so where it is gone already."""
        from aml_nb.core.webservice.deletion import delete

        if endpoint := self._record.get("endpoint"):
            raise WebserviceException(
                f"Error, {self.name} is a version of the endpoint {endpoint}.",
                hint=f"Webservice(ws, {endpoint!r}).delete_version({self.name!r})",
            )
        if delete(self.workspace, self._record["handle"]):
            self.state = "Deleting"
        else:
            print(f"No service with name {self.name} found to delete.")

    def serialize(self) -> dict[str, Any]:
        """The service as a JSON-able dictionary."""
        record, image = self._record, self.image
        return {
            "name": self.name,
            "workspaceName": self.workspace.name,
            "description": self.description,
            "tags": self.tags,
            "properties": self.properties,
            "createdTime": record["createdTime"],
            "updatedTime": record["updatedTime"],
            "createdBy": self.created_by,
            "computeType": self.compute_type,
            "state": self.state,
            "error": self.error,
            "imageId": self.image_id,
            "imageDigest": self.image_digest,
            "authEnabled": self.auth_enabled,
            "aadAuthEnabled": self.token_auth_enabled,
            "scoringUri": self.scoring_uri,
            "swaggerUri": self.swagger_uri,
            "imageDetails": None if image is None else image.serialize(),
            "modelIds": list(record.get("modelIds", [])),
            "modelDetails": [model.serialize() for model in self.models] or None,
            "environment": record.get("environment"),
            "environmentDetails": record.get("environment"),
        }

    @classmethod
    def deserialize(cls: type[_W], workspace: Workspace, webservice_payload: dict[str, Any]) -> _W:
        """The service that ``serialize`` described.

        Parameters
        ----------
        workspace : the workspace it is in.
        webservice_payload : the dictionary.

        Raises
        ------
        WebserviceException
            The dictionary is not whole, is of another class, or the service is gone.
        """
        for key in ("name", "computeType"):
            if key not in webservice_payload:
                raise WebserviceException(f"Invalid payload for {cls.__name__}, missing {key}:\n{webservice_payload}")
        found = _class_of(webservice_payload["computeType"])(workspace, webservice_payload["name"])
        if not isinstance(found, cls):
            raise WebserviceException(f"Invalid payload provided for {cls.__name__}, it is a {type(found).__name__}.")
        return found


def from_record(workspace: Workspace, record: services.Payload) -> Webservice:
    """The object of a record, of the class that fits."""
    service = object.__new__(_class_of(record["computeType"]))
    service._initialize(workspace, record)
    return service


def _class_of(kind: str) -> type[Webservice]:
    from importlib import import_module

    module, name = {
        services.LOCAL: ("local", "LocalWebservice"),
        services.ACI: ("aci", "AciWebservice"),
        services.AKS: ("aks", "AksWebservice"),
        services.ENDPOINT: ("aks_endpoint", "AksEndpoint"),
    }.get(kind, ("unknown_webservice", "UnknownWebservice"))
    found: type[Webservice] = getattr(import_module(f"aml_nb.core.webservice.{module}"), name)
    return found
