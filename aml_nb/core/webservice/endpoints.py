"""The records of endpoints and their versions: deployed, looked at, certified, removed.

A version is a web service of its own under the handle ``endpoint.version``, with the endpoint's keys. The endpoint
has the address, and HAProxy before the versions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aml_nb.core import names
from aml_nb.core.image.specification import naming_line
from aml_nb.core.store.errors import readable_files
from aml_nb.core.user import user
from aml_nb.core.webservice import clusters, content, deploy, services, settings, traffic
from aml_nb.core.webservice.content import Content
from aml_nb.core.webservice.launching import build_ahead, launch
from aml_nb.core.webservice.naming import name_taken
from aml_nb.core.webservice.services import ENDPOINT, Payload
from aml_nb.engines import endpoint as front
from aml_nb.engines.base import Certificate, Engine, ServiceError, ServiceSpec, ServiceStatus
from aml_nb.engines.folder import Keys
from aml_nb.errors import AmlError, NameTakenError, WebserviceException
from aml_nb.scoring.listening import BindError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def versions_of(workspace: Workspace, name: str) -> list[Payload]:
    """The records of an endpoint's versions, oldest first."""
    return [record for record in services.every(workspace) if record.get("endpoint") == name]


def version_handle(name: str, version: str) -> str:
    """What a version is filed under; no web service's name has a dot."""
    return f"{name}.{version}"


def create(
    workspace: Workspace, name: str, what: Content, config: Any, target: Any, overwrite: bool, engine: Engine
) -> tuple[Payload, str, int]:
    """Make an endpoint with its first version; the endpoint's record, the version's handle and its revision."""
    try:
        named = naming_line(what.specification, "image")
        with named, readable_files(workspace._folder), engine.exclusive(name, wait=overwrite):
            old = services.records(workspace).get(name)
            if old is not None and not overwrite:
                raise name_taken(name)
            kept = None if old is None else services.last_keys(workspace, old)
            if old is not None:
                give_way(workspace, old, engine, what)
            primary = config.primary_key or (kept.primary if kept else None)
            secondary = config.secondary_key or (kept.secondary if kept else None)
            return _make(workspace, name, what, config, target, engine, Keys.make(primary, secondary))
    except (BlockingIOError, NameTakenError):
        raise name_taken(name) from None


def _make(
    workspace: Workspace, name: str, what: Content, config: Any, target: Any, engine: Engine, keys: Keys
) -> tuple[Payload, str, int]:
    first = version_record(name, config.version_name or name, what, config, target.name, engine)
    first |= {"isDefault": True, "versionType": traffic.CONTROL, "trafficPercentile": config.traffic_percentile}
    record = _endpoint_record(name, first, config, target, engine)
    services.records(workspace).create(name, record)
    folder = engine.folder(name)
    try:
        front.set_up(folder)
        folder.write_keys(keys)
        folder.say("Generating deployment configuration.")
        first, revision = launch(workspace, engine, first, None, keys)
    except BaseException:
        front.take_down(folder)
        services.records(workspace).delete(name)
        raise
    return record, first["handle"], revision


def version_record(name: str, version: str, what: Content, config: Any, cluster: str, engine: Engine) -> Payload:
    """The record of a new version."""
    names.check("version", version)
    own = settings.aks_record(config, cluster)
    own |= {"endpoint": name, "engine": engine.name, "trafficPercentile": config.traffic_percentile}
    own |= {"isDefault": False, "versionType": traffic.TREATMENT}
    return deploy.record_of(version, version_handle(name, version), what, config, own)


def _endpoint_record(name: str, first: Payload, config: Any, target: Any, engine: Engine) -> Payload:
    now, told = services.now(), {"certificate": target._certificate}
    path, timeout = first["spec"]["scoring_path"], first["spec"]["scoring_timeout_ms"]
    spec = ServiceSpec(name, name, ENDPOINT, "", "", scoring_path=path, scoring_timeout_ms=timeout)
    shared = ("computeName", "authEnabled", "aadAuthEnabled", "appInsightsEnabled", "namespace")
    return {
        "name": name,
        "handle": name,
        "computeType": ENDPOINT,
        "engine": engine.name,
        "description": config.description,
        "kvTags": dict(config.tags or {}),
        "properties": dict(config.properties or {}),
        "createdTime": now,
        "updatedTime": now,
        "createdBy": user(),
        **told,
        "spec": replace(spec, certificate=certificate_of(told)).to_dict(),
        **{key: first[key] for key in shared},
    }


