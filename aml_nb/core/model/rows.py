"""Models between the database's rows, Python's objects and v1's JSON."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from aml_nb.core.model.registry import Registry, Row
from aml_nb.errors import UserErrorException, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.model import Model
    from aml_nb.core.workspace import Workspace


def registry(workspace: Workspace) -> Registry:
    """The model registry of a workspace."""
    return Registry(workspace._store, workspace._artifacts)


def fetch(
    model: Model,
    workspace: Workspace,
    name: str | None,
    id: str | None,
    tags: Any,
    properties: Any,
    version: int | None,
    run_id: str | None,
    framework: str | None,
) -> None:
    """Fill ``model`` with the newest one that matches, or raise v1's error."""
    if id is not None:
        name, version = _split(id)
    elif name is None:
        raise WebserviceException("Error, must provide either a model name or id.", hint="Model(ws, name='iris')")
    number = None if version is None else _number(version)
    rows = registry(workspace).find(name, number, framework=framework, run_id=run_id)
    for row in rows:
        fill(model, workspace, row)
        if has(model.tags, tags, "tags") and has(model.properties, properties, "properties"):
            return
    raise _not_found(workspace, name, version, tags, properties, run_id)


def listed(
    workspace: Workspace,
    name: str | None,
    tags: Any,
    properties: Any,
    run_id: str | None,
    latest: bool,
    dataset_id: str | None,
    page_count: int,
    framework: str | None,
) -> list[Model]:
    """Models that match, newest first."""
    from aml_nb.core.model import Model

    if not isinstance(page_count, int) or not 20 <= page_count <= 255:
        raise UserErrorException("page_count must be between 20 and 255.", hint="leave page_count out")
    for given, what in ((tags, "tags"), (properties, "properties")):
        _conditions(given, what)
    rows = registry(workspace).find(name, latest=latest, framework=framework, run_id=run_id)
    found = []
    for row, decoded in zip(rows, _decode(rows), strict=True):
        model = Model.__new__(Model)
        _fill(model, workspace, row, decoded)
        if (
            (not tags or has(model.tags, tags, "tags"))
            and (not properties or has(model.properties, properties, "properties"))
            and (dataset_id is None or _uses(model, dataset_id))
        ):
            found.append(model)
    return found


def fill(model: Model, workspace: Workspace, row: Row) -> None:
    """Make ``model`` what the row says."""
    _fill(model, workspace, row, _decode([row])[0])


def _decode(rows: list[Row]) -> list[list[dict[str, Any]]]:
    """Tags, properties and payload of every row, by one call: the registry's listing is timed."""
    texts = ",".join(f"[{row.tags},{row.properties},{row.payload}]" for row in rows)
    decoded: list[list[dict[str, Any]]] = json.loads(f"[{texts}]")
    return decoded


def _fill(model: Model, workspace: Workspace, row: Row, decoded: list[dict[str, Any]]) -> None:
    name, version, created, framework, run_id = row[:5]
    tags, properties, payload = decoded
    get = payload.get
    model_id = f"{name}:{version}"
    resources = get("resource_configuration")
    model.__dict__ = {
        "workspace": workspace,
        "name": name,
        "version": version,
        "id": model_id,
        "url": f"aml://asset/{model_id}",
        "created_time": datetime.fromtimestamp(created / 1e6, timezone.utc),
        "created_by": get("created_by"),
        "description": get("description"),
        "mime_type": get("mime_type"),
        "unpack": get("unpack"),
        "tags": tags,
        "properties": properties,
        "model_framework": framework,
        "model_framework_version": get("model_framework_version"),
        "experiment_name": get("experiment_name"),
        "run_id": run_id,
        "_dataset_ids": get("datasets") or {},
        "_sample_ids": {which: get(f"sample_{which}_dataset") for which in ("input", "output")},
        "resource_configuration": _resources(resources) if resources else None,
        "parent_id": None,
        "derived_model_ids": None,
        "_samples": get("samples") or {},
    }


def serialize(model: Model) -> dict[str, Any]:
    """v1's JSON form."""
    resources = model.resource_configuration
    return {
        "createdTime": model.created_time.isoformat(),
        "createdBy": model.created_by,
        "description": model.description,
        "id": model.id,
        "mimeType": model.mime_type,
        "name": model.name,
        "framework": model.model_framework,
        "frameworkVersion": model.model_framework_version,
        "tags": model.tags,
        "properties": model.properties,
        "unpack": model.unpack,
        "url": model.url,
        "version": model.version,
        "experimentName": model.experiment_name,
        "runId": model.run_id,
        "runDetails": None,
        "datasets": [
            {"name": purpose, "id": identity} for purpose, ids in model._dataset_ids.items() for identity in ids
        ],
        "resourceConfiguration": resources.serialize() if resources else None,
        "sampleInputDatasetId": model._sample_ids["input"],
        "sampleOutputDatasetId": model._sample_ids["output"],
    }


