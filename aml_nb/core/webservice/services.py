"""The web services of a workspace: their records, their engines, and what became of an update."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.engines.base import Engine, Fetch, ServiceError, ServiceSpec, ServiceStatus
from aml_nb.engines.folder import Keys
from aml_nb.engines.select import choose, load_engine

if TYPE_CHECKING:
    from aml_nb.core.store.records import Records
    from aml_nb.core.webservice.output import Operation
    from aml_nb.core.workspace import Workspace

Payload = dict[str, Any]
LOCAL, ACI, AKS, ENDPOINT = "LOCAL", "ACI", "AKS", "AKSENDPOINT"
_ENDED = ("Failed", "Stopped", "Unschedulable")


def handle_of(name: str, kind: str) -> str:
    """What a service is filed under: local services have names of their own, as in v1."""
    return f"{name}@local" if kind == LOCAL else name


def records(workspace: Workspace) -> Records:
    """The records of the workspace's services."""
    return workspace._store.records("webservice")


def new_engine(workspace: Workspace) -> Engine:
    """The engine that carries what is deployed now."""
    setting = workspace._store.records("setting").get("engine") or {}
    choice = choose(setting.get("value"))
    engine = _engine(workspace, choice.name)
    if choice.reason is not None and choice.name == "process":
        engine.note = f"{choice.reason} The service runs as processes."
    return engine


def engine_of(workspace: Workspace, payload: Payload) -> Engine:
    """The engine that carries a service."""
    return _engine(workspace, payload["engine"])


def fetch(workspace: Workspace) -> Fetch:
    """Puts the bytes of a digest at a path."""

    def put(digest: str, target: Path) -> None:
        workspace._artifacts.materialise(digest, target, link=True)

    return put


def _engine(workspace: Workspace, name: str) -> Engine:
    engine = load_engine(name, workspace._folder / "services", fetch(workspace))
    engine.progress = print
    engine.scope = f"{workspace.subscription_id}/{workspace.resource_group}/{workspace.name}"
    return engine


def find(workspace: Workspace, name: str, kind: str | None = None) -> Payload | None:
    """The record of a service; one in the cloud goes before a local one where ``kind`` does not tell."""
    mine = records(workspace)
    for handle in dict.fromkeys((handle_of(name, kind or AKS), handle_of(name, kind or LOCAL))):
        payload = mine.get(handle)
        if payload is not None:
            return payload
    return None


def every(workspace: Workspace) -> list[Payload]:
    """The records of all services, local ones too, oldest first."""
    return [payload for _, payload in records(workspace).list()]


def spec_of(payload: Payload) -> ServiceSpec:
    """What the service was told to run."""
    return ServiceSpec.from_dict(payload["spec"])


def awaited(payload: Payload) -> Payload:
    """The record with what an update under way is to bring."""
    return {**payload, **(payload.get("pending") or {}).get("changes", {})}


def keys_revision(payload: Payload) -> int:
    """The revision that brought the keys of this one; 0 where they are those that the service began with."""
    return payload.get("keysRevision") or 0


def last_keys(workspace: Workspace, payload: Payload) -> Keys | None:
    """The keys that were asked for last, for what takes the service's place; None where it has none.

    The caller holds everybody else off the service: those of an update that has failed do not come back.
    """
    if payload.get("pending"):
        payload, _ = settle(workspace, payload, held=True)
    folder = engine_of(workspace, payload).folder(payload["handle"])
    return folder.keys(keys_revision(awaited(payload)))


def settle(workspace: Workspace, payload: Payload, held: bool = False) -> tuple[Payload, ServiceStatus]:
    """Ask the engine how the service is; an update that has come to its end is written down.

    ``held``: the caller holds everybody else off the service, so nobody is updating it now.
    """
    if payload["computeType"] == ENDPOINT:
        from aml_nb.core.webservice import endpoints

        return endpoints.settle(workspace, payload)
    if payload.get("unschedulable"):
        return payload, _waiting(payload)
    from aml_nb.core.webservice.interrupted import mended

    payload = mended(workspace, payload, held)
    engine, pending = engine_of(workspace, payload), payload.get("pending")
    updating = pending is not None and not held and engine.folder(payload["handle"]).busy()
    status = _with_refusal(engine.status(payload["handle"]), payload)
    if not pending or out_of_sight(status):
        return payload, status
    interrupted = not updating and max(status.submitted, status.revision) < pending["revision"]
    outcome = "Failed" if interrupted else outcome_of(status, pending["revision"])
    if outcome == "Running":
        if not updating and not held:
            engine.remind(payload["handle"])
        return payload, status
    adopt = outcome == "Succeeded" or not (interrupted or _goes_on(status, pending["revision"]))

    def end(record: Payload) -> Payload:
        waiting = record.get("pending")
        if not waiting or waiting["revision"] != pending["revision"]:
            return record
        del record["pending"]
        return {**record, **(waiting["changes"] if adopt else waiting["before"])}

    try:
        payload = records(workspace).modify(payload["handle"], end)
    except KeyError:
        return payload, status
    if "certificate" in pending["changes"]:
        from aml_nb.core import certificates

        certificates.forget_unused(workspace)
    return payload, status


def _goes_on(status: ServiceStatus, revision: int) -> bool:
    """Whether what was there before ``revision`` is there still; it may be restarting at this moment."""
    return status.revision < revision and status.state not in _ENDED


def _waiting(payload: Payload) -> ServiceStatus:
    """How a service is that no node of its cluster has room for."""
    revision = payload["spec"]["revision"]
    error = ServiceError("Unschedulable", payload["unschedulable"], revision=revision)
    return ServiceStatus("Unschedulable", submitted=revision, error=error)


def _with_refusal(status: ServiceStatus, payload: Payload) -> ServiceStatus:
    """The status, and why an update was not taken: it did not fit on the cluster."""
    refusal = payload.get("refused")
    if not refusal or status.error is not None:
        return status
    return replace(status, error=ServiceError("Unschedulable", refusal["message"], revision=refusal["revision"]))


def out_of_sight(status: ServiceStatus) -> bool:
    """Whether nobody can tell now how the service is: what carries it does not answer."""
    return status.error is not None and status.error.code == "daemon-away"


def revision_of(payload: Payload, operation: Operation) -> int:
    """The revision that an operation is to bring.

    A service that was deployed anew since begins to count again: what was under way before will never come.
    """
    pending = payload.get("pending") or {}
    newest = max(payload["spec"]["revision"], payload.get("lastRevision") or 1, pending.get("revision", 1))
    return min(operation.revision, int(newest))


def outcome_of(status: ServiceStatus, revision: int) -> str:
    """What became of a revision, in v1's words for an operation: Running, Succeeded or Failed."""
    if status.error is not None and status.error.revision == revision and status.revision < revision:
        return "Failed"
    if status.state == "Healthy":
        return "Succeeded" if status.revision >= revision else "Running"
    if status.state in _ENDED:
        return "Failed"
    died_since = status.state == "Unhealthy" and status.revision >= revision
    return "Failed" if died_since and status.error is not None else "Running"


def uri_of(payload: Payload, status: ServiceStatus) -> str | None:
    """Where the service answers; None while that is not known."""
    if status.port is None or status.state in ("Failed", "Stopped"):
        return None
    return f"{status.scheme}://{status.host}:{status.port}{payload['spec']['scoring_path']}"


def now() -> str:
    """The time as the records have it."""
    return datetime.now(timezone.utc).isoformat()


def when(text: str | None) -> datetime | None:
    """The time that a record has, as v1's objects show it."""
    return None if text is None else datetime.fromisoformat(text)
