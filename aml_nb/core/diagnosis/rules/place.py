"""Where the service runs: its port, its disk, its environment and image, its cluster, and who ended it."""

from __future__ import annotations

import re
from collections.abc import Callable

from aml_nb.core.diagnosis.facts import Facts, clean
from aml_nb.core.diagnosis.finding import Finding, again_with_environment, quoted, restart

_DISK = re.compile(r"no space left on device|disk quota exceeded|database or disk is full", re.IGNORECASE)
_PIN = re.compile(
    r"no matching distribution found for (\S+)|could not find a version that satisfies the requirement (\S+)|"
    r"there (?:is|are) no versions? of (\S+)|ResolvePackageNotFound:\s*-\s*(\S+)|PackagesNotFoundError[^-]*-\s*(\S+)|"
    r"(?:because )(\S+) was not found in the package registry",
    re.IGNORECASE,
)
_BUILD = re.compile(
    r"no solution found when resolving|failed to build|image (?:\S+ )?cannot be built|cannot be pulled|"
    r"CondaEnvException|Failed to create the conda environment|ImagePullBackOff|ErrImagePull|"
    r"manifest (?:unknown|for \S+ not found)|pull access denied",
    re.IGNORECASE,
)
_PORT = re.compile(r"port is already allocated|address already in use", re.IGNORECASE)


def port(facts: Facts) -> Finding | None:
    """Somebody else listens on the port."""
    if facts.code != "port-in-use" and not _PORT.search(facts.message):
        return None
    if facts.stage:
        return None  # the script opens one itself
    return Finding(
        "port-in-use",
        clean(facts.message),
        (
            "end the program that has the port, or choose another port: "
            "service.update(deployment_config=LocalWebservice.deploy_configuration(port=...)); without one a free one "
            "is taken",
            restart(facts),
        ),
        facts.evidence(_PORT),
    )


def disk(facts: Facts) -> Finding | None:
    """Something could not be written."""
    if not _DISK.search(facts.told):
        return None
    docker = "aml-nb image prune removes images that nothing uses; " if facts.engine == "docker" else ""
    return Finding(
        "disk-full",
        f"A file could not be written, for there is no room left on the disk: {_first(facts)}",
        (f"{docker}`df -h` shows which disk is full; free some space on it", restart(facts)),
        facts.evidence(_DISK),
    )


def environment(facts: Facts) -> Finding | None:
    """The interpreter, the environment or the image cannot be had."""
    if facts.stage or facts.code.startswith("script-") or facts.request is not None:
        return None
    pin, built = _PIN.search(facts.told), _BUILD.search(facts.told)
    if pin is not None or built is not None:
        named = next((found for found in pin.groups() if found), "") if pin is not None else ""
        relax = (
            f"relax the pin of {named}: conda_dependencies.add_pip_package({_unpinned(named)!r}), or "
            "os.environ['AML_NB_RELAX_PINS'] = '1' takes == as >="
            if named
            else "correct what the log of the build names: a package, its version, or the base image"
        )
        return Finding("image-build", _first(facts), (relax, _deploy(facts)), facts.evidence(_PIN, _BUILD))
    if facts.code == "environment":
        step = "make the environment again: a folder of it was removed, or another Python took its place"
        return Finding("environment", clean(facts.message), (step, again_with_environment(facts)), ())
    return None


def _unpinned(requirement: str) -> str:
    return re.split(r"[=<>!~\[ ]", requirement.strip("`'\"()"), maxsplit=1)[0]


def _deploy(facts: Facts) -> str:
    return f"Model.deploy(..., overwrite=True), or %deploy {facts.spec.kind.lower()} {facts.name} --overwrite"


def unschedulable(facts: Facts) -> Finding | None:
    """No node of the cluster has room for a replica."""
    if facts.code != "Unschedulable" and not re.search(r"\d/\d+ nodes are available", facts.message):
        return None
    asked = f"A replica asks for {facts.spec.cpu:g} cores and {facts.spec.memory_gb:g} GB"
    return Finding(
        "unschedulable",
        f"{clean(facts.message)}. {asked}, {facts.spec.replicas} of them are wanted.".replace("..", "."),
        (
            "ask for less: service.update(cpu_cores=..., memory_gb=..., num_replicas=...), or "
            f"%service update {facts.name} --cpu CORES --memory GB --replicas N",
            "or give the cluster more nodes: %aml nodes CLUSTER COUNT",
            "or delete services that nobody needs: %service list, %service delete NAME",
        ),
    )


def _docker(facts: Facts) -> tuple[str, ...]:
    return ("start it: sudo systemctl start docker; the service is found again",)


def _again(facts: Facts) -> tuple[str, ...]:
    return (restart(facts),)


def _unpause(facts: Facts) -> tuple[str, ...]:
    return ("docker ps names the container; docker unpause CONTAINER",)


def _redeploy(facts: Facts) -> tuple[str, ...]:
    return (f"%service delete {facts.name}", "deploy it once more")


def _front(facts: Facts) -> tuple[str, ...]:
    return ("pip install 'aml_nb[aks]' brings HAProxy; of a certificate, give one that is valid", restart(facts))


_ENDS: dict[str, tuple[str, Callable[[Facts], tuple[str, ...]]]] = {
    "container-killed": ("killed", _again),
    "container-stopped": ("stopped", _again),
    "container-removed": ("removed", _again),
    "container-paused": ("paused", _unpause),
    "container-cut-off": ("cut-off", _again),
    "daemon-away": ("daemon-away", _docker),
    "supervisor-vanished": ("supervisor-gone", _again),
    "interrupted": ("interrupted", _redeploy),
    "front": ("address", _front),
    "unreachable": ("address", _front),
}
_REBOOTED = (
    "The machine was started anew since the service was last heard of, and with it went the service's processes: those "
    "do not come back by themselves."
)
_SAID = {
    "supervisor-gone": " The machine has not been started anew since, so somebody or something ended it.",
    "killed": " Somebody used docker kill, or the system ended it.",
}


def ended(facts: Facts) -> Finding | None:
    """The engine knows who or what ended the service."""
    known = _ENDS.get(facts.code)
    if known is None and facts.message.startswith("The address of the"):
        known = _ENDS["front"]
    if known is None:
        return None
    cause, steps = known
    said = (
        _REBOOTED if facts.rebooted and cause == "supervisor-gone" else f"{clean(facts.message)}{_SAID.get(cause, '')}"
    )
    return Finding(cause, said, steps(facts), _last(facts))


def stopped(facts: Facts) -> Finding | None:
    """The supervisor was asked to end, by nobody that we know of."""
    if facts.error is not None and (facts.code != "internal" or facts.error.traceback):
        return None
    lines = [line for line in facts.log.splitlines() if line.strip()]
    if facts.request is not None or not lines or "supervisor - Stopping." not in "\n".join(lines[-20:]):
        return None
    why = "The service's supervisor got SIGTERM and ended: somebody used kill, or the session or the machine ended."
    return Finding("stopped", why, (restart(facts),), facts.evidence("supervisor - Stopping."))


def _first(facts: Facts) -> str:
    raised = facts.raised
    if raised is not None and _DISK.search(raised.message):
        return quoted(raised)
    return clean(facts.message)


def _last(facts: Facts) -> tuple[str, ...]:
    return facts.evidence("supervisor - ")[-2:]
