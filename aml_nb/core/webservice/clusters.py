"""Room on AKS clusters: which service holds what, which one waits for room, and how far one may scale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aml_nb.core.compute import vm_sizes
from aml_nb.core.compute.capacity import Needs, Nodes, share_out
from aml_nb.core.compute.record import exclusive
from aml_nb.core.compute.record import records as computes
from aml_nb.core.webservice import services, settings
from aml_nb.core.webservice.services import AKS, Payload
from aml_nb.engines.base import Change, Engine
from aml_nb.engines.folder import Keys
from aml_nb.engines.held import held_spec, hold
from aml_nb.errors import AmlError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def reserving(workspace: Workspace, record: Payload) -> AbstractContextManager[None]:
    """Hold off others who take room, where the service runs on a cluster."""
    return exclusive(workspace) if record["computeType"] == AKS else nullcontext()


def fit(workspace: Workspace, record: Payload, before: Payload | None = None) -> Payload:
    """The record with its place on the cluster, or with the reason why there is none (``unschedulable``).

    ``before`` is the service's record so far: one that asks for the same as before keeps its place. Called while
    the clusters are held.
    """
    if record["computeType"] != AKS or (found := _cluster(workspace, record["computeName"])) is None:
        return record
    others = [other for other in _on(workspace, record["computeName"]) if other["handle"] != record["handle"]]
    for other in others:
        _count(found, other)
    needs, replicas = asks(record)
    same = before is not None and before.get("placement") and asks(before) == (needs, replicas)
    placed = before["placement"] if before is not None and same else found.place(needs, replicas)
    if placed is None:
        return {**record, "placement": [], "ceiling": None, "unschedulable": _reason(found, record, others)}
    if same:
        found.take(needs, placed)
    record = {**record, "placement": placed, "unschedulable": None}
    more = share_out(found, _wishes([*others, record]))
    return _with_ceiling(record, replicas + more.get(record["handle"], 0))


def refused(record: Payload, reason: str) -> Payload:
    """The record of a service that goes on as it is, for what was to come does not fit."""
    revision = max(record["spec"]["revision"], record.get("lastRevision", 1)) + 1
    return {**record, "lastRevision": revision, "refused": {"revision": revision, "message": reason}}


def keep_waiting(workspace: Workspace, engine: Engine, record: Payload, keys: Keys) -> None:
    """Keep the files of a service that has no room, so that it can start when there is some."""
    folder = engine.folder(record["handle"])
    hold(folder, services.spec_of(record), keys, workspace._folder)
    folder.say(record["unschedulable"])


def start_waiting(engine: Engine, record: Payload) -> None:
    """Start a service whose files were kept."""
    folder = engine.folder(record["handle"])
    spec = held_spec(folder, services.spec_of(record))
    engine.start(spec, folder.keys(spec.keys_revision) or Keys.make())


def schedule(workspace: Workspace, record: Payload) -> Payload:
    """Start a service that waits for room, where there is room now; its record as it is then."""
    engine, mine = services.engine_of(workspace, record), services.records(workspace)
    try:
        with engine.exclusive(record["handle"], wait=False):
            now = mine.get(record["handle"])
            if now is None or not now.get("unschedulable") or now.get("unstartable"):
                return now or record
            with exclusive(workspace):
                fitted = fit(workspace, now)
                if fitted != now:
                    mine.put(now["handle"], fitted)
            if not fitted["unschedulable"]:
                _start(mine, engine, fitted, now)
            return mine.get(record["handle"]) or fitted
    except BlockingIOError:  # whoever deploys or changes it at this moment places it too
        return record


def look(workspace: Workspace, cluster: str) -> None:
    """Start what waits for room on a cluster, oldest first, and let the others scale as far as there is room."""
    for record in list(_on(workspace, cluster)):
        if record.get("unschedulable"):
            schedule(workspace, record)
    rebalance(workspace, cluster)


def rebalance(workspace: Workspace, cluster: str | None) -> None:
    """Tell the services of a cluster how far they may scale, after its room has changed."""
    if cluster is None or (found := _cluster(workspace, cluster)) is None:
        return
    running = [record for record in _on(workspace, cluster) if not record.get("unschedulable")]
    for record in running:
        _count(found, record)
    more = share_out(found, _wishes(running))
    for record in running:
        ceiling = asks(record)[1] + more.get(record["handle"], 0)
        if record["handle"] in more and record.get("ceiling") != ceiling and not record.get("pending"):
            # It may be busy, or its engine away: then whoever changes it next counts again.
            with suppress(BlockingIOError, KeyError, AmlError, OSError):
                _raise_or_lower(workspace, record, ceiling)


def certify(workspace: Workspace, cluster: str, certificate: dict[str, str] | None) -> None:
    """Have every service of a cluster speak TLS with another certificate, or none."""
    from aml_nb.core import certificates
    from aml_nb.core.webservice import endpoints
    from aml_nb.core.webservice.update import update
    from aml_nb.core.webservice.webservice import from_record

    failures: list[AmlError] = []
    for record in services.every(workspace):
        try:
            if record["computeType"] == services.ENDPOINT and record["computeName"] == cluster:
                endpoints.certify(workspace, record, certificate)
            elif record["computeType"] == AKS and record["computeName"] == cluster and not record.get("endpoint"):
                update(from_record(workspace, record), {"certificate": certificate}, None)
        except AmlError as error:  # the others are to have it all the same
            failures.append(error)
    certificates.forget_unused(workspace)
    if failures:
        raise failures[0]


def room(workspace: Workspace, cluster: str) -> list[Needs]:
    """What is free on each node of a cluster."""
    found = _cluster(workspace, cluster)
    if found is None:
        return []
    for record in _on(workspace, cluster):
        _count(found, record)
    return list(found.free)


def asks(record: Payload) -> tuple[Needs, int]:
    """What one replica asks for, and how many there are at the least."""
    needs, scaler = record["containerResourceRequirements"], record["autoScaler"]
    replicas = scaler["minReplicas"] if scaler["autoscaleEnabled"] else record["numReplicas"]
    return Needs.of(needs["cpu"], needs["memoryInGB"], needs["gpu"] or 0), int(replicas)


def _start(mine: Any, engine: Engine, record: Payload, before: Payload) -> None:
    """Start a service whose record has its place already; one that was interrupted waits again as ``before``."""
    try:
        start_waiting(engine, record)
    except (AmlError, OSError) as error:
        told = f"There is room now, but it could not be started: {getattr(error, 'message', error)}"
        mine.put(record["handle"], {**record, "placement": [], "unschedulable": told, "unstartable": True})
    except BaseException:
        mine.put(record["handle"], before)
        raise


def _cluster(workspace: Workspace, name: str) -> Nodes | None:
    compute = computes(workspace).get(name)
    if compute is None:
        return None
    own = compute["properties"]["properties"]
    return Nodes(own["agentCount"], vm_sizes.find(own["agentVmSize"]))


def _on(workspace: Workspace, cluster: str) -> Iterator[Payload]:
    """The services of a cluster, those that are versions of endpoints too."""
    for record in services.every(workspace):
        if record["computeType"] == AKS and record["computeName"] == cluster:
            yield record


def _count(nodes: Nodes, record: Payload) -> None:
    """Count what a service holds; while it is updated, the larger of what it has and what it is to have."""
    ways = [_holding(nodes, record)]
    if record.get("pending"):
        ways.append(_holding(nodes, services.awaited(record)))
    needs, placed = max(ways, key=lambda way: (way[0].cpu * len(way[1]), way[0].memory * len(way[1])))
    nodes.take(needs, placed)


def _holding(nodes: Nodes, record: Payload) -> tuple[Needs, list[int]]:
    needs, replicas = asks(record)
    if record.get("placement") is None:  # deployed before clusters were counted
        return needs, [replica % max(1, len(nodes.free)) for replica in range(replicas)]
    return needs, record["placement"]


def _wishes(records: list[Payload]) -> list[tuple[str, Needs, int]]:
    return [
        (record["handle"], asks(record)[0], record["autoScaler"]["maxReplicas"] - asks(record)[1])
        for record in records
        if record["autoScaler"]["autoscaleEnabled"] and not record.get("unschedulable")
    ]


def _with_ceiling(record: Payload, ceiling: int) -> Payload:
    record = {**record, "ceiling": ceiling}
    spec = services.spec_of(record)
    return {**record, "spec": replace(spec, scaling=settings.scaling_of(record)).to_dict()}


def _raise_or_lower(workspace: Workspace, record: Payload, ceiling: int) -> None:
    engine, handle = services.engine_of(workspace, record), record["handle"]
    with engine.exclusive(handle, wait=False):
        now = services.records(workspace).get(handle)
        if now is None or now.get("pending") or now.get("unschedulable"):
            return
        after = _with_ceiling(now, ceiling)
        if after["spec"]["scaling"] != now["spec"]["scaling"]:
            engine.update(services.spec_of(after), Change.SETTINGS)
        # Only now: by the record it is told whether the engine still has to be.
        services.records(workspace).modify(handle, lambda found: _with_ceiling(found, ceiling))


def _reason(nodes: Nodes, record: Payload, others: list[Payload]) -> str:
    needs, replicas = asks(record)
    holders = [f"{_name(other)} ({asks(other)[1]} x {asks(other)[0]})" for other in others if other.get("placement")]
    held = f" Room is held by {', '.join(holders)}." if holders else ""
    return (
        f"{nodes.why_not(needs, replicas)} The service asks for {replicas} x {needs}; of each of its {len(nodes.free)} "
        f"nodes ({nodes.size.name}) the cluster {record['computeName']} has {nodes.each} for services.{held} Ask for "
        f"less (cpu_cores, memory_gb, fewer replicas), delete a service, or add nodes: %aml nodes "
        f"{record['computeName']} {len(nodes.free) + 1}"
    )


def _name(record: Payload) -> str:
    endpoint = record.get("endpoint")
    return f"{endpoint}/{record['name']}" if endpoint else str(record["name"])
