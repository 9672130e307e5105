"""LocalWebservice: a web service to try things with; its script can be reloaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import calling, failure, port_holder, services
from aml_nb.core.webservice.deployment_configuration import LocalWebserviceDeploymentConfiguration
from aml_nb.core.webservice.local_changes import LocalChanges
from aml_nb.core.webservice.naming import not_found
from aml_nb.core.webservice.output import Dots, Operation, poll, waiting_for_deployment
from aml_nb.engines.base import ServiceStatus
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

__all__ = ["LocalWebservice", "LocalWebserviceDeploymentConfiguration"]


class LocalWebservice(LocalChanges):
    """A web service on this machine, without authentication.

    Parameters
    ----------
    workspace : the workspace it was deployed in.
    name : its name.
    must_exist : raise where there is none of that name; else the object has the state ``deleted``.

    Raises
    ------
    WebserviceException
        There is none of that name.
    """

    NETWORK_NAME = "azureml-local"
    STATE_DELETED = "deleted"
    STATE_DEPLOYING = "deploying"
    STATE_FAILED = "failed"
    STATE_RUNNING = "running"
    STATE_UNKNOWN = "unknown"
    _webservice_type = services.LOCAL

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        workspace, name, must_exist = _arguments(*args, **kwargs)
        if workspace is None or name is None:
            return object.__new__(cls)
        try:
            return super().__new__(cls, workspace, name)
        except WebserviceException:
            if must_exist:
                raise
        return _absent(workspace, name)

    def __init__(self, workspace: Workspace | None, name: str | None, must_exist: bool = True) -> None:
        """Everything is there already: ``__new__`` has found the service."""

    @staticmethod
    def deploy_configuration(port: int | None = None) -> LocalWebserviceDeploymentConfiguration:
        """How to deploy locally.

        Parameters
        ----------
        port : the port of its HTTP endpoint on this machine; a free one when None.

        Raises
        ------
        WebserviceException
            ``port`` is no port.
        """
        return LocalWebserviceDeploymentConfiguration(port)

    def _word(self, status: ServiceStatus) -> str:
        pending = self._record.get("pending")
        if services.out_of_sight(status):
            return self.STATE_UNKNOWN
        if pending and status.serving:
            return self.STATE_DEPLOYING
        words = {"Transitioning": self.STATE_DEPLOYING, "Healthy": self.STATE_RUNNING}
        words |= dict.fromkeys(("Failed", "Unhealthy", "Stopped", "Unschedulable"), self.STATE_FAILED)
        return words.get(status.state, self.STATE_UNKNOWN)

    def _take(self, status: ServiceStatus) -> None:
        super()._take(status)
        self._port = status.port

    @property
    def port(self) -> int | None:
        """The port of its HTTP endpoint."""
        return self._port

    @property
    def scoring_uri(self) -> str | None:
        """Where it is called; None of a service that does not run."""
        return self._scoring_uri

    @scoring_uri.setter
    def scoring_uri(self, value: str | None) -> None:
        self._scoring_uri = value

    @property
    def swagger_uri(self) -> str | None:
        """Where its OpenAPI description is; None of a service that does not run."""
        return self._swagger_uri

    @swagger_uri.setter
    def swagger_uri(self, value: str | None) -> None:
        self._swagger_uri = value

    def __repr__(self) -> str:
        return (
            f"LocalWebservice(workspace={self.workspace!r}, name={self.name}, image_id={self.image_id}, "
            f"compute_type={self.compute_type}, state={self.state}, scoring_uri={self._scoring_uri}, "
            f"tags={self.tags}, properties={self.properties})"
        )

    def wait_for_deployment(  # type: ignore[override]
        self, show_output: bool = False
    ) -> None:
        """Wait until the service answers.

        Parameters
        ----------
        show_output : accepted as in v1, which prints the same either way.

        Raises
        ------
        WebserviceException
            It did not start; ``source`` has the lines of the script.
        """
        print("Checking container health...", end="", flush=True)
        dots = Dots()
        try:
            error = self._settle(lambda: print(".", end="", flush=True) if dots.due() else None)
        finally:
            print()
        if self.state != self.STATE_RUNNING or error is not None:
            print("Container Logs:")
            print(self._logs(5000))
            raise error or failure.local_failed(self.workspace, self._record, None)
        print(f"Local webservice is running at http://localhost:{self.port}")

    def _settle(self, tick: Callable[[], None] = lambda: None) -> WebserviceException | None:
        """Wait for the newest revision, with ``tick`` at each look; the error where it did not start."""
        record = self._fetch()
        pending = record.get("pending")
        wanted = Operation(pending["revision"] if pending else record["spec"]["revision"])
        if self._operation is not None and self._operation.revision > wanted.revision:
            wanted = self._operation  # one that was refused is no longer pending
        last: list[ServiceStatus] = []

        def look() -> str:
            tick()
            self._told = self._fetch()
            status = self._refresh(self._told)
            last[:] = [status]
            return services.outcome_of(status, services.revision_of(self._told, wanted))

        with waiting_for_deployment():
            ended = poll(look)
        if ended == "Succeeded":
            return None
        error = port_holder.enrich(self.workspace, self._told, last[0].error)
        return failure.local_failed(self.workspace, self._told, error)

    def _fetch(self) -> services.Payload:
        record = services.records(self.workspace).get(services.handle_of(self.name, services.LOCAL))
        if record is None:
            self.state = self.STATE_DELETED
            raise not_found(self.workspace, self.name)
        return record

    def update_deployment_state(self, must_exist: bool = False) -> None:
        """Ask how the service is now.

        Parameters
        ----------
        must_exist : raise where it is gone; else its state is ``deleted``.

        Raises
        ------
        WebserviceException
            It is gone, and ``must_exist``.
        """
        try:
            self._refresh(self._fetch())
        except WebserviceException:
            if must_exist:
                raise

    def _await(self, what: str) -> None:
        """Wait for a service that is starting; raise for one that does not run."""
        if self.state == self.STATE_DEPLOYING:
            error = self._settle()
            if error is not None:
                raise error
        if self.state != self.STATE_RUNNING:
            raise WebserviceException(
                f"Cannot call {what} when service is {self.state}.", hint="print(service.get_logs())"
            )

    def run(self, input_data: Any) -> Any:
        """Call the service and return what the JSON of its answer says; one that is starting is waited for.

        Parameters
        ----------
        input_data : the body: text or bytes, sent as they are.

        Raises
        ------
        WebserviceException
            It does not run, or the answer was not 200; the log has more.
        """
        self._await("run()")
        try:
            return calling.score(self, input_data, lambda fresh: None)
        except WebserviceException as error:
            if error.status_code is None:
                raise
            reason = error.message.partition("\nContent: ")[2].partition("\n")[2]
            raise WebserviceException(
                f"Error: Scoring was unsuccessful.\n{reason}".rstrip(),
                status_code=error.status_code,
                inner_exception=error,
                source=error.source,
                hint=error.hint,
            ) from None

    def get_logs(self, num_lines: int = 5000, raw: bool = False) -> Any:
        """What the service wrote, also one that failed to start.

        Parameters
        ----------
        num_lines : at most so many lines, the last ones.
        raw : bytes instead of text.

        Raises
        ------
        WebserviceException
            The service is deleted.
        """
        if self.state == self.STATE_DELETED:
            raise WebserviceException(f"Cannot call get_logs() when service is {self.state}.")
        text = self._logs(num_lines)
        return text.encode() if raw else text

    def _logs(self, num_lines: int) -> str:
        return services.engine_of(self.workspace, self._record).logs(self._record["handle"], num_lines)

    def delete(self, delete_cache: bool = True, delete_image: bool = False, delete_volume: bool = True) -> None:
        """End the service and remove it.

        Parameters
        ----------
        delete_cache, delete_image, delete_volume : what v1 removes of Docker's. Container and image of the service are
            removed in any case; images of models and environments are kept for the next time (``aml-nb image prune``).
        """
        from aml_nb.core.webservice.deletion import delete

        if not delete(self.workspace, self._record["handle"]):
            print(f"No service with name {self.name} found to delete.")
        self.state = self.STATE_DELETED

    @staticmethod
    def list(  # type: ignore[override]
        workspace: Workspace, model_name: str | None = None, model_id: str | None = None, all: bool | None = None
    ) -> list[Any]:
        """The workspace's local web services.

        Parameters
        ----------
        workspace : the workspace.
        model_name, model_id : only those that serve this model.
        all : those that do not run too, which are always there.
        """
        from aml_nb.core.webservice.listing import local_services

        return local_services(workspace, model_name, model_id)

    def serialize(self) -> dict[str, Any]:
        """The service as a JSON-able dictionary."""
        return {**super().serialize(), "port": self._port}


def _arguments(workspace: Any = None, name: Any = None, must_exist: bool = True) -> tuple[Any, Any, bool]:
    return workspace, name, must_exist


def _absent(workspace: Workspace, name: str) -> LocalWebservice:
    """The object of a service that is not there."""
    service = object.__new__(LocalWebservice)
    service.workspace, service.name, service.compute_type = workspace, name, services.LOCAL
    service.state, service.error = LocalWebservice.STATE_DELETED, None
    service.tags = service.properties = service.image_id = service.image_digest = None
    service.created_time = service.updated_time = service.created_by = service.description = None
    service._port = service._credential = None
    service._scoring_uri = service._swagger_uri = None
    service._record = {"name": name, "handle": services.handle_of(name, services.LOCAL)}
    return service