def add_version(
    workspace: Workspace, endpoint: Payload, version: str, config: Any, models: Any, inference_config: Any, given: Any
) -> tuple[str, int]:
    """Launch a further version, and give it its traffic; its handle and revision.

    Raises
    ------
    WebserviceException
        The name is bad or taken, or the traffic of all versions comes to more than 100 %.
    """
    name, engine = endpoint["name"], services.engine_of(workspace, endpoint)
    names.check("version", version)
    what = content.gather(models, inference_config, False, engine)
    named = naming_line(what.specification, "image")
    with named, readable_files(workspace._folder), engine.exclusive(name):
        known = versions_of(workspace, name)
        if any(record["name"] == version for record in known):
            raise WebserviceException(
                f"Error, there is already a version {version} in the endpoint {name}.",
                status_code=409,
                hint=f"endpoint.update_version({version!r}, ...), or another version_name",
            )
        record = version_record(name, version, what.on(engine), config, endpoint["computeName"], engine)
        traffic.changed([*known, record], version, given)
        record, revision = launch(workspace, engine, record, None, engine.folder(name).keys() or Keys.make())
        write_traffic(workspace, endpoint, version, given)
    clusters.rebalance(workspace, endpoint["computeName"])
    return record["handle"], revision


def write_traffic(workspace: Workspace, endpoint: Payload, version: str, given: Any) -> None:
    """Keep the traffic of all versions as it is when ``version`` gets what was ``given``."""
    mine = services.records(workspace)
    before = versions_of(workspace, endpoint["name"])
    for old, new in zip(before, traffic.changed(before, version, given), strict=True):
        if old != new:
            mine.modify(old["handle"], _putting({key: value for key, value in new.items() if old.get(key) != value}))


def _putting(changes: Payload) -> Callable[[Payload], Payload]:
    return lambda record: {**record, **changes}


def settle(workspace: Workspace, record: Payload, wait: bool = False) -> tuple[Payload, ServiceStatus]:
    """How the endpoint is by its versions; each that serves gets its share of the requests.

    Unless it is to ``wait``, nothing changes while somebody else brings the front up to date.
    """
    looked = []
    for version in versions_of(workspace, record["name"]):
        waiting = version.get("unschedulable")
        looked.append(services.settle(workspace, clusters.schedule(workspace, version) if waiting else version))
    status = _summary(looked)
    longest = max((version["spec"]["scoring_timeout_ms"] for version, _ in looked), default=0)
    record = {**record, "spec": {**record["spec"], "scoring_timeout_ms": longest}}
    try:
        port = _route(workspace, record, looked, wait)
    except (AmlError, BindError, OSError) as error:
        told = getattr(error, "message", None) or str(error)
        failed = ServiceError("front", f"The address of the endpoint cannot be had: {told}")
        return record, replace(status, state="Unhealthy", port=None, error=failed)
    certificate = certificate_of(record)
    return record, replace(status, port=port, scheme="https" if certificate else "http")


def _summary(looked: list[tuple[Payload, ServiceStatus]]) -> ServiceStatus:
    """The default version's state; the numbers and the first error of all."""
    states = [status for version, status in looked if version.get("isDefault")] or [ServiceStatus("Failed")]
    errors = [replace(s.error, message=f"{v['name']}: {s.error.message}") for v, s in looked if s.error is not None]
    return replace(
        states[0],
        replicas_ready=sum(status.replicas_ready for _, status in looked),
        replicas_wanted=sum(status.replicas_wanted for _, status in looked),
        error=errors[0] if errors else None,
    )


