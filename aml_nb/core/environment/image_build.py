"""What an environment is built into before anything needs it: an image where services run in images, else a Python."""

from __future__ import annotations

import json
import platform
import sys
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb import scoring
from aml_nb.core.environment.container_registry import ContainerRegistry
from aml_nb.errors import NotAvailableError, UserErrorException, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.environment.environment import Environment
    from aml_nb.core.environment.sections import DockerImagePlatform
    from aml_nb.core.workspace import Workspace
    from aml_nb.engines.base import Engine, Packages

_RUNNING, _SUCCEEDED, _FAILED = "Running", "Succeeded", "Failed"
_FOLDER, _KEPT_LOGS, _POLL_S = "environment-builds", 20, 0.05
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


class ImageBuildDetails:
    """A build that was begun: how it stands, and what it says.

    Parameters
    ----------
    environment_client : the future of what is built: the image's name, or the path of a Python.
    location : the file with its log.

    Attributes
    ----------
    log_url : the address of the log, a file.
    """

    def __init__(self, environment_client: Future[str], location: Path) -> None:
        self.environment_client = environment_client
        self.log_url = location.as_uri()
        self._log = location

    @property
    def status(self) -> str:
        """``Running``, ``Succeeded`` or ``Failed``."""
        if not self.environment_client.done():
            return _RUNNING
        return _SUCCEEDED if self.environment_client.exception() is None else _FAILED

    def get_log(self) -> str:
        """What the build has said until now; nothing where so many were begun since that its log is gone."""
        try:
            return self._log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def wait_for_completion(self, show_output: bool = True) -> ImageBuildDetails:
        """Wait until it is built.

        Parameters
        ----------
        show_output : print the log as it grows.

        Raises
        ------
        UserErrorException, WebserviceException
            It cannot be built; the message names the line of the environment that was to blame.
        """
        self._follow(show_output)
        error = self.environment_client.exception()
        if error is not None:
            raise error
        return self

    def _follow(self, show: bool) -> None:
        told, status = 0, self.status
        _write(show, f"Image Build Status: {status}\n\n")
        while True:
            ended = self.environment_client.done()
            log = self.get_log()
            whole = len(log) if ended else log.rfind("\n") + 1
            _write(show, log[told:whole])
            told = whole
            if ended:
                break
            time.sleep(_POLL_S)
        if self.status != status:
            _write(show, f"\nImage Build Status: {self.status}\n\n")


class DockerImageDetails(dict[str, Any]):
    """What is known of an environment's image: a dictionary, with its most wanted values as properties."""

    @property
    def image_exist(self) -> bool:
        """Whether it was built already."""
        return bool(self["imageExistsInRegistry"])

    @property
    def repository(self) -> str | None:
        """The image's name with its tag; None where it was not built."""
        name: str | None = self["dockerImage"]["name"]
        return name

    @property
    def registry(self) -> ContainerRegistry:
        """The registry that it is in: that of this machine's Docker, which has no address and no login."""
        found = ContainerRegistry()
        found.address = self["dockerImage"]["registry"]["address"]
        return found

    @property
    def image(self) -> str | None:
        """What ``docker run`` calls it."""
        address, name = self.registry.address, self.repository
        return f"{address}/{name}" if address and name else name

    @property
    def interpreter_path(self) -> str | None:
        """The Python that scripts run in."""
        path: str | None = self["pythonEnvironment"]["interpreterPath"]
        return path

    @property
    def environment_path(self) -> str | None:
        """The folder of the Python environment."""
        path: str | None = self["pythonEnvironment"]["condaEnvironmentPath"]
        return path

    @property
    def dockerfile(self) -> str | None:
        """The steps that make it; None where services run as processes."""
        text: str | None = self["ingredients"]["dockerfile"]
        return text

    def __repr__(self) -> str:
        return json.dumps(self, indent=4)

    __str__ = __repr__


def build(environment: Environment, workspace: Workspace) -> ImageBuildDetails:
    """Begin to build what services with the environment need; ``Environment.build`` documents it."""
    from aml_nb.core.webservice import services

    return _begin(environment, workspace, services.new_engine(workspace))


def build_local(
    environment: Environment, workspace: Workspace, wanted: DockerImagePlatform | None, options: dict[str, Any]
) -> str:
    """Build on this machine and wait for it; ``Environment.build_local`` documents it."""
    from aml_nb.core.webservice import services
    from aml_nb.engines.select import check

    in_docker, push = options.pop("useDocker", False), options.pop("pushImageToWorkspaceAcr", False)
    if options:
        raise TypeError(f"build_local() got an unexpected keyword argument {next(iter(options))!r}")
    if push and not in_docker:
        raise UserErrorException("pushImageToWorkspaceAcr is for an image.", hint="useDocker=True")
    if in_docker:
        _check_platform(wanted)
        check("docker")
    engine = services.engine_of(workspace, {"engine": "docker" if in_docker else "process"})
    details = _begin(environment, workspace, engine)
    details.wait_for_completion()
    if push:
        print("There is no registry to push it to: the image is in this machine's Docker, where services find it.")
    return details.environment_client.result()


