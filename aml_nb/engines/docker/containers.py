"""One container of a service: made with its limits and its keys, confirmed, signalled, put away."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from docker import DockerClient
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container
from docker.types import DeviceRequest, LogConfig

from aml_nb.engines import snapshot
from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker import client as clients
from aml_nb.engines.docker import daemon, inside, naming, tarring
from aml_nb.engines.docker.ports import HOST
from aml_nb.engines.folder import Keys
from aml_nb.errors import WebserviceException
from aml_nb.scoring.config import KEYS_FILE, SERVICE_FILE, STATE_FILE, ServerConfig

OWNER = int(inside.USER.partition(":")[0])
_PIDS, _MOST_SHARES, _PERIOD_US, _GIB = 2048, 262_144, 100_000, 1024**3
_GOING_S = 10.0
_LOG = LogConfig(type=LogConfig.types.JSON, config={"max-size": "10m", "max-file": "3"})
_PUBLISHED = f"{inside.PORT}/tcp"
_RESTART = "always"
"""With ``unless-stopped``, what a daemon ends that was killed and comes back counts as stopped by hand."""
_REMOVE = """
import os, shutil, sys
root, models, *keep = sys.argv[1:]
keep += [os.path.dirname(os.path.realpath(os.path.join(folder, models))) for folder in keep]
for name in os.listdir(root):
    if os.path.join(root, name) not in keep:
        shutil.rmtree(os.path.join(root, name), ignore_errors=True)
"""
_SIGNAL = "import os,sys;os.path.exists(sys.argv[2]) and os.kill(1,int(sys.argv[1]))"
_STATE = f"{inside.SERVICE}/{STATE_FILE}"


def create(
    client: DockerClient,
    spec: ServiceSpec,
    image: str,
    keys: Keys,
    *,
    name: str,
    publish: int | None,
    network: str,
    labels: dict[str, str],
    config: ServerConfig | None = None,
    init: bool = True,
) -> Container:
    """A container that has its configuration and its keys, and is not started.

    Parameters
    ----------
    client : of the daemon.
    spec : what its limits and its server are to be.
    image : the image's tag. One that is not ours is run as it is.
    keys : what opens the service; they are in the container alone, never in an image.
    name, labels : of the container.
    publish : the port of 127.0.0.1 to answer at; None publishes none.
    network : the network it is in.
    config : what the server is told where that is not what ``spec`` says of an image's own revision.
    init : let Docker's small init reap what the script leaves behind.

    Raises
    ------
    WebserviceException
        Docker could not; the error says why.
    """
    config = config or naming.server_config(spec)
    with clients.plainly(f"create a container of {image}"):
        ours = is_ours(client, image)
        options: dict[str, Any] = {**_limits(client, spec), **_safety(ours)}
        if publish is not None:
            options["ports"] = {_PUBLISHED: (HOST, publish)}
        container: Container = client.containers.create(
            image,
            name=name,
            labels={**labels, naming.MADE: "True", naming.KEYS: str(spec.keys_revision)},
            network=network,
            environment=_environment(labels),
            init=init,
            stop_signal="SIGTERM",
            log_config=_LOG,
            detach=True,
            **options,
        )
        try:
            if ours and not _is_told(client, image, config):
                put(container, _config(config), _keys(keys))
        except BaseException:
            discard(container)
            raise
    return container


def confirm(container: Container, spec: ServiceSpec) -> None:
    """What holds only for a container that has started once: it comes back by itself, and has its share of CPU.

    Before that an ``init()`` that fails must not be tried for ever, and a start that is held to a tenth of a core
    would take ten times as long.
    """
    if confirmed(container):
        return
    cap = cpu_cap(spec)
    limits = {} if cap is None else {"cpu_period": _PERIOD_US, "cpu_quota": max(1000, int(cap * _PERIOD_US))}
    with clients.plainly(f"set the limits of the container {container.name}"):
        container.update(restart_policy={"Name": _RESTART}, **limits)


def confirmed(container: Container) -> bool:
    """Whether ``confirm`` has been called for this container."""
    policy = container.attrs["HostConfig"].get("RestartPolicy") or {}
    return bool(policy.get("Name") == _RESTART)


def cpu_cap(spec: ServiceSpec) -> float | None:
    """The cores that a container may use at most: ACI allots them, AKS gives more where nobody else wants them."""
    if spec.cpu_limit is not None:
        return spec.cpu_limit
    return spec.cpu if spec.kind == "ACI" else None


def memory_cap(spec: ServiceSpec) -> float | None:
    """The gibibytes that a container may use at most; a local service has this machine's memory, unless it is said."""
    return spec.memory_gb_limit or (None if spec.kind == "LOCAL" else spec.memory_gb)


