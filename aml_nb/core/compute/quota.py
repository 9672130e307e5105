"""How many cores a workspace may have in its AKS clusters, as an Azure subscription's quota has it.

Clusters for runs (AmlCompute) do not count: they draw on a quota of their own in Azure, and are on paper here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from aml_nb.core.compute import vm_sizes
from aml_nb.core.compute.record import records
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

VARIABLE, SETTING = "AML_NB_CORE_QUOTA", "core_quota"
DEFAULT = 100
_HINT = "%aml quota 100, or export AML_NB_CORE_QUOTA=100"


def limit(workspace: Workspace) -> int:
    """The quota: AML_NB_CORE_QUOTA, else the workspace's setting, else one that is enough for v1's samples.

    Raises
    ------
    UserErrorException
        AML_NB_CORE_QUOTA is no number of cores.
    """
    told = os.environ.get(VARIABLE, "").strip()
    if told:
        return checked(told)
    return int((workspace._store.records("setting").get(SETTING) or {"value": DEFAULT})["value"])


def set_limit(workspace: Workspace, cores: int | None) -> None:
    """Keep a quota in the workspace; None goes back to the default. Clusters that are there stay."""
    settings = workspace._store.records("setting")
    if cores is None:
        settings.delete(SETTING)
    else:
        settings.put(SETTING, {"value": checked(cores)})


def checked(cores: Any) -> int:
    """A number of cores, zero or more."""
    try:
        number = int(str(cores))
    except ValueError:
        number = -1
    if number < 0:
        raise UserErrorException(f"A core quota is a whole number, zero or more: {cores!r} is not.", hint=_HINT)
    return number


def used(workspace: Workspace) -> int:
    """The cores of the AKS clusters that were provisioned."""
    return sum(_cores(record) for _, record in records(workspace).list())


def error_for(workspace: Workspace, name: str, own: dict[str, Any]) -> dict[str, Any] | None:
    """Azure's error for a cluster, new or larger than it was, beyond the quota; None for one within it."""
    allowed, current = limit(workspace), used(workspace)
    before = records(workspace).get(name)
    asked = _size(own) - (_cores(before) if before is not None else 0)
    if asked <= 0 or current + asked <= allowed:
        return None
    exceeded = {
        "code": "QuotaExceeded",
        "message": f"Operation results in exceeding quota limits of Core. Maximum allowed: {allowed}, "
        f"Current in use: {current}, Additional requested: {asked}.",
    }
    return {
        "error": {
            "code": "BadRequest",
            "statusCode": 400,
            "message": f"The cluster {name} could not be provisioned: the core quota of the workspace is exceeded.",
            "details": [exceeded],
        }
    }


def hint(name: str) -> str:
    """How to mend it, less of it, another cluster away, or more quota."""
    return (
        f"a smaller agent_count or vm_size, another cluster's delete(), or %aml quota N; then "
        f"ws.compute_targets[{name!r}].delete() and create it again"
    )


def _cores(record: dict[str, Any]) -> int:
    shared = record["properties"]
    counts = shared["computeType"] == "AKS" and shared["provisioningState"] == "Succeeded"
    return _size(shared["properties"]) if counts else 0


def _size(own: dict[str, Any]) -> int:
    return int(own["agentCount"]) * vm_sizes.find(own["agentVmSize"]).cores
