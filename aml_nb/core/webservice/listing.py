"""Which web services a list has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import services
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

COMPUTE_TYPES = ("ACI", "AKS", "AKSENDPOINT", "IOT", "MIR")


def cloud_services(
    workspace: Workspace,
    compute_type: str | None,
    image_name: str | None,
    image_id: str | None,
    model_name: str | None,
    model_id: str | None,
    tags: list[Any] | None,
    properties: list[Any] | None,
    image_digest: str | None,
) -> list[Any]:
    """The services that are not local and match all that is given."""
    if compute_type is not None and str(compute_type).upper() not in COMPUTE_TYPES:
        raise WebserviceException(
            f"Invalid compute type {compute_type!r}. Valid options are {', '.join(COMPUTE_TYPES)}.",
            hint="LocalWebservice.list(ws) lists the local ones",
        )
    wanted = None if compute_type is None else str(compute_type).upper()
    records = [
        record
        for record in services.every(workspace)
        if record["computeType"] != services.LOCAL
        and not record.get("endpoint")
        and wanted in (None, record["computeType"])
        and image_id in (None, record.get("imageId"))
        and image_digest in (None, record.get("imageDigest"))
        and image_name in (None, str(record.get("imageId")).rpartition(":")[0])
        and serves(record, model_name, model_id)
        and has(record.get("kvTags"), tags, "tags")
        and has(record.get("properties"), properties, "properties")
    ]
    return objects(workspace, records)


def local_services(workspace: Workspace, model_name: str | None, model_id: str | None) -> list[Any]:
    """The local services that match."""
    records = [
        record
        for record in services.every(workspace)
        if record["computeType"] == services.LOCAL and serves(record, model_name, model_id)
    ]
    return objects(workspace, records)


def all_services(workspace: Workspace) -> list[Any]:
    """Every service, oldest first."""
    return objects(workspace, [record for record in services.every(workspace) if not record.get("endpoint")])


def objects(workspace: Workspace, records: list[services.Payload]) -> list[Any]:
    """The services of these records."""
    from aml_nb.core.webservice.webservice import from_record

    return [from_record(workspace, record) for record in records]


def serves(record: services.Payload, model_name: str | None, model_id: str | None) -> bool:
    """Whether a service has a model."""
    ids = record.get("modelIds", [])
    if model_id is not None and model_id not in ids:
        return False
    return model_name is None or any(i.rpartition(":")[0] == model_name for i in ids)


def has(values: dict[str, str] | None, wanted: list[Any] | None, what: str) -> bool:
    """Whether ``values`` has every key, or key with value, of ``wanted``."""
    if wanted is None:
        return True
    if not isinstance(wanted, (list, tuple)):
        raise WebserviceException(
            f"{what} must be a list of keys or [key, value] pairs, not {wanted!r}.",
            hint=f"Webservice.list(ws, {what}=[['area', 'iris'], 'reviewed'])",
        )
    values = values or {}
    return all(_matches(values, item) for item in wanted)


def _matches(values: dict[str, str], item: Any) -> bool:
    if isinstance(item, str):
        return item in values
    key, value = item
    return key in values and values[key] == value
