"""How a local service is, from Docker and from the server in its container."""

from __future__ import annotations

import signal
from contextlib import suppress
from dataclasses import replace

from docker import DockerClient
from docker.errors import DockerException, NotFound
from docker.models.containers import Container

from aml_nb.engines.base import ServiceError, ServiceStatus
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import containers, inside, removal
from aml_nb.engines.docker.deployment import Deployment, Solo
from aml_nb.engines.docker.observing import Observation, observe, removed, state_file
from aml_nb.engines.folder import ServiceFolder
from aml_nb.errors import WebserviceException
from aml_nb.scoring.config import ServerConfig

_GONE = ("exited", "dead", "removed", "removing")


def find(client: DockerClient, solo: Solo) -> Container | None:
    """The container of a service; None where it is gone, or never was."""
    if not solo.container:
        return None
    with clients.plainly(f"look for the container {solo.name}"):
        try:
            container: Container = client.containers.get(solo.container)
        except NotFound:
            return None
        return container


def status(client: DockerClient, folder: ServiceFolder, solo: Solo) -> ServiceStatus:
    """How the service is right now.

    Raises
    ------
    DaemonAway
        Docker does not answer.
    """
    submitted = submitted_revision(folder)
    if not solo.container:
        return ServiceStatus("Failed", submitted=submitted, error=solo.error)
    container = find(client, solo)
    if solo.leaving and container is not None and container.status == "exited":
        _bring_back(client, folder, container)
    seen = removed(solo.name) if container is None else observe(container, submitted, fresh=True)
    if container is not None and seen.ready:
        _keep_up(folder, solo, container, seen, submitted)
    if seen.word in _GONE and folder.busy():
        return ServiceStatus("Transitioning", submitted=submitted)  # another deployment is taking its place
    return _told(solo, seen, submitted)


def serving_revision(client: DockerClient, folder: ServiceFolder, solo: Solo, container: Container | None) -> int:
    """The revision to go on from: the newest, or the one that serves where the newest did not start.

    One that was noted by somebody who was killed before it was submitted never came to be.
    """
    submitted = submitted_revision(folder)
    newest = max((number for number in solo.revisions if number <= submitted), default=max(solo.revisions))
    if container is None:
        return newest
    now = status(client, folder, solo)
    failed = now.error is not None and now.error.revision is not None and now.error.revision > now.revision
    other = failed or now.revision > newest
    return now.revision if other and now.serving and now.revision in solo.revisions else newest


def remind(client: DockerClient, folder: ServiceFolder) -> None:
    """Let the server in the container hear of the newest revision, where whoever submitted it was killed before."""
    with suppress(BlockingIOError), folder.exclusive(wait=False):
        solo, submitted = Solo.read(folder.path), submitted_revision(folder)
        container = None if solo is None else find(client, solo)
        if solo is None or container is None or container.status != "running" or submitted not in solo.revisions:
            return
        told = state_file(container)
        if told.get("pending") is None and 0 < (told.get("revision") or 0) < submitted:
            containers.put_config(container, solo.revisions[submitted].server_config())
            containers.signal(container, signal.SIGHUP)


def submitted_revision(folder: ServiceFolder) -> int:
    """The newest revision that the service was given."""
    try:
        return ServerConfig.read(folder.service_file).revision
    except (OSError, ValueError, TypeError):
        return 0


def _told(solo: Solo, seen: Observation, submitted: int) -> ServiceStatus:
    word = _word(seen)
    error = seen.error
    if solo.error is not None and (seen.ready or error is None):
        error = solo.error
    port = None if word == "Failed" else (solo.port if solo.host == "localhost" else inside.PORT)
    if word == "Failed" and error is not None and error.revision is None:
        error = replace(error, revision=submitted)
    return ServiceStatus(
        word,
        host=solo.host,
        port=port,
        revision=seen.revision or 0,
        submitted=submitted,
        replicas_ready=int(seen.ready),
        replicas_wanted=1,
        error=error,
    )


def _word(seen: Observation) -> str:
    """v1's word for a container's state."""
    if seen.ready:
        return "Healthy"
    if seen.word in _GONE:
        return "Failed"
    if seen.word == "created" or (seen.word == "running" and not (seen.started_before or seen.restarts)):
        return "Transitioning"
    return "Unhealthy"


def _keep_up(folder: ServiceFolder, solo: Solo, container: Container, seen: Observation, submitted: int) -> None:
    """What is to be done once a container answers: its limits, and what it starts with when it comes back."""
    deployment = Deployment.read(folder.path)
    with suppress(WebserviceException):
        if deployment is not None:
            containers.confirm(container, deployment.spec)
        error: ServiceError | None = seen.error
        if error is not None and error.revision == submitted != solo.settled and seen.revision in solo.revisions:
            _settle(folder, solo, container, int(seen.revision), submitted)


def _bring_back(client: DockerClient, folder: ServiceFolder, container: Container) -> None:
    """Start a container again that was stopped for another one, by somebody who was killed before that had its port."""
    with suppress(BlockingIOError, DockerException), folder.exclusive(wait=False):
        now = Solo.read(folder.path)
        if now is None or not now.leaving or now.container != container.id:
            return
        removal.remove_containers(client, folder.handle, folder.root, but=container.id)
        container.start()
        container.reload()
        replace(now, leaving=False).write(folder.path)


def _settle(folder: ServiceFolder, solo: Solo, container: Container, serving: int, submitted: int) -> None:
    """A revision that did not start is not to be tried again when the container comes back.

    Whoever updates the service now writes this file too: then it is theirs to say.
    """
    with suppress(BlockingIOError), folder.exclusive(wait=False):
        if submitted_revision(folder) == submitted:
            containers.put_config(container, solo.revisions[serving].server_config())
            replace(solo, settled=submitted).write(folder.path)
