"""Finding images: by name, id, version, tags, and what they hold."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from aml_nb.core.image import building
from aml_nb.core.model.rows import has
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def every(workspace: Workspace) -> list[building.Payload]:
    """The records of all images as they are now, newest first."""
    records = reversed(building.records(workspace, building.IMAGE).list())
    settled = (_settled(workspace, key, record) for key, record in records)
    return [record for record in settled if record is not None]


def _settled(workspace: Workspace, key: str, record: building.Payload) -> building.Payload | None:
    if record["creationState"] in building.ENDED:
        return record
    return building.settle(workspace, building.IMAGE, key)


def find(
    workspace: Workspace, name: str | None, id: str | None, tags: Any, properties: Any, version: Any
) -> building.Payload:
    """The newest image that matches."""
    if id is not None:
        name, _, text = str(id).rpartition(":")
        version = text if name else None
    if name is None or (id is not None and version is None):
        raise WebserviceException(
            "Cannot retrieve an image without an image name or image id.", hint="Image(ws, name='taxi')"
        )
    if id is not None:
        found = building.settle(workspace, building.IMAGE, str(id))
        candidates = [] if found is None else [found]
    else:
        candidates = every(workspace)
    for record in candidates:
        if record["name"] == name and version in (None, "", record["version"], str(record["version"])):
            if has(record["kvTags"], tags, "tags") and has(record["properties"], properties, "properties"):
                return record
    raise not_found(workspace, name, id if id is not None else name, version, tags, properties)


def matching(
    workspace: Workspace,
    image_name: str | None,
    model_name: str | None,
    model_id: str | None,
    tags: Any,
    properties: Any,
) -> list[building.Payload]:
    """The records that match everything given."""
    return [
        record
        for record in every(workspace)
        if image_name in (None, record["name"])
        and (model_id is None or model_id in record["modelIds"])
        and (model_name is None or any(i.rpartition(":")[0] == model_name for i in record["modelIds"]))
        and has(record["kvTags"], tags, "tags")
        and has(record["properties"], properties, "properties")
    ]


def holding(workspace: Workspace, model_id: str) -> list[str]:
    """The ids of the images that hold a model, also of those that failed: they can be made again of it."""
    return [key for key, record in building.records(workspace, building.IMAGE).list() if model_id in record["modelIds"]]


def not_found(
    workspace: Workspace, name: str, id: str, version: Any = None, tags: Any = None, properties: Any = None
) -> WebserviceException:
    """v1's error for an image that is not there, with the names that are near."""
    records = [record for _, record in building.records(workspace, building.IMAGE).list()]
    known = sorted({record["name"] for record in records})
    versions = sorted(record["version"] for record in records if record["name"] == name)
    more = {"version": version, "tags": tags, "properties": properties}
    given = "".join(f", {what} {value}" for what, value in more.items() if value is not None)
    if versions:
        there = f"it has the versions {', '.join(map(str, versions))}"
    else:
        near = difflib.get_close_matches(str(name), known, n=3)
        there = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there is {', '.join(known) or 'none'}"
    return WebserviceException(
        f"ImageNotFound: Image with id {id}{given} not found in provided workspace",
        status_code=404,
        hint=f"Image.list(ws); {there}",
    )