def details(environment: Environment, workspace: Workspace) -> DockerImageDetails:
    """What is known of the environment's image; ``Environment.get_image_details`` documents it."""
    from aml_nb.core.image.specification import files_of, naming_line
    from aml_nb.core.resolve.ready import resolve_ready
    from aml_nb.core.webservice import services

    images = services.new_engine(workspace).images()
    if images is None:
        with naming_line(files_of(environment)):
            ready = resolve_ready(environment, also=scoring.REQUIREMENTS)
        python = None if ready is None else ready.python
        return _details(None, None, python, None if python is None else str(Path(python).parent.parent))
    found = images.environment(_packages(environment)[0])
    return _details(found.location, found.dockerfile, found.python, found.folder)


def _details(name: str | None, dockerfile: str | None, python: str | None, folder: str | None) -> DockerImageDetails:
    return DockerImageDetails(
        imageExistsInRegistry=name is not None,
        dockerImage={"name": name, "registry": {"address": None, "username": None, "password": None}},
        pythonEnvironment={"interpreterPath": python, "condaEnvironmentPath": folder},
        ingredients={"dockerfile": dockerfile},
    )


def _begin(environment: Environment, workspace: Workspace, engine: Engine) -> ImageBuildDetails:
    images = engine.images()
    log = _new_log(workspace, environment.name)
    if images is None:

        def make() -> str:
            return _resolved(environment, log)

    else:
        packages, notes = _packages(environment)
        for note in notes:
            _say(log, note)

        def make() -> str:
            return images.build_environment(packages, log)

    code = None if images is None else "image"  # that the daemon has gone is no line's fault
    return ImageBuildDetails(_started(make, environment, log, code), log)


def _resolved(environment: Environment, log: Path) -> str:
    """The Python for services; that for runs, which holds more of aml_nb's own needs, is made too."""
    from aml_nb.core.resolve import resolve_environment
    from aml_nb.core.resolve.ready import run_requirements

    def tell(line: str) -> None:
        _say(log, line)

    found = resolve_environment(environment, progress=tell)
    for line in (*found.satisfied, *found.notes):
        tell(line)
    resolve_environment(environment, progress=tell, also=run_requirements())
    return found.python


def _started(make: Callable[[], str], environment: Environment, log: Path, code: str | None) -> Future[str]:
    """The build, in a thread that no kernel waits for when it ends."""
    from aml_nb.core.image.specification import files_of, naming_line

    named, future = naming_line(files_of(environment), code), Future[str]()

    def run() -> None:
        try:
            with named:
                made = make()
        except BaseException as error:
            _say(log, f"Failed: {getattr(error, 'message', error)}")
            future.set_exception(error)
        else:
            _say(log, f"The environment {environment.name} is ready: {made}")
            future.set_result(made)

    future.set_running_or_notify_cancel()
    threading.Thread(target=run, name=f"aml_nb-build-{environment.name}", daemon=True).start()
    return future


def _packages(environment: Environment) -> tuple[Packages, list[str]]:
    from aml_nb.core.image.specification import files_of, naming_line
    from aml_nb.core.resolve.image import packages_of

    with naming_line(files_of(environment)):
        return packages_of(environment, None, "")


def _check_platform(wanted: DockerImagePlatform | None) -> None:
    here = platform.machine()
    if wanted is None or (wanted.os.lower() == "linux" and _MACHINES.get(wanted.architecture, "") == here):
        return
    raise NotAvailableError(
        f"An image for {wanted.os} on {wanted.architecture} cannot be built here: this machine is Linux on {here}.",
        hint="environment.build_local(ws, useDocker=True)",
    )


def _new_log(workspace: Workspace, name: str) -> Path:
    folder = workspace._folder / _FOLDER
    try:
        folder.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):  # somebody else who builds tidies too
            for old in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)[:-_KEPT_LOGS]:
                old.unlink(missing_ok=True)
        log = folder / f"{uuid.uuid4()}.txt"
        log.write_text(f"Building the environment {name}.\n", encoding="utf-8")
    except OSError as error:
        raise WebserviceException(f"The build's log cannot be written: {error}", hint="free some space") from None
    return log


def _say(log: Path, line: str) -> None:
    with suppress(OSError), open(log, "a", encoding="utf-8") as file:  # a full disk fails the build, not its telling
        file.write(f"{line}\n")


def _write(show: bool, text: str) -> None:
    if show:
        sys.stdout.write(text)
        sys.stdout.flush()
