"""What a parallel step's job has around it: its nodes, the environment's Python, variables, the script's folder."""

from __future__ import annotations

import os
import shutil
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from aml_nb.core.compute.places import Place
    from aml_nb.core.runs.folder import RunFolder
    from aml_nb.core.runs.run import Run


def where(workspace: Any, target: Any, count: int) -> Place:
    """Where mini-batches are scored for a compute target; a Dask cluster has as many workers as it has.

    Raises
    ------
    ComputeTargetException : there is no such target, or it never has so many nodes.
    """
    from aml_nb.core.compute.places import place

    found = place(workspace, str(target))
    return found if found.kind == "dask" else place(workspace, str(target), count)


def nodes(run: Run, payload: Mapping[str, Any], cancelled: threading.Event, stack: ExitStack) -> bool:
    """Have the cluster's nodes until ``stack`` is closed; False when the run was cancelled before it had them."""
    workspace, count = run.experiment.workspace, int(payload["settings"]["node_count"])
    found = where(workspace, payload["target"], count)
    if found.kind != "pool":
        return True
    from aml_nb.core.compute.pool import Pool

    told: list[str] = []

    def tell(sentence: str) -> None:
        print(sentence, flush=True)
        if not told:
            _status(run, "Queued")
        told.append(sentence)

    pool = Pool(workspace._folder, found.name)
    lease = pool.acquire(run.id, count, tell=tell, stopped=cancelled.is_set)
    if lease is None:
        return False
    stack.enter_context(lease)
    lease.stage("running")
    if told:
        _status(run, "Running")
    return True


def interpreter(run: Run, environment: dict[str, Any], cancelled: threading.Event) -> str | None:
    """The Python of the step's environment, built where it is not there; None when the run was cancelled meanwhile."""
    from aml_nb.core.environment import Environment
    from aml_nb.core.resolve.ready import resolve_ready

    ready = resolve_ready(Environment._from_json(environment))
    if ready is not None:
        return ready.python
    from aml_nb.core.resolve import resolve_environment
    from aml_nb.core.resolve.ready import run_requirements

    print("The environment is being built.", flush=True)
    _status(run, "Preparing")
    wanted = Environment._from_json(environment)
    found = resolve_environment(wanted, None, lambda line: print(line, flush=True), run_requirements())
    for note in found.notes:
        print(note, flush=True)
    if cancelled.is_set():
        return None
    _status(run, "Running")
    return found.python


def variables(
    folder: RunFolder, settings: Mapping[str, Any], python: str, data: Mapping[str, str]
) -> dict[str, str | None]:
    """What the script's processes have in their environment that this one has not."""
    from dataclasses import replace

    from aml_nb.core.runs.keeper import variables as of_runs
    from aml_nb.core.runs.spec import RunSpec

    given = {**settings["environment"].get("environmentVariables", {}), **settings["environment_variables"]}
    spec = replace(RunSpec.read(folder.spec), variables={str(k): str(v) for k, v in given.items() if v is not None})
    whole = {**of_runs.base(spec, folder.path, python), **data}
    return {name: value for name, value in whole.items() if os.environ.get(name) != value}


def processes(settings: Mapping[str, Any]) -> int:
    """How many processes score: what was asked for, else one a core of this machine."""
    each = settings.get("process_count_per_node")
    return int(each) * int(settings["node_count"]) if each else 0


def unpack(workspace: Any, snapshot_id: str, folder: Path) -> None:
    """Put the script and what lies beside it into a folder; nothing happens where it is there."""
    from aml_nb.core.runs.snapshots import FILE, _files

    if folder.is_dir():
        return
    staged = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    archive = _files(workspace, snapshot_id).fetch(FILE, staged.with_suffix(".zip"))
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            path = packed.extract(entry, staged)
            os.chmod(path, (entry.external_attr >> 16) & 0o777 or 0o644)
    archive.unlink()
    os.replace(staged, folder)


@contextmanager
def executor(workspace: Any, target: Any) -> Iterator[tuple[Executor | None, int]]:
    """What has the mini-batches scored, and how many at once: a Dask cluster's; None and 0 for this machine's."""
    found = where(workspace, target, 1)
    if found.kind != "dask":
        yield None, 0
        return
    from aml_nb.engines.dask import connected

    with connected(str(found.address)) as client:
        yield client.get_executor(pure=False), sum(client.nthreads().values())


def _status(run: Run, status: str) -> None:
    from aml_nb.core.runs.records import RunRecords

    RunRecords(run.experiment.workspace._store).transition(run.id, status)
