"""Ask the records, the engine and the log of a service what there is to know."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core.diagnosis import log as logs
from aml_nb.core.diagnosis.facts import Facts
from aml_nb.core.webservice import services
from aml_nb.core.webservice.failure import nothing_told
from aml_nb.engines.base import ServiceError, ServiceSpec, ServiceStatus
from aml_nb.engines.folder import ServiceFolder

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_LINES, _MOST = 3_000, 2_000_000
_LONGEST = 16_384
_REQUESTS = 200
_RECENT_S = 600.0
_GONE = re.compile(r"^Worker \d+ is gone: (.*)$")


def of_failure(workspace: Workspace, payload: services.Payload, error: ServiceError | None) -> Facts:
    """What is known of a deployment that failed."""
    pending = payload.get("pending")
    spec = ServiceSpec.from_dict(pending["changes"]["spec"] if pending else payload["spec"])
    error = error or nothing_told()
    return with_error(_deployed(workspace, payload, spec, error.revision), error)


def of_requests(workspace: Workspace, payload: services.Payload, status: ServiceStatus) -> Facts | None:
    """What is known of the latest request that failed since the script is what it is; None where none did."""
    return with_request(_deployed(workspace, payload, services.spec_of(payload)), status.revision)


def with_error(facts: Facts, error: ServiceError, now: float | None = None) -> Facts:
    """The facts of a service that does not run, with the part of the log that is about the revision."""
    log = logs.since_revision(facts.log, error.revision or facts.spec.revision)
    return replace(facts, error=error, log=log, deaths=_deaths(log, facts.engine, now))


def with_request(facts: Facts, revision: int, now: float | None = None) -> Facts | None:
    """The facts of a service that runs, about its latest request that failed, or its workers that die."""
    log = logs.since_revision(facts.log, revision)
    answered = list(logs.requests(log))[-_REQUESTS:]
    failed = [request for request in answered if logs.of_concern(request)]
    deaths = _deaths(log, facts.engine, now)
    if not failed and not deaths:
        return None
    return replace(
        facts,
        error=None if failed else ServiceError("worker-died", deaths[-1]),
        request=failed[-1] if failed else None,
        log=log,
        deaths=deaths,
        failing=(len(failed), len(answered)),
    )


def _deployed(workspace: Workspace, payload: services.Payload, spec: ServiceSpec, revision: int | None = None) -> Facts:
    folder = services.engine_of(workspace, payload).folder(payload["handle"])
    return Facts(
        payload["name"],
        spec,
        payload["engine"],
        endpoint=payload.get("endpoint"),
        rebooted=_rebooted(folder),
        log=_log(workspace, payload),
        root=_root(folder, revision or spec.revision),
        environment=_packages(payload),
    )


def _log(workspace: Workspace, payload: services.Payload) -> str:
    if payload.get("unschedulable"):
        return ""
    log = services.engine_of(workspace, payload).logs(payload["handle"], _LINES)[-_MOST:]
    return "".join(_cut(line) for line in log.splitlines(keepends=True))


def _cut(line: str) -> str:
    """A line that somebody will read to its end."""
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}\n"


def _rebooted(folder: ServiceFolder) -> bool:
    """Whether the machine was started since the service told anything."""
    import psutil

    try:
        return folder.state_file.stat().st_mtime < psutil.boot_time()
    except OSError:
        return False


def _root(folder: ServiceFolder, revision: int) -> Path | None:
    name = folder.roots().get(revision, str(revision))
    root = folder.revisions / name
    return root if root.is_dir() else None


def _packages(payload: services.Payload) -> tuple[str, ...] | None:
    """What its environment asks for; None where it has none."""
    saved = payload.get("environment")
    if saved is None:
        return None
    from aml_nb.core.environment import Environment

    dependencies = Environment._from_json(saved).python.conda_dependencies
    return () if dependencies is None else (*dependencies.conda_packages, *dependencies.pip_packages)


def _deaths(log: str, engine: str, now: float | None) -> tuple[str, ...]:
    """How workers of the service ended in the last minutes; a container's clock shows Greenwich's time."""
    moment = (time.time() if now is None else now) - _RECENT_S
    since = time.strftime("%Y-%m-%d %H:%M:%S", (time.gmtime if engine == "docker" else time.localtime)(moment))
    written = [entry for entry in logs.entries(log) if entry.writer == logs.SUPERVISOR and entry.when >= since]
    return tuple(match[1] for entry in written if (match := _GONE.match(entry.text)) is not None)