def put(container: Container, *entries: tarring.Entry, folder: str = inside.SERVICE) -> None:
    """Put files into a container, whether it runs or not; they belong to its user."""
    put_all(container, entries, folder)


def put_all(container: Container, entries: Iterable[tarring.Entry], folder: str = inside.SERVICE) -> None:
    """As ``put``, for as many as there may be; nothing is held in memory."""
    with clients.plainly(f"put files into the container {container.name}"):
        container.put_archive(folder, tarring.stream(entries))


def put_config(container: Container, config: ServerConfig) -> None:
    """Give the server in a container another configuration; it reads it on SIGHUP."""
    put(container, _config(config))


def put_keys(container: Container, keys: Keys) -> None:
    """Give the server in a container other keys; it reads them on SIGHUP."""
    put(container, _keys(keys))


def keys_revision(container: Container) -> int:
    """Which revision's keys a container was given (``ServiceSpec.keys_revision``)."""
    return int(container.labels.get(naming.KEYS) or 0)


def signal(container: Container, number: int) -> None:
    """Signal the supervisor in a container; one that has only begun would end by it, and reads all files anyway.

    Not by ``docker kill``: after that Docker takes the container for one that was stopped by hand, and would not
    start it again when it dies.
    """
    with clients.plainly(f"signal the container {container.name}"):
        told = str(int(number))  # Python 3.10 calls a signal by its name
        code, output = container.exec_run([inside.PYTHON, "-I", "-S", "-c", _SIGNAL, told, _STATE])
        if code:
            raise WebserviceException(
                f"The container {container.name} took no signal: {output.decode(errors='replace').strip()}",
                hint="docker logs " + str(container.name),
            )


def remove_revisions(container: Container, keep: Iterable[str]) -> None:
    """Remove the revisions in a container that runs, save the folders of ``keep`` and those their models are in."""
    with clients.plainly(f"remove files from the container {container.name}"):
        container.exec_run([inside.PYTHON, "-I", "-S", "-c", _REMOVE, naming.REVISIONS, snapshot.MODELS, *keep])


def start(container: Container) -> None:
    """Start it; errors are the client's own, for a port that is taken needs another answer than a full disk."""
    container.start()


def discard(container: Container, grace_s: float | None = None) -> None:
    """Remove a container, whatever its state; with a grace, what it has accepted it may finish first."""
    with suppress(NotFound):
        if grace_s is not None:
            with suppress(APIError):  # it is not running, then
                container.stop(timeout=max(1, int(grace_s)))
        try:
            container.remove(force=True, v=True)
        except APIError as error:
            if "already in progress" not in str(error.explanation) or not _goes(container):
                raise


def _goes(container: Container) -> bool:
    """Whether a container goes that somebody else removes: a service's controller, or a user. NotFound once it went."""
    limit = time.monotonic() + _GOING_S
    while time.monotonic() < limit:
        container.reload()
        time.sleep(0.05)
    return False


