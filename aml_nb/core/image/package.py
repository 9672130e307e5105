"""ModelPackage: what ``Model.package`` makes, an image or a Dockerfile with its context."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from aml_nb.core.image import building
from aml_nb.core.image.waiting import wait
from aml_nb.core.store.errors import readable_files
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from pathlib import Path

    from aml_nb.core.environment import Environment
    from aml_nb.core.environment.container_registry import ContainerRegistry
    from aml_nb.core.workspace import Workspace


class ModelPackage:
    """Models, a script and their environment, to be run outside the workspace.

    Parameters
    ----------
    workspace : the workspace it was made in.
    operation_id : its id there.
    environment : the environment inside.

    Attributes
    ----------
    state : ``Queued``, ``Running``, ``Succeeded`` or ``Failed``.
    location : the image's name for ``docker run``, or the address of the folder with the Dockerfile.
    package_build_log_uri : the address of the build's log, a file.
    generate_dockerfile : whether it is a Dockerfile with its context.
    error : why it failed.

    Raises
    ------
    WebserviceException
        The workspace knows no such package.
    """

    def __init__(self, workspace: Workspace, operation_id: str, environment: Environment | None) -> None:
        self.workspace = workspace
        self.environment = environment
        self._operation_id = operation_id
        self.update_creation_state()

    def __repr__(self) -> str:
        return (
            f"ModelPackage(workspace={self.workspace!r}, operation_id={self._operation_id}, state={self.state}, "
            f"location={self.location}, generate_dockerfile={self.generate_dockerfile})"
        )

    def update_creation_state(self) -> None:
        """Ask how the package is now."""
        record = building.settle(self.workspace, building.PACKAGE, self._operation_id)
        if record is None:
            raise WebserviceException(
                f"PackageNotFound: Package with operation id {self._operation_id} not found in provided workspace",
                status_code=404,
                hint="Model.package(ws, [model], inference_config)",
            )
        self._record = record
        self.state: str = record["creationState"]
        self.error: dict[str, Any] | None = record["error"]
        self.location: str | None = record.get("imageLocation")
        self.generate_dockerfile: bool = record["generateDockerfile"]
        self.package_build_log_uri: str = self._log.as_uri()

    def wait_for_creation(self, show_output: bool = False) -> None:
        """Wait until the package is made.

        Parameters
        ----------
        show_output : print the build's log as it grows.

        Raises
        ------
        WebserviceException
            It could not be made: ``source`` has the line of the user's own file, the message where the log is.
        """
        told = 0

        def tell() -> None:
            nonlocal told
            new = self.get_logs(decode=False, offset=told)
            told += len(new)
            sys.stdout.write(new.decode("utf-8", "replace"))
            sys.stdout.flush()

        def ask() -> str:
            self.update_creation_state()
            return self.state

        ended = wait(ask, show_output, tell if show_output else None)
        if ended != building.SUCCEEDED:
            raise building.failure(self.workspace, building.PACKAGE, self._record, f"Package creation {ended}")
        if show_output:
            print(f"Package creation {ended}")

    def get_logs(self, decode: bool = True, offset: int = 0) -> Any:
        """The log of the build.

        Parameters
        ----------
        decode : text; else bytes.
        offset : leave out so many bytes at its start.
        """
        with self._log.open("rb") as file:
            file.seek(offset)
            data = file.read()
        # What is written now may end within a line, even within a character: the next look has the whole of it.
        whole = data if self.state in building.ENDED else data[: data.rfind(b"\n") + 1]
        return whole.decode("utf-8", "replace") if decode else whole

    def get_container_registry(self) -> ContainerRegistry:
        """The registry that the image is in: that of this machine's Docker, which has no address and no login."""
        from aml_nb.core.environment.container_registry import ContainerRegistry

        self._require_made()
        return ContainerRegistry()

    def pull(self) -> None:
        """See that the image is in this machine's Docker, where it was built.

        Raises
        ------
        WebserviceException
            The package is a Dockerfile, is not made, or its image was removed.
        """
        from aml_nb.core.webservice import services

        self._require_made()
        if self.generate_dockerfile:
            raise WebserviceException(
                "pull() is for a package that is an image; this one is a Dockerfile.", hint="package.save('./package')"
            )
        images = services.engine_of(self.workspace, self._record).images()
        assert images is not None and self.location is not None
        if not images.exists(self.location):
            raise WebserviceException(
                f"The image {self.location} is not in this machine's Docker any more.",
                hint="Model.package(...) makes it again",
            )
        print(f"The image {self.location} is in this machine's Docker: there is nothing to pull.")

    def save(self, output_directory: str) -> None:
        """Write the Dockerfile and its context to a folder, for ``docker build``.

        Parameters
        ----------
        output_directory : the folder, made where it is not there. What an earlier ``save`` wrote is replaced.

        Raises
        ------
        WebserviceException
            The package is an image, is not made, or the folder holds other things of the same names.
        """
        from aml_nb.core.image import context

        self._require_made()
        if not self.generate_dockerfile:
            raise WebserviceException(
                f"save() is for a package that is a Dockerfile; this one is the image {self.location}.",
                hint=f"docker save {self.location} -o package.tar, or Model.package(..., generate_dockerfile=True)",
            )
        folder = building.folder_of(self.workspace, building.PACKAGE, self._record)
        with readable_files(output_directory):
            target = context.save(folder / context.CONTEXT, output_directory)
        print(f"Saved the Dockerfile and its context to {target}: docker build -t {self._record['reference']} {target}")

    def serialize(self) -> dict[str, Any]:
        """The package as a JSON-able dictionary."""
        return {
            "workspaceName": self.workspace.name,
            "operationId": self._operation_id,
            "name": self._record["reference"],
            "state": self.state,
            "location": self.location,
            "generateDockerfile": self.generate_dockerfile,
            "packageBuildLogUri": self.package_build_log_uri,
            "modelIds": list(self._record["modelIds"]),
            "environment": self._record["environment"],
            "error": self.error,
        }

    @property
    def _log(self) -> Path:
        return building.log_of(self.workspace, building.PACKAGE, self._record)

    def _require_made(self) -> None:
        self.update_creation_state()
        if self.state != building.SUCCEEDED:
            raise WebserviceException(
                f"The package is not made: its state is {self.state}.",
                hint="package.wait_for_creation(show_output=True)",
            )
