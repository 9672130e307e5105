"""``Model.profile``: what to measure, and the process that does it."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aml_nb.core import names
from aml_nb.core.profile import limits, records
from aml_nb.core.profile.bodies import bodies_of
from aml_nb.core.profile.model_profile import ModelProfile
from aml_nb.core.store.errors import readable_files
from aml_nb.core.user import user
from aml_nb.core.webservice import content, services
from aml_nb.engines import detached
from aml_nb.engines.base import Engine, Feature, ServiceSpec
from aml_nb.engines.supervisor import Detached
from aml_nb.errors import UserErrorException, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

LOADS, SECONDS = (1, 2, 4, 8, 16, 32), 2.0
_MOST_CLIENTS, _MOST_SECONDS = 256, 600.0
_SCORING_MS, _LETTING_GO_S = 60_000, 5.0
_started: list[Detached] = []


def profile(
    workspace: Workspace,
    name: str,
    models: list[Any],
    inference_config: Any,
    requests: Any,
    cpu: float | None = None,
    memory_in_gb: float | None = None,
    description: str | None = None,
    loads: Sequence[int] | None = None,
    seconds: float | None = None,
) -> ModelProfile:
    """Begin to measure, in a process of its own that outlives this one; ``Model.profile`` documents it."""
    names.check("profile", name)
    plan = _plan(loads, seconds)
    bodies = bodies_of(requests)
    chosen = limits.choose(cpu, memory_in_gb)
    engine = services.new_engine(workspace)
    what = content.gather(models, inference_config, True, engine)
    record = _record(name, what, chosen, engine)
    record |= {"plan": plan, "requests": len(bodies), "description": description}
    with readable_files(workspace._folder):
        handle = _claim(workspace, name)
        try:
            _forget(workspace, name)
            _begin(workspace, record, bodies, handle)
        finally:
            os.close(handle)
    return ModelProfile(workspace, name)


def _plan(loads: Sequence[int] | None, seconds: float | None) -> dict[str, Any]:
    chosen = list(LOADS if loads is None else loads)
    if not chosen or any(not isinstance(n, int) or not 1 <= n <= _MOST_CLIENTS for n in chosen):
        raise UserErrorException(
            f"Error, loads are numbers of clients from 1 to {_MOST_CLIENTS}, not {chosen!r}.", hint="loads=[1, 2, 4, 8]"
        )
    span = SECONDS if seconds is None else float(seconds)
    if not 0 < span <= _MOST_SECONDS:
        raise UserErrorException(f"Error, seconds must be above 0 and at most {_MOST_SECONDS:g}.", hint="seconds=2")
    return {"loads": sorted(set(chosen)), "seconds": span}


def _record(name: str, what: content.Content, chosen: limits.Limits, engine: Engine) -> records.Payload:
    enforced = Feature.LIMITS in engine.features
    notes = [*what.notes, *chosen.notes]
    if not enforced:
        notes.append(
            f"The {engine.name} engine has no {Feature.LIMITS.value}: cpu {chosen.cpu:g} and memory "
            f"{chosen.memory_gb:g} GB noted, not enforced; what it used was measured."
        )
    return {
        "name": name,
        "id": str(uuid4()),
        "handle": records.handle_of(name),
        "state": records.RUNNING,
        "createdTime": services.now(),
        "createdBy": user(),
        "modelIds": list(what.model_ids),
        "environment": what.environment,
        "engine": engine.name,
        "enforced": enforced,
        "requestedCpu": chosen.cpu,
        "requestedMemoryInGB": chosen.memory_gb,
        "notes": notes,
        "rows": [],
        "error": None,
        "pid": None,
        "spec": _spec(name, what, chosen).to_dict(),
    }


def _spec(name: str, what: content.Content, chosen: limits.Limits) -> ServiceSpec:
    """One replica on a free port of this machine, which only who has the keys may call."""
    return ServiceSpec(
        handle=records.handle_of(name),
        name=records.slug(name),
        kind=services.LOCAL,
        cpu=chosen.cpu,
        cpu_limit=chosen.cpu,
        memory_gb=chosen.memory_gb,
        memory_gb_limit=chosen.memory_gb,
        auth="key",
        scoring_timeout_ms=_SCORING_MS,
        **what.spec_fields(),
    )


def _claim(workspace: Workspace, name: str) -> int:
    """The profile's lock; a process that has written down its end lets go of it in a moment."""
    limit = time.monotonic() + _LETTING_GO_S
    while True:
        try:
            return records.claim(workspace, name)
        except BlockingIOError:
            record = records.records(workspace).get(name)
        if time.monotonic() > limit or (record is not None and record["state"] == records.RUNNING):
            raise WebserviceException(
                f"Error, the profile {name!r} is being measured now.",
                status_code=409,
                hint=f"ModelProfile(ws, {name!r}).wait_for_completion(True), or choose another name",
            )
        time.sleep(0.02)


def _forget(workspace: Workspace, name: str) -> None:
    """Remove an earlier profile of that name, with the service that a killed one left."""
    earlier = records.records(workspace).get(name)
    if earlier is not None and earlier["state"] == records.RUNNING:
        records.clean_up(workspace, earlier)
    shutil.rmtree(records.folder_of(workspace, name), ignore_errors=True)


def _begin(workspace: Workspace, record: records.Payload, bodies: list[bytes], handle: int) -> None:
    """Write everything down, then start the process; it holds the lock from its first moment on."""
    folder = records.folder_of(workspace, record["name"])
    folder.mkdir(mode=0o700)
    (folder / records.REQUESTS).write_text(json.dumps([base64.b64encode(body).decode() for body in bodies]))
    records.records(workspace).put(record["name"], record)
    try:
        _spawn(workspace, record["name"], folder, handle)
    except BaseException:
        records.records(workspace).delete(record["name"])
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _spawn(workspace: Workspace, name: str, folder: Path, handle: int) -> None:
    import aml_nb

    package = str(Path(aml_nb.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
    _started[:] = [process for process in _started if process.poll() is None]
    with open(folder / records.LOG, "ab") as log:
        process = Detached(
            [sys.executable, "-m", "aml_nb.core.profile.runner", str(workspace._folder), name],
            env={**detached.environment(), "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(handle,),
            start_new_session=True,
        )
    _started.append(process)
