"""How many cores clusters for runs may have, by the series of their machines; as in a region of a subscription."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aml_nb.core.compute import vm_sizes
from aml_nb.core.compute.pool import Pool
from aml_nb.core.compute.record import records
from aml_nb.errors import ComputeTargetException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

#: Enough for v1's samples: cores of each series, and of low priority machines of all series together.
DEDICATED, LOW_PRIORITY = 1000, 3000
LOW = "lowPriorityCores"
_SETTING = "cluster_core_quotas"


def limits(workspace: Workspace) -> dict[str, int]:
    """The limit of each series that machines are known of."""
    families = {size.family: DEDICATED for size in vm_sizes.TABLE.values()}
    return {**families, LOW: LOW_PRIORITY, **_kept(workspace)}


def _kept(workspace: Workspace) -> dict[str, int]:
    return dict(workspace._store.records("setting").get(_SETTING) or {})


def list_usages(workspace: Workspace, show_all: bool) -> list[dict[str, Any]]:
    """How many cores are in use: of the nodes that are there now, by series; with ``show_all`` by cluster too."""
    used = _used(workspace)
    every = limits(workspace)
    for _, family, _ in used:  # of a size that is newer than the table
        every.setdefault(family, DEDICATED)
    found = [
        _entry(workspace, "usages", family, limit=limit, currentValue=sum(n for _, f, n in used if f == family))
        for family, limit in every.items()
    ]
    clusters = [
        _entry(workspace, f"computes/{name}/usages", family, limit=every[family], currentValue=cores)
        for name, family, cores in used
    ]
    return found + clusters if show_all else found


def list_quotas(workspace: Workspace) -> list[dict[str, Any]]:
    """The limit of each series."""
    return [_entry(workspace, "quotas", family, limit=limit) for family, limit in limits(workspace).items()]


def update(workspace: Workspace, changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Keep limits in the workspace; -1 goes back to the default. Clusters that are there stay.

    Raises
    ------
    ComputeTargetException
        A series that is none, or a limit that is no number of cores.
    """
    known = {family.lower(): family for family in limits(workspace)}
    kept = _kept(workspace)
    for family, limit in changes.items():
        if str(family).lower() not in known:
            raise ComputeTargetException(
                f"There is no VM family {family!r}.", hint=f"one of {', '.join(sorted(known.values()))}"
            )
        if type(limit) is not int or limit < -1:
            raise ComputeTargetException(
                f"The limit of {family} is a number of cores, not {limit!r}.", hint="limit=100"
            )
        kept[known[str(family).lower()]] = limit
    changed = [known[str(family).lower()] for family in changes]
    workspace._store.records("setting").put(_SETTING, {name: cores for name, cores in kept.items() if cores >= 0})
    now = limits(workspace)
    return [_entry(workspace, "quotas", family, limit=now[family], status="Success") for family in changed]


def error_for(workspace: Workspace, name: str, own: dict[str, Any]) -> dict[str, Any] | None:
    """The service's error for a cluster that can never have its nodes; None for one within the quota."""
    cores = vm_sizes.find(own["vmSize"]).cores
    family = _family(own)
    allowed = limits(workspace).get(family, DEDICATED)
    used = sum(cores for other, of, cores in _used(workspace) if of == family and other != name)
    most, least = own["scaleSettings"]["maxNodeCount"] * cores, own["scaleSettings"]["minNodeCount"] * cores
    asked, in_use = (most, 0) if most > allowed else (least, used)
    if in_use + asked <= allowed:
        return None
    exceeded = {
        "code": "ClusterCoreQuotaReached",
        "message": f"Operation results in exceeding quota limits of {family}. Maximum allowed: {allowed}, "
        f"Current in use: {in_use}, Additional requested: {asked}.",
    }
    return {
        "error": {
            "code": "ClusterCoreQuotaReached",
            "statusCode": 400,
            "message": f"The cluster {name} could not be provisioned: the core quota of {family} is exceeded.",
            "details": [exceeded],
        }
    }


def hint(name: str, own: dict[str, Any]) -> str:
    """How to mend it: less of it, or more quota."""
    return (
        f"a smaller max_nodes or vm_size, or AmlCompute.update_quotas(ws, {_family(own)!r}, limit); then "
        f"ws.compute_targets[{name!r}].delete() and create it again"
    )


def _family(own: dict[str, Any]) -> str:
    return vm_sizes.find(own["vmSize"]).family if own["vmPriority"] == "dedicated" else LOW


def _used(workspace: Workspace) -> list[tuple[str, str, int]]:
    """Each cluster for runs, its series, and the cores of the nodes that it has now."""
    found = []
    for name, record in records(workspace).list():
        if record["properties"]["computeType"] == "AmlCompute":
            own = record["properties"]["properties"]
            nodes = len(Pool(workspace._folder, name).nodes())
            found.append((name, _family(own), nodes * vm_sizes.find(own["vmSize"]).cores))
    return found


def _entry(workspace: Workspace, what: str, family: str, **values: Any) -> dict[str, Any]:
    shown = "Low Priority" if family == LOW else family.removeprefix("standard").removesuffix("Family")
    kind = "vCPUs" if family == LOW else "Family Cluster Dedicated vCPUs"
    where = (
        f"/subscriptions/{workspace.subscription_id}/resourceGroups/{workspace.resource_group}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{workspace.name}"
    )
    return {
        "id": f"{where}/{what}/{family}",
        "type": f"Microsoft.MachineLearningServices/workspaces/{what.rpartition('/')[2]}",
        "unit": "Count",
        "name": {"value": family, "localizedValue": f"Standard {shown} {kind}" if family != LOW else f"{shown} {kind}"},
        **values,
    }
