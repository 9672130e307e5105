"""What is wrong with a compute target, in v1's words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aml_nb.core.compute.record import records
from aml_nb.errors import ComputeTargetException, NotAvailableError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def not_provisioned(target: Any) -> ComputeTargetException:
    """v1's error for a target whose provisioning failed."""
    errors = target.provisioning_errors or []
    details = [detail["message"] for error in errors for detail in error["error"].get("details", [])]
    failed = ComputeTargetException(
        "Compute object provisioning polling reached non-successful terminal state, current provisioning state: "
        f"{target.provisioning_state}\nProvisioning operation error:\n{json.dumps(errors, indent=2)}",
        hint=target._mend(),
    )
    failed.brief = "\n".join([f"The provisioning of the compute target {target.name} failed.", *details])
    return failed


def not_found(workspace: Workspace, name: str) -> ComputeTargetException:
    """v1's error for a target that is not there."""
    known = ", ".join(known for known, _ in records(workspace).list()) or "none"
    return ComputeTargetException(
        f"ComputeTargetNotFound: Compute Target with name {name} not found in provided workspace",
        hint=f"ComputeTarget.list(ws); there is {known}",
    )


def nothing_to_attach(what: str = "AksCompute") -> NotAvailableError:
    """Azure's own compute cannot be reached from here."""
    return NotAvailableError(
        f"{what}: compute of Azure cannot be attached, for nothing here reaches Azure.",
        hint="ComputeTarget.create(ws, name, AksCompute.provisioning_configuration()) makes a local cluster, "
        "DaskCompute.attach_configuration(address) attaches a Dask scheduler",
    )
