"""The images that aml_nb has made: which there are, what stands on which, and what nobody needs any more."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.errors import APIError, ImageNotFound, NotFound

from aml_nb.engines.docker import inside, package_tree
from aml_nb.engines.docker.base_image import own_tag
from aml_nb.engines.docker.build import CONTAINER, ImageError
from aml_nb.engines.docker.client import plainly
from aml_nb.engines.docker.service_image import SERVICE
from aml_nb.engines.images import PACKAGE, REGISTERED

FRESH_S = 3600
"""An image that nothing stands on yet may be one that somebody builds on right now."""
_LEAST_OF_ID = 6
_ORDER = (
    inside.BASE_KIND, inside.PACKAGES_KIND, inside.ENVIRONMENT_KIND, inside.MODELS_KIND, inside.SERVICE_KIND,
)  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """One image of ours. ``size`` is the bytes of the whole, ``own`` those above its parent; ``users`` are the names
    of the containers made from it."""

    tag: str
    id: str
    parent: str
    kind: str
    size: int
    own: int
    created: float
    labels: dict[str, str]
    users: tuple[str, ...] = ()

    @property
    def service(self) -> str | None:
        """The service that it is of."""
        return self.labels.get(inside.NAME)

    @property
    def holds(self) -> str:
        """What was put into it, in a line."""
        if self.service and self.service.endswith((REGISTERED, PACKAGE)):
            name, _, kind = self.service.rpartition("@")
            return f"{kind} {name}"
        if self.service:
            return f"service {self.service}, revision {self.labels.get(inside.REVISION, '?')}"
        return self.labels.get(inside.HOLDS) or ""


def listed(client: DockerClient) -> list[Kept]:
    """Every image of ours, those that others stand on first."""
    with plainly("list its images"):
        rows = client.api.images(all=True, filters={"label": inside.KIND})
        containers = client.api.containers(all=True)
    sizes = {str(row["Id"]): int(row["Size"]) for row in rows}
    found = [_kept(row, tag, sizes, containers) for row in rows for tag in _tags(row)]
    return sorted(found, key=lambda kept: (_ORDER.index(kept.kind), kept.created, kept.tag))


def remove(client: DockerClient, names: Iterable[str]) -> list[Kept]:
    """Remove images by tag or id; those removed.

    Raises
    ------
    ImageError : one is none of ours, a container was made from it, or others stand on it.
    """
    gone = []
    for name in names:
        every = listed(client)
        kept = _named(every, name)
        again = any(other.id == kept.id and other.tag != kept.tag for other in every)  # it loses a name, no more
        above = [] if again else [other.tag for other in every if kept.id in (other.parent, _models(other))]
        if kept.users and not again:
            raise ImageError(f"The image {kept.tag} is used by the container {kept.users[0]}.", hint="%service delete")
        if above:
            raise ImageError(
                f"{len(above)} images stand on the image {kept.tag}: {', '.join(above[:3])}.",
                hint=f"aml-nb image rm {' '.join(above[:3])}",
            )
        _drop(client, kept)
        gone.append(replace(kept, own=0) if again else kept)
    return gone


def remove_service_images(client: DockerClient, root: Path, handle: str, but: Collection[str] = frozenset()) -> None:
    """Remove a service's images, and those with its models where nothing else stands on them.

    Parameters
    ----------
    but : tags or ids of images that stay; what still runs keeps its own anyway.
    """
    wanted = {inside.NAME: handle, inside.ROOT: inside.root_label(root)}
    every = listed(client)
    mine = [kept for kept in every if wanted.items() <= kept.labels.items() and kept.tag.startswith(f"{SERVICE}/")]
    stay = {kept.id for kept in every if kept.tag in but or kept.id in but or kept.users}
    gone = [kept for kept in mine if kept.id not in stay]
    for kept in gone:
        _drop(client, kept)
    models = {_models(kept) for kept in gone}
    if models:
        _drop_unneeded(client, lambda kept: kept.kind == inside.MODELS_KIND and kept.id in models)


def prune(
    client: DockerClient, services: Collection[tuple[str, str]], roots: Collection[str], whole: bool
) -> list[Kept]:
    """Remove what no service needs; those removed.

    Parameters
    ----------
    services : label of the root and handle of every service that there is; their images stay.
    roots : labels of the roots that these are all the services of; images of others stay unless ``whole``.
    whole : also remove what the next deployment would only have to build again: environments and packages that no
        service stands on, and images of services elsewhere that no container was made from.
    """
    remove_builders(client)
    now = time.time()
    current, base = package_tree.digest(), own_tag()

    def unneeded(kept: Kept) -> bool:
        where = kept.labels.get(inside.ROOT, "")
        if kept.kind == inside.SERVICE_KIND:
            return (where, kept.service) not in services and (whole or where in roots)
        if now - kept.created < FRESH_S and not whole:
            return False
        if kept.kind == inside.ENVIRONMENT_KIND:
            return whole or kept.labels.get(inside.TREE) != current
        if kept.kind == inside.BASE_KIND:
            return whole or kept.tag != base
        return whole or kept.kind == inside.MODELS_KIND

    return _drop_unneeded(client, unneeded)


def remove_builders(client: DockerClient) -> None:
    """Remove containers that a killed build left; one that still runs may be somebody's."""
    with plainly("list its containers"):
        left = client.api.containers(
            all=True, filters={"name": f"^/{CONTAINER}", "status": ["exited", "created", "dead"]}
        )
    for container in left:
        if time.time() - container["Created"] > FRESH_S:
            with suppress(APIError):
                client.api.remove_container(container["Id"], force=True, v=True)


