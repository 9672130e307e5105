"""Services as Docker containers: images are built, local services run in one container, the others in a fleet."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from tarfile import TarError
from typing import Any, ClassVar

from docker import DockerClient
from docker.errors import DockerException

from aml_nb.engines import collecting
from aml_nb.engines import supervisor as supervised
from aml_nb.engines.base import Change, Engine, Feature, ServiceError, ServiceSpec, ServiceStatus, Usage
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import container_logs, containers, naming, removal, solo_status, telling
from aml_nb.engines.docker.deployment import BUILD_LOG, Deployment, Solo
from aml_nb.engines.docker.fleet import network
from aml_nb.engines.docker.fleet_service import FleetService
from aml_nb.engines.docker.registered import DockerImages
from aml_nb.engines.docker.service_image import service_image
from aml_nb.engines.docker.solo import SoloService
from aml_nb.engines.folder import Keys, ServiceFolder, sweep
from aml_nb.engines.front import binary
from aml_nb.errors import AmlError
from aml_nb.scoring.config import SERVICE_FILE, ServerConfig
from aml_nb.scoring.history import Second, merged

_LOCAL = "LOCAL"
_GRACE_S = ServerConfig.drain_ms / 1000 + 2


class DockerEngine(Engine):
    """Runs services in containers of the daemon that DOCKER_HOST or the current context names."""

    name: ClassVar[str] = "docker"
    features: ClassVar[frozenset[Feature]] = frozenset(set(Feature) - {Feature.GPU})
    builds_images: ClassVar[bool] = True

    def start(self, spec: ServiceSpec, keys: Keys) -> None:
        if spec.kind != _LOCAL:
            binary.find()  # before what serves now is ended for a service that could not stand
        spec = self.scoped(spec)
        folder, client = self.folder(spec.handle), clients.connect()
        try:
            with network.meanwhile(client, self._root) if spec.kind != _LOCAL else nullcontext():
                image = self._stage(client, folder, spec, keys)
        except BaseException:
            shutil.rmtree(folder.staging, ignore_errors=True)
            raise
        with clients.plainly("remove the containers that were there"):
            self._end(client, folder)
        folder.adopt_staging()
        if spec.kind == _LOCAL:
            self._solo(client, spec).launch(spec, image, keys)
        else:
            FleetService(folder).launch()
        with clients.plainly("remove what is not needed any more"):
            removal.remove_images(client, spec.handle, self._root, but=frozenset({image}))
            removal.sweep(client, self._root)
        sweep(self._root)

    def update(self, spec: ServiceSpec, change: Change = Change.EVERYTHING) -> None:
        spec = self.scoped(spec)
        folder, client = self.folder(spec.handle), clients.connect()
        if not folder.exists() or (spec.kind == _LOCAL and Solo.read(folder.path) is None):
            self.start(spec, folder.keys(spec.keys_revision) or Keys.make())  # its deployment was interrupted
            return
        with clients.plainly(f"update the service {spec.name}"):
            if spec.kind == _LOCAL:
                self._solo(client, spec).update(spec, change)
                return
            fleet = FleetService(folder)
            images = [deployment.image for deployment in fleet.bases()]
            if change is Change.SETTINGS and images:
                image = images[0]
            else:
                kept = images[0] if change is Change.SOURCE and images else None
                image = self._build(client, spec, kept, folder.path / BUILD_LOG)
            fleet.update(Deployment(spec, image))
            removal.remove_images(client, spec.handle, self._root, but=frozenset([image, *images]))

    def status(self, handle: str) -> ServiceStatus:
        folder = self.folder(handle)
        deployment = Deployment.read(folder.path)
        if deployment is None or not folder.exists():
            return _unfinished(folder)
        if deployment.spec.kind != _LOCAL:
            return FleetService(folder).status()
        solo = Solo.read(folder.path)
        if solo is None:
            return _unfinished(folder)
        try:
            return solo_status.status(clients.connect(clients.LOOK_S), folder, solo)
        except clients.DaemonAway as error:
            return _unknown(folder, deployment.spec, solo, error)

    def logs(self, handle: str, lines: int) -> str:
        folder = self.folder(handle)
        deployment = Deployment.read(folder.path)
        many = deployment is not None and deployment.spec.kind != _LOCAL
        try:
            client = clients.connect(clients.LOOK_S)
            with clients.plainly("read the logs"):
                found = removal.containers_of(client, handle, self._root)
                told = container_logs.read(found, folder.path, lines, mark=many)
        except clients.DaemonAway as error:
            told = container_logs.read([], folder.path, lines) + f"{error.message.splitlines()[-1]}\n"
        return told or FleetService(folder).logs(lines)

    def stop(self, handle: str) -> None:
        folder, client = self.folder(handle), clients.connect()
        with clients.plainly("remove the service"):
            self._end(client, folder)
            network.release(client, self._root)
            folder.discard()
            removal.remove_images(client, handle, self._root)
            removal.sweep(client, self._root)
        sweep(self._root)

    def rekey(self, handle: str, keys: Mapping[int, Keys]) -> None:
        folder = self.folder(handle)
        for revision, brought in keys.items():
            folder.write_keys(brought, revision=revision)
        client = clients.connect()
        with clients.plainly("give the service its new keys"):
            for container in removal.containers_of(client, handle, self._root):
                ours = containers.is_ours(client, container.attrs["Image"])
                theirs = keys.get(containers.keys_revision(container))
                if ours and theirs and container.status in ("created", "running"):
                    containers.put_keys(container, theirs)
                    if container.status == "running":  # at once, for whoever asked for new keys will use them
                        containers.signal(container, signal.SIGHUP)
        deployment = Deployment.read(folder.path)
        if deployment is not None and deployment.spec.kind != _LOCAL:
            FleetService(folder).tell()

    def remind(self, handle: str) -> None:
        folder = self.folder(handle)
        deployment = Deployment.read(folder.path)
        if deployment is None:
            return
        if deployment.spec.kind != _LOCAL:
            FleetService(folder).remind()
            return
        with suppress(AmlError, DockerException):  # the next look tells that Docker is away
            solo_status.remind(clients.connect(clients.LOOK_S), folder)

    def usage(self, handle: str) -> Usage | None:
        client = clients.connect(clients.LOOK_S)
        with clients.plainly("measure the service"):
            running = [c for c in removal.containers_of(client, handle, self._root) if c.status == "running"]
            told = [client.api.stats(c.id, stream=False, one_shot=True) for c in running]
        if not told:
            return None
        cpu = sum(facts["cpu_stats"]["cpu_usage"]["total_usage"] for facts in told) / 1e9
        return Usage(cpu, sum(_memory(facts["memory_stats"]) for facts in told))

    def history(self, handle: str, seconds: int) -> list[Second]:
        kept = super().history(handle, seconds)
        deployment = Deployment.read(self.folder(handle).path)
        if deployment is None or deployment.spec.kind != _LOCAL:
            return kept
        with suppress(AmlError, DockerException, TarError):
            found = removal.containers_of(clients.connect(clients.LOOK_S), handle, self._root)
            return merged([kept, *(telling.seconds_of(container, seconds) for container in found)])
        return kept

    def fetch_told(self, handle: str) -> bool:
        deployment = Deployment.read(self.folder(handle).path)
        if deployment is None or not collecting.tells(deployment.spec):
            return False
        with suppress(AmlError, DockerException, OSError, TarError):  # the next time, then
            for container in removal.containers_of(clients.connect(clients.LOOK_S), handle, self._root):
                if container.status == "running":
                    telling.fetch(container, self.folder(handle))
        return True

    def images(self) -> DockerImages:
        return DockerImages(self._root, self._fetch)

    def missing(self, spec: ServiceSpec) -> list[str]:
        if spec.gpu > 0 and containers.gives_gpus(clients.connect()):
            spec = replace(spec, gpu=0)
        return super().missing(spec)

    # parts

    def _stage(self, client: DockerClient, folder: ServiceFolder, spec: ServiceSpec, keys: Keys) -> str:
        """Lay out the service's folder and build its image."""
        shutil.rmtree(folder.staging, ignore_errors=True)
        os.makedirs(folder.staging, mode=0o700)
        folder.say("Generating deployment configuration.", folder.staging)
        for sentence in self.missing(spec):
            folder.say(sentence, folder.staging)
        folder.write_keys(keys, folder.staging, spec.keys_revision)
        log = folder.early_log  # what is staged does not outlive a build that fails
        log.unlink(missing_ok=True)
        image = self._build(client, spec, None, log)
        if log.exists():
            os.replace(log, folder.staging / BUILD_LOG)
        naming.server_config(spec).write(folder.staging / SERVICE_FILE)
        Deployment(spec, image).write(folder.staging)
        if spec.kind != _LOCAL:
            supervised.link_package(folder.staging)
        folder.say("Submitting deployment to compute.", folder.staging)
        return image

    def _build(self, client: DockerClient, spec: ServiceSpec, before: str | None, log: Path) -> str:
        """The image of a specification; one that is there already is taken as it is."""
        if spec.image is not None:
            with clients.plainly(f"find the image {spec.image}"):
                client.images.get(spec.image)
            return spec.image
        self.tell("Generating Docker build context.")
        self.tell("Building Docker image from Dockerfile...")
        avoid = self._root.parent
        return service_image(client, spec, self._fetch, avoid, self.progress, before, root=self._root, log=log)

    def _solo(self, client: DockerClient, spec: ServiceSpec) -> SoloService:
        def build(wanted: ServiceSpec, before: str | None, place: Path) -> str:
            return self._build(client, wanted, before, place / BUILD_LOG)

        return SoloService(client, self.folder(spec.handle), build, self._fetch, self.tell)

    def _end(self, client: DockerClient, folder: ServiceFolder) -> None:
        """End whatever carries the service now."""
        FleetService(folder).end()
        for container in removal.containers_of(client, folder.handle, self._root):
            telling.keep(container, folder)
        if removal.remove_containers(client, folder.handle, self._root, grace_s=_GRACE_S):
            self.tell("Container has been successfully cleaned up.")


def _memory(facts: dict[str, Any]) -> int:
    """Bytes in use, as ``docker stats`` tells them: files that were read and can be dropped are not counted."""
    detail = facts.get("stats") or {}
    dropped = detail.get("total_inactive_file", detail.get("inactive_file", 0))
    return max(0, int(facts.get("usage", 0)) - int(dropped))


def _unfinished(folder: ServiceFolder) -> ServiceStatus:
    """A service that was not set up, or not yet."""
    if folder.busy():
        return ServiceStatus("Transitioning")
    why = "The deployment was interrupted before the service was set up."
    return ServiceStatus("Failed", error=ServiceError("interrupted", why))


def _unknown(folder: ServiceFolder, spec: ServiceSpec, solo: Solo, error: clients.DaemonAway) -> ServiceStatus:
    """What can be told of a local service while Docker does not answer."""
    why = ServiceError("daemon-away", f"{error.message.splitlines()[-1]} What runs goes on, unless Docker has ended.")
    submitted = solo_status.submitted_revision(folder)
    return ServiceStatus("Unhealthy", revision=spec.revision, submitted=submitted, replicas_wanted=1, error=why)
