"""Compute targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.compute import amlcompute_quota, quota, vm_sizes
from aml_nb.core.compute.pool import Pool
from aml_nb.core.compute.record import records
from aml_nb.core.compute.refusals import not_found
from aml_nb.core.compute.target import from_record
from aml_nb.core.webservice import services as service_records
from aml_nb.display.compute import error_of, nodes_text, size_of, state_of
from aml_nb.errors import AmlError
from aml_nb.labserver.faults import NothingThereError
from aml_nb.labserver.shapes import base, services

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KIND = "compute"


def rows(workspace: Workspace) -> list[base.Row]:
    """Every target, the newest first."""
    return [row_of(workspace, record) for _, record in reversed(records(workspace).list())]


def row_of(workspace: Workspace, record: dict[str, Any]) -> base.Row:
    """One target; one that cannot be asked is shown all the same."""
    try:
        return row(from_record(workspace, record))
    except AmlError as error:
        shared = record["properties"]
        return base.row(
            KIND, record["name"], record["name"], state="Unknown", about=error.message,
            created=shared["createdOn"], tags=record.get("tags"), type=shared["computeType"],
        )  # fmt: skip


def row(target: Any) -> base.Row:
    """The line of a target."""
    nodes = nodes_text(target)
    said = [target.type, size_of(target), f"nodes {nodes}" if nodes else ""]
    return base.row(
        KIND,
        target.name,
        target.name,
        state=state_of(target),
        about=error_of(target) or " · ".join(filter(None, said)),
        created=target.created_on,
        at=target.modified_on,
        tags=target.tags,
        of=target.serialize(),
        type=target.type,
    )


def find(workspace: Workspace, name: str) -> Any:
    """The target of a name.

    Raises
    ------
    NothingThereError : there is none.
    """
    record = records(workspace).get(name)
    if record is None:
        error = not_found(workspace, name)
        raise NothingThereError(error.message, hint=error.hint)
    return from_record(workspace, record)


def detail(workspace: Workspace, name: str) -> dict[str, Any]:
    """The view of one target."""
    target = find(workspace, name)
    scale = getattr(target, "scale_settings", None)
    fixed = getattr(target, "agent_count", None)
    return {
        "row": row(target),
        "type": target.type,
        "state": state_of(target),
        "provisioning": target.provisioning_state,
        "errors": list(target.provisioning_errors or []),
        "vm_size": size_of(target) or None,
        "min_nodes": fixed if scale is None else scale.minimum_node_count,
        "max_nodes": fixed if scale is None else scale.maximum_node_count,
        "idle_seconds": None if scale is None else float(scale.idle_seconds_before_scaledown),
        "nodes": nodes(target),
        "waiting": waiting(target),
        "address": getattr(target, "address", None),
        "services": services_on(workspace, name),
        "quota": _quota(workspace, target),
        "created": base.stamp(target.created_on),
        "tags": base.plain(target.tags),
        "actions": actions(target),
    }


def nodes(target: Any) -> list[dict[str, Any]]:
    """The nodes that are there, and what runs on each."""
    if not hasattr(target, "list_nodes"):
        return []
    return [{"id": each["nodeId"], "state": each["nodeState"], "run": each["runId"]} for each in target.list_nodes()]


def waiting(target: Any) -> list[str]:
    """The runs that wait for a node."""
    if not hasattr(target, "list_nodes"):
        return []
    return list(Pool(target.workspace._folder, target.name).waiting())


def services_on(workspace: Workspace, name: str) -> list[base.Row]:
    """The services that run on a cluster."""
    every = service_records.every(workspace)
    here = [record for record in every if record.get("computeName") == name and not record.get("endpoint")]
    return [services.row_of(workspace, record) for record in here]


def actions(target: Any) -> dict[str, str | None]:
    """What can be done with it: None, or the reason why it cannot."""
    if not hasattr(target, "start"):
        no = f"Only compute instances are started and stopped; this is of type {target.type}."
        return {"start": no, "stop": no, "delete": None}
    running = state_of(target) == "Running"
    return {
        "start": "It is running." if running else None,
        "stop": None if running else f"It is {state_of(target)}.",
        "delete": None,
    }


def _quota(workspace: Workspace, target: Any) -> list[dict[str, Any]] | None:
    """The cores that may be used of what the target takes its own from, and how many are."""
    try:
        if target.type == "AKS":
            return [{"name": "Cores of AKS", "used": quota.used(workspace), "limit": quota.limit(workspace)}]
        if target.type == "AmlCompute":
            usages = amlcompute_quota.list_usages(workspace, False)
            return [_usage(each) for each in usages if each["name"]["value"] == family_of(target)]
    except AmlError:  # AML_NB_CORE_QUOTA is no number
        pass
    return None


def family_of(target: Any) -> str:
    """The series that the nodes of a cluster are of, as its quota is called."""
    return vm_sizes.find(target.vm_size).family if target.vm_priority == "Dedicated" else amlcompute_quota.LOW


def _usage(usage: dict[str, Any]) -> dict[str, Any]:
    return {"name": usage["name"]["localizedValue"], "used": usage["currentValue"], "limit": usage["limit"]}
