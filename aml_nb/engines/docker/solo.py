"""Local services: one container each, published on this machine's loopback.

A changed script, and changed models too, go into the running container as one more revision, which its supervisor
rolls out; no request is lost. Another environment, or another port, needs another container: see ``handover``.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath

from docker import DockerClient
from docker.errors import DockerException
from docker.models.containers import Container

from aml_nb.engines import snapshot
from aml_nb.engines.base import Change, Fetch, ServiceError, ServiceSpec
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import container_logs, containers, inside, launching, naming, removal, tarring, telling
from aml_nb.engines.docker.deployment import Deployment, Revision, Solo
from aml_nb.engines.docker.handover import Handover
from aml_nb.engines.docker.solo_status import find, serving_revision
from aml_nb.engines.folder import Keys, ServiceFolder

Build = Callable[[ServiceSpec, "str | None", Path], str]
"""Builds the image of a specification; the tag is that of an image whose models are to be kept, the path a log."""


class SoloService:
    """Carries one local service.

    Parameters
    ----------
    client : of the daemon.
    folder : of the service.
    build : builds images.
    fetch : puts the bytes of a digest at a path.
    tell : says a line to whoever waits.
    """

    def __init__(
        self, client: DockerClient, folder: ServiceFolder, build: Build, fetch: Fetch, tell: Callable[[str], None]
    ) -> None:
        self._client = client
        self._folder = folder
        self._build = build
        self._fetch = fetch
        self._tell = tell

    def launch(self, spec: ServiceSpec, image: str, keys: Keys) -> None:
        """Start the container of a service that has just been set up."""
        config = naming.server_config(spec)
        revision = Revision(image, inside.APP_ROOT, None, asdict(config))
        self._start(spec, Solo("", "", 0, image).having(spec.revision, revision), spec.port, keys)

    def update(self, spec: ServiceSpec, change: Change) -> None:
        """Bring another revision; the old one serves until the new one does."""
        solo = Solo.read(self._folder.path)
        keys = self._folder.keys()
        if solo is None or keys is None:
            raise RuntimeError(f"The service {spec.name} was never set up.")
        handle, root = self._folder.handle, self._folder.root
        removal.remove_containers(self._client, handle, root, but=solo.container)  # of updates that were killed
        container = find(self._client, solo)
        serving = serving_revision(self._client, self._folder, solo, container)
        base = solo.revisions[serving]
        image = self._image(spec, change, base)
        patch = self._patch(spec, change, base)
        before = Deployment.read(self._folder.path)
        self._folder.say(f"Submitting revision {spec.revision} to compute.")
        if container is None or container.status != "running" or containers.cut_off(container):
            self._restart(spec, solo, image, patch, keys)
        elif self._fits(solo, image, spec.port):
            self._put_in(container, spec, solo, serving, image, patch, change)
        else:
            revision = self._revision(spec, image, patch)
            Handover(self._client, self._folder, container, solo, spec, revision, keys, self._furnish).run()
            self._submit(spec, image)
        self._clean(solo, before)

    def _submit(self, spec: ServiceSpec, image: str) -> None:
        """From now on the revision is under way, whatever becomes of this process."""
        Deployment(spec, image).write(self._folder.path)
        naming.server_config(spec).write(self._folder.service_file)

    # a container of its own

    def _start(self, spec: ServiceSpec, solo: Solo, port: int | None, keys: Keys) -> None:
        """Make and start the container; one that cannot have its port is told by the status."""
        revision = solo.revisions[spec.revision]
        self._tell("Starting Docker container...")
        try:
            container, port, host = launching.launch(
                self._client, self._folder, spec, revision, keys, port, self._furnish
            )
        except clients.PortTaken as error:
            why = ServiceError("port-in-use", error.message, revision=spec.revision)
            replace(solo, container="", port=port or 0, error=why).write(self._folder.path)
            return
        self._tell("Docker container running.")
        environment = environment_of(self._client, revision.image)
        replace(
            solo,
            container=str(container.id),
            name=str(container.name),
            port=port,
            host=host,
            image=revision.image,
            environment=environment,
            models={revision.image: inside.APP_ROOT},
            error=None,
        ).write(self._folder.path)

    def _restart(self, spec: ServiceSpec, solo: Solo, image: str, patch: str | None, keys: Keys) -> None:
        """Start a service again whose container does not run."""
        for old in removal.containers_of(self._client, self._folder.handle, self._folder.root):
            container_logs.keep(old, self._folder.path)
            telling.keep(old, self._folder)
            telling.keep_history(old, self._folder)
        removal.remove_containers(self._client, self._folder.handle, self._folder.root)
        solo = solo.having(spec.revision, self._revision(spec, image, patch))
        self._submit(spec, image)
        self._start(spec, solo, spec.port or solo.port or None, keys)

    def _revision(self, spec: ServiceSpec, image: str, patch: str | None) -> Revision:
        """The revision in a container that is made of its image."""
        root = inside.APP_ROOT if patch is None else f"{naming.REVISIONS}/{patch}"
        return Revision(image, root, patch, asdict(naming.server_config(spec, root)))

    def _furnish(self, container: Container, revision: Revision, models: str = inside.APP_ROOT) -> None:
        """Put a reloaded script into a container; its models are those below ``models`` there."""
        if revision.patch is not None:
            self._put_tree(container, self._folder.revisions / revision.patch, revision.patch, models)

    # the running container

    def _fits(self, solo: Solo, image: str, port: int | None) -> bool:
        """Whether the running container can take a revision in."""
        ours = containers.is_ours(self._client, image) and containers.is_ours(self._client, solo.image)
        return ours and port in (None, solo.port) and environment_of(self._client, image) == solo.environment

    def _put_in(
        self,
        container: Container,
        spec: ServiceSpec,
        solo: Solo,
        serving: int,
        image: str,
        patch: str | None,
        change: Change,
    ) -> None:
        """Let the supervisor of the running container roll the revision out."""
        root, models = solo.revisions[serving].root, solo.models
        if change is Change.SOURCE and patch is not None:
            root = f"{naming.REVISIONS}/{patch}"
            self._put_tree(container, self._folder.revisions / patch, patch, models[image])
        elif change is Change.EVERYTHING:
            root = f"{naming.REVISIONS}/{spec.revision}"
            self._put_everything(container, spec)
            models = {**models, image: root}
        config = naming.server_config(spec, root)
        revision = Revision(image, root, patch, asdict(config))
        after = solo.having(spec.revision, revision, serving, models=models, error=None)
        after.write(self._folder.path)
        self._submit(spec, image)
        containers.put_config(container, config)
        containers.signal(container, signal.SIGHUP)
        if change is not Change.SETTINGS:
            containers.remove_revisions(container, after.places())

    def _put_everything(self, container: Container, spec: ServiceSpec) -> None:
        staged = self._folder.path / f".revision-{spec.revision}"
        shutil.rmtree(staged, ignore_errors=True)
        try:
            snapshot.take(spec, staged, self._fetch, self._folder.root.parent)
            entries = tarring.tree(staged, f"{_revisions_name()}/{spec.revision}", containers.OWNER)
            containers.put_all(container, entries)
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    def _put_tree(self, container: Container, folder: Path, name: str, models: str) -> None:
        place = f"{_revisions_name()}/{name}"
        link = tarring.Entry(f"{place}/{snapshot.MODELS}", link=f"{models}/{snapshot.MODELS}", owner=containers.OWNER)
        containers.put_all(container, [*tarring.tree(folder, place, containers.OWNER), link])

    # images and sources

    def _image(self, spec: ServiceSpec, change: Change, base: Revision) -> str:
        if change is not Change.EVERYTHING:
            return base.image
        return self._build(spec, None, self._folder.path)

    def _patch(self, spec: ServiceSpec, change: Change, base: Revision) -> str | None:
        """The folder of the changed script; what does not change it keeps the one before."""
        if change is Change.EVERYTHING:
            return None
        if change is Change.SETTINGS:
            return base.patch
        root = self._folder.revisions / str(spec.revision)
        shutil.rmtree(root, ignore_errors=True)
        self._folder.revisions.mkdir(exist_ok=True)
        snapshot.take_source(spec, root, self._folder.root.parent)
        return str(spec.revision)

    def _clean(self, before: Solo, deployment: Deployment | None) -> None:
        """Drop images and sources that neither the container nor a return to the revision before needs."""
        now = Solo.read(self._folder.path)
        if now is None:
            return
        images = {revision.image for revision in now.revisions.values()} | {before.image, now.image}
        images |= {deployment.image} if deployment is not None else set()
        patches = {revision.patch for revision in now.revisions.values()}
        removal.remove_images(self._client, self._folder.handle, self._folder.root, frozenset(images))
        for path in self._folder.revisions.glob("*"):
            if path.name not in patches:
                shutil.rmtree(path, ignore_errors=True)


def environment_of(client: DockerClient, image: str) -> str:
    """The image that a service's image stands on, where it is ours."""
    try:
        labels = client.images.get(image).labels or {}
    except DockerException as error:
        raise clients.explain(error, f"find the image {image}") from error
    return str(labels.get(inside.ENVIRONMENT_LABEL, ""))


def _revisions_name() -> str:
    return str(PurePosixPath(naming.REVISIONS).relative_to(inside.SERVICE))