def _drop_unneeded(client: DockerClient, unneeded: Any) -> list[Kept]:
    """Remove those that nothing stands on, from the top down."""
    gone: list[Kept] = []
    spared: set[str] = set()
    while True:
        every = listed(client)
        needed = {kept.parent for kept in every} | {_models(kept) for kept in every}
        free = [kept for kept in every if kept.id not in needed and not kept.users and kept.tag not in spared]
        chosen = [kept for kept in free if unneeded(kept)]
        if not chosen:
            return gone
        spared |= {kept.tag for kept in chosen}
        gone += [kept for kept in chosen if _drop(client, kept)]


def _drop(client: DockerClient, kept: Kept) -> bool:
    with plainly(f"remove the image {kept.tag}"), suppress(ImageNotFound, NotFound):
        try:
            client.api.remove_image(kept.tag, noprune=True)
        except APIError as error:
            if error.status_code != 409:  # somebody began to use it meanwhile
                raise
            return False
    return True


def _named(every: list[Kept], name: str) -> Kept:
    bare = name.removeprefix("sha256:")
    for kept in every:
        by_id = len(bare) >= _LEAST_OF_ID and kept.id.removeprefix("sha256:").startswith(bare)
        if kept.tag in (name, f"{name}:latest") or by_id:
            return kept
    raise ImageError(f"aml_nb has made no image {name!r}.", hint="aml-nb image list")


def _models(kept: Kept) -> str | None:
    return kept.labels.get(inside.MODELS_LABEL)


def _tags(row: dict[str, Any]) -> list[str]:
    """The names that it has; images without one are steps on the way to another."""
    return [str(tag) for tag in row.get("RepoTags") or () if tag != "<none>:<none>"]


def _kept(row: dict[str, Any], tag: str, sizes: dict[str, int], containers: list[dict[str, Any]]) -> Kept:
    labels = dict(row.get("Labels") or {})
    parent = str(row.get("ParentId") or "")
    kind = labels.get(inside.KIND, "")
    return Kept(
        tag=tag,
        id=str(row["Id"]),
        parent=parent,
        kind=kind if kind in _ORDER else inside.SERVICE_KIND,
        size=int(row["Size"]),
        own=int(row["Size"]) - sizes.get(parent, 0),
        created=float(row["Created"]),
        labels=labels,
        users=tuple(
            c["Names"][0].lstrip("/") if c["Names"] else c["Id"][:12] for c in containers if c["ImageID"] == row["Id"]
        ),
    )