def _route(
    workspace: Workspace, record: Payload, looked: list[tuple[Payload, ServiceStatus]], wait: bool
) -> int | None:
    """Bring the front up to date, unless somebody else is at it and nobody is to ``wait``."""
    folder = services.engine_of(workspace, record).folder(record["name"])
    try:
        with folder.exclusive(wait=wait):
            routes = _routes(workspace, record["name"], {v["handle"]: status for v, status in looked})
            if routes and services.records(workspace).get(record["name"]) is not None:
                return front.share_out(folder, routes, certificate_of(record))
    except BlockingIOError:
        pass
    return front.listening(folder)


def _routes(workspace: Workspace, name: str, looked: dict[str, ServiceStatus]) -> list[front.Route]:
    """Where requests go, by the records of this moment: a version may be leaving since it was looked at."""
    records = [v for v in versions_of(workspace, name) if v["handle"] in looked and not v.get("leaving")]
    default = next((version["name"] for version in records if version.get("isDefault")), None)
    found = {version["name"]: looked[version["handle"]] for version in records}
    serving = {version: status.serving for version, status in found.items()}
    wanted = traffic.routed(traffic.shares(records), serving, default)
    return [
        front.Route(
            v["name"],
            found[v["name"]].host,
            int(found[v["name"]].port or 0),
            wanted[v["name"]],
            v["spec"]["scoring_timeout_ms"],
        )
        for v in records
        if v["name"] in wanted
    ]


def certificate_of(record: Payload) -> Certificate | None:
    """The certificate of an endpoint's cluster."""
    return Certificate(**record["certificate"]) if record.get("certificate") else None


def certify(workspace: Workspace, record: Payload, certificate: dict[str, str] | None) -> None:
    """Have an endpoint speak TLS with another certificate, or none."""

    def change(found: Payload) -> None:
        found["certificate"] = certificate
        found["spec"]["certificate"] = certificate

    settle(workspace, services.records(workspace).modify(record["handle"], change), wait=True)


def remove_version(workspace: Workspace, name: str, version: str) -> None:
    """Send a version no more requests, then end it.

    Raises
    ------
    WebserviceException
        There is no such version, or it is the default one.
    """
    from aml_nb.core.webservice.deletion import delete

    records = {record["name"]: record for record in versions_of(workspace, name)}
    found = records.get(version)
    if found is None:
        raise no_version(name, version, list(records))
    if found.get("isDefault"):
        alone = len(records) == 1
        raise WebserviceException(
            f"Error, {version} is the default version of the endpoint {name} and cannot be deleted.",
            hint="endpoint.delete()" if alone else "endpoint.update_version(another_version, is_default=True) first",
        )
    services.records(workspace).modify(found["handle"], lambda record: {**record, "leaving": True})
    endpoint = services.records(workspace).get(name)
    if endpoint is not None:
        settle(workspace, endpoint, wait=True)
    delete(workspace, found["handle"])


def no_version(name: str, version: str, known: list[str]) -> WebserviceException:
    """The error for a version that is not there."""
    return WebserviceException(
        f"Error, there is no version {version!r} in the endpoint {name}; there is {', '.join(known) or 'none'}.",
        status_code=404,
        hint="endpoint.versions",
    )


def give_way(workspace: Workspace, record: Payload, engine: Engine, what: Content) -> None:
    """End what has the name, an endpoint with its versions or a single service; its handle is held by the caller.

    ``what`` is to take its place; where it cannot be built, nothing has ended.
    """
    build_ahead(engine, record["handle"], what)
    if record["computeType"] == ENDPOINT:
        end(workspace, record)
    else:
        services.engine_of(workspace, record).stop(record["handle"])
        services.records(workspace).delete(record["handle"])


def end(workspace: Workspace, record: Payload) -> bool:
    """End an endpoint: its address first, then its versions; its handle is held by the caller."""
    from aml_nb.core.webservice.deletion import delete

    gone = services.records(workspace).delete(record["handle"])
    front.take_down(services.engine_of(workspace, record).folder(record["handle"]))
    for version in versions_of(workspace, record["name"]):
        delete(workspace, version["handle"], look=False)
    return gone
