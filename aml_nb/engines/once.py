"""One request to what a specification runs, in a process of its own and without a service."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from aml_nb.engines import snapshot, supervisor
from aml_nb.engines.base import Fetch, ServiceSpec
from aml_nb.errors import WebserviceException
from aml_nb.scoring.config import SERVICE_FILE, ServerConfig

TIMEOUT_S = 600


def answer_once(spec: ServiceSpec, fetch: Fetch, avoid: Path, body: bytes) -> dict[str, Any]:
    """Lay everything out, load the script, call ``init()`` and ``run()``; what ``aml_nb.scoring.oneshot`` tells."""
    with tempfile.TemporaryDirectory(prefix="aml_nb-") as temporary:
        folder = Path(temporary)
        snapshot.take(spec, folder / "app", fetch, avoid)
        supervisor.link_package(folder)
        _configuration(spec, folder / "app").write(folder / SERVICE_FILE)
        command = [spec.python, "-m", "aml_nb.scoring.oneshot", "--service", temporary]
        return _run(command, {**os.environ, "PYTHONPATH": str(folder / supervisor.SITE)}, body, spec.name)


def _run(command: list[str], environment: dict[str, str], body: bytes, name: str) -> dict[str, Any]:
    try:
        done = subprocess.run(command, input=body, capture_output=True, env=environment, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise WebserviceException(f"{name} did not answer within {TIMEOUT_S} s.", hint="send less data") from None
    return told_by(done.stdout, done.stderr, done.returncode, name)


def told_by(output: bytes, errors: bytes, code: int, name: str) -> dict[str, Any]:
    """What a one-shot process has printed as JSON; WebserviceException where it ended before that."""
    try:
        told: dict[str, Any] = json.loads(output)
    except ValueError:
        last = (errors or output).decode(errors="replace").strip()[-2000:]
        raise WebserviceException(f"{name} ended with {code}:\n{last}", hint="mend the script") from None
    return told


def _configuration(spec: ServiceSpec, root: Path) -> ServerConfig:
    where = snapshot.layout(spec, root)
    return ServerConfig(
        name=spec.name,
        app_root=str(root),
        entry_script=where.entry_script,
        source_directory=where.source_directory,
        model_dir=where.model_dir,
        environment_variables=dict(spec.environment_variables),
    )