def deserialize(workspace: Workspace, data: dict[str, Any]) -> Model:
    """The object that ``serialize`` wrote; the registry is not asked."""
    from aml_nb.core.model import Model

    missing = {"name", "version", "id", "tags", "properties", "createdTime"} - data.keys()
    if missing:
        raise WebserviceException(f"Invalid model payload, missing {sorted(missing)}.", hint="model.serialize()")
    datasets: dict[str, list[str]] = {}
    for entry in data.get("datasets") or []:
        datasets.setdefault(entry["name"], []).append(entry["id"])
    model = Model.__new__(Model)
    model.__dict__.update(
        workspace=workspace,
        name=data["name"],
        version=int(data["version"]),
        id=data["id"],
        url=data.get("url"),
        created_time=datetime.fromisoformat(data["createdTime"]),
        created_by=data.get("createdBy"),
        description=data.get("description"),
        mime_type=data.get("mimeType"),
        unpack=data.get("unpack"),
        tags=data["tags"],
        properties=data["properties"],
        model_framework=data.get("framework"),
        model_framework_version=data.get("frameworkVersion"),
        experiment_name=data.get("experimentName"),
        run_id=data.get("runId"),
        _dataset_ids=datasets,
        _sample_ids={"input": data.get("sampleInputDatasetId"), "output": data.get("sampleOutputDatasetId")},
        resource_configuration=_resources(data.get("resourceConfiguration")),
        parent_id=None,
        derived_model_ids=None,
        _samples={},
    )
    return model


def has(owned: dict[str, str], wanted: Any, what: str) -> bool:
    """Whether every ``key`` and ``[key, value]`` of ``wanted`` is there."""
    return all(
        key in owned and (value is None or str(owned[key]) == str(value)) for key, value in _conditions(wanted, what)
    )


def _conditions(wanted: Any, what: str) -> list[tuple[str, Any]]:
    if wanted is None:
        return []
    if not isinstance(wanted, (list, tuple)):
        raise UserErrorException(
            f"{what} must be a list of keys or [key, value] pairs.", hint=f"{what}=[['area', 'iris']]"
        )
    conditions = []
    for entry in wanted:
        if isinstance(entry, str):
            conditions.append((entry, None))
        elif isinstance(entry, (list, tuple)) and len(entry) in (1, 2):
            conditions.append((entry[0], entry[1] if len(entry) == 2 else None))
        else:
            raise UserErrorException(f"{entry!r} is neither a key nor a [key, value] pair.", hint=f"{what}=['area']")
    return conditions


def _uses(model: Model, dataset_id: str) -> bool:
    return any(dataset_id in ids for ids in model._dataset_ids.values())


def _resources(payload: dict[str, Any] | None) -> Any:
    if not payload:
        return None
    from aml_nb.core.inference import ResourceConfiguration

    return ResourceConfiguration.deserialize(payload)


def _split(id: str) -> tuple[str, int]:
    name, colon, version = str(id).rpartition(":")
    if not colon:
        raise WebserviceException(f"A model id has the form name:version, not {id!r}.", hint=f"Model(ws, {id!r})")
    return name, _number(version)


def _number(version: Any) -> int:
    try:
        return int(version)
    except (TypeError, ValueError):
        raise WebserviceException(f"A model's version is an int, not {version!r}.", hint="version=1") from None


def _not_found(
    workspace: Workspace, name: str, version: Any, tags: Any, properties: Any, run_id: str | None
) -> WebserviceException:
    import difflib

    given = {"version": version, "tags": tags, "properties": properties, "run id": run_id}
    more = "".join(f", {what} {value}" for what, value in given.items() if value is not None)
    rows = registry(workspace).find()
    versions = sorted(row.version for row in rows if row.name == name)
    known = sorted({row.name for row in rows})
    if versions:
        there = f" It has the versions {', '.join(map(str, versions))}."
    else:
        there = f" There are: {', '.join(known[:20])}." if known else " Its registry is empty."
    near = difflib.get_close_matches(name, known, 1)
    hint = f"Model(ws, {near[0]!r})" if near else f"Model.register(ws, model_path=..., model_name={name!r})"
    return WebserviceException(
        f"ModelNotFound: Model with name {name}{more} not found in provided workspace.{there}",
        status_code=404,
        hint=hint,
    )