def address(container: Container) -> tuple[str, int] | None:
    """Where the server in a container answers from here; None where it cannot be reached."""
    networks = container.attrs["NetworkSettings"].get("Networks") or {}
    if daemon.in_container():
        networks = {name: network for name, network in networks.items() if name == naming.NETWORK}
    ip = next((network["IPAddress"] for network in networks.values() if network.get("IPAddress")), None)
    if ip is not None and reaches(container.client):
        return str(ip), inside.PORT
    return None if daemon.in_container() else published(container)


def cut_off(container: Container) -> bool:
    """Whether a container is in no network any more, so that nobody can call its server."""
    return not container.attrs["NetworkSettings"].get("Networks")


def reaches(client: DockerClient) -> bool:
    """Whether containers' own addresses are reached from here, so that none of their ports needs to be published."""
    with suppress(DockerException):  # a daemon that does not tell now may tell later
        return _reaches_containers(client, daemon.address())
    return False


def published(container: Container) -> tuple[str, int] | None:
    """The address of this machine that a container answers at."""
    ports = container.attrs["NetworkSettings"].get("Ports") or {}
    for binding in ports.get(_PUBLISHED) or ():
        return str(binding["HostIp"]), int(binding["HostPort"])
    return None


def _is_told(client: DockerClient, image: str, config: ServerConfig) -> bool:
    """Whether the image itself tells its server all of that: putting it in costs a tenth of a start."""
    told = (client.images.get(image).labels or {}).get(inside.TOLD)
    return config.auth == "none" and told == naming.digest(config)


def is_ours(client: DockerClient, image: str) -> bool:
    """Whether an image holds our server, so that it can be told what to do."""
    labels = client.images.get(image).labels or {}
    return labels.get(inside.KIND) == inside.SERVICE_KIND


def gives_gpus(client: DockerClient) -> bool:
    """Whether containers of this daemon can have GPUs."""
    with suppress(DockerException):
        return "nvidia" in (client.info().get("Runtimes") or {})
    return False


def _limits(client: DockerClient, spec: ServiceSpec) -> dict[str, Any]:
    limits: dict[str, Any] = {"pids_limit": _PIDS}
    if spec.kind != "LOCAL":
        limits["cpu_shares"] = min(_MOST_SHARES, max(2, int(1024 * spec.cpu)))
    memory = memory_cap(spec)
    if memory is not None:
        size = int(memory * _GIB)
        limits |= {"mem_limit": size, "memswap_limit": size}
    if spec.gpu > 0 and gives_gpus(client):
        limits["device_requests"] = [DeviceRequest(count=spec.gpu, capabilities=[["gpu"]])]
    return limits


def _safety(ours: bool) -> dict[str, Any]:
    """No rights but those of a user: our images need none; somebody else's may have to become another user."""
    options: dict[str, Any] = {"security_opt": ["no-new-privileges"]}
    return {**options, "cap_drop": ["ALL"], "user": inside.USER} if ours else options


def _environment(labels: dict[str, str]) -> dict[str, str]:
    """The server listens to all interfaces of its container; callers still name this machine, or the service."""
    allowed = [naming.alias(labels), *os.environ.get("AML_NB_ALLOWED_HOSTS", "").split()]
    return {"AML_NB_ALLOWED_HOSTS": " ".join(allowed)}


def _config(config: ServerConfig) -> tarring.Entry:
    data = json.dumps(asdict(config), indent=2).encode()
    return tarring.Entry(SERVICE_FILE, data=data, mode=0o600, owner=OWNER)


def _keys(keys: Keys) -> tarring.Entry:
    return tarring.Entry(KEYS_FILE, data=json.dumps(asdict(keys)).encode(), mode=0o600, owner=OWNER)


@lru_cache
def _reaches_containers(client: Any, where: str) -> bool:
    """Whether addresses of containers are reached from here: not where the daemon is in a machine of its own."""
    if sys.platform != "linux" or not where.startswith("unix://"):
        return False
    facts = client.info()
    rootless = any("rootless" in option for option in facts.get("SecurityOptions") or ())
    return facts.get("OperatingSystem") != "Docker Desktop" and not rootless
