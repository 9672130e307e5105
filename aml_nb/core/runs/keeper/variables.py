"""The environment variables of a run's script: v1's, ours, and what its processes are told of one another."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from aml_nb.core.runs.spec import Layout, RunSpec
from aml_nb.core.tracking import ENTRY_POINTS, tracking_uri
from aml_nb.engines.detached import MARK

STARTUP = Path(__file__).parent / "startup"
_HOST = "127.0.0.1"
_NEVER = 4102444800
"""When the token of a run expires: there is nothing it would open."""


def base(spec: RunSpec, folder: Path, python: str) -> dict[str, str]:
    """What every process of the run gets."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "VIRTUAL_ENV")}
    path = os.pathsep.join(filter(None, (os.path.dirname(python), kept.get("PATH", ""))))
    return {**kept, "PATH": path, "PYTHONUNBUFFERED": "1", **_of_run(spec, folder), **spec.variables} | {
        "PYTHONPATH": _python_path(spec, folder, spec.variables.get("PYTHONPATH") or kept.get("PYTHONPATH", "")),
        MARK: str(folder),
    }


def _python_path(spec: RunSpec, folder: Path, given: str) -> str:
    """Ours first, so that ``import azureml`` works; then the run's folder, as v1 has it, then what was there."""
    ours = [str(STARTUP), str(folder / "site"), str(ENTRY_POINTS), str(folder / "work")]
    return os.pathsep.join([*ours, *(path for path in given.split(os.pathsep) if path and path not in ours)])


def _of_run(spec: RunSpec, folder: Path) -> dict[str, str]:
    endpoint = Path(spec.workspace).as_uri()
    return {
        "AML_NB_WORKSPACE": spec.workspace,
        "AZUREML_RUN_ID": spec.run_id,
        "AZUREML_ARM_SUBSCRIPTION": spec.subscription_id,
        "AZUREML_ARM_RESOURCEGROUP": spec.resource_group,
        "AZUREML_ARM_WORKSPACE_NAME": spec.workspace_name,
        "AZUREML_ARM_PROJECT_NAME": spec.experiment,
        "AZUREML_EXPERIMENT_ID": spec.experiment_id,
        "AZUREML_WORKSPACE_ID": spec.workspace_id,
        "AZUREML_RUN_TOKEN": "local",
        "AZUREML_RUN_TOKEN_EXPIRY": str(_NEVER),
        "AZUREML_SERVICE_ENDPOINT": endpoint,
        "AZUREML_DISCOVERY_SERVICE_ENDPOINT": endpoint,
        "AZUREML_OUTPUT_DIRECTORY": "./outputs",
        "AZUREML_COMPUTE_TARGET": spec.target,
        "MLFLOW_TRACKING_URI": tracking_uri(spec.workspace),
        "MLFLOW_RUN_ID": spec.run_id,
        "MLFLOW_EXPERIMENT_ID": spec.experiment_id,
        "MLFLOW_EXPERIMENT_NAME": spec.experiment,
    }


def of_processes(layout: Layout) -> list[dict[str, str]]:
    """What each process gets besides, by rank."""
    makers = {"mpi": _mpi, "pytorch": _pytorch, "tensorflow": _tensorflow, "tasks": _tasks}
    maker = makers.get(layout.framework)
    return [{}] if maker is None else maker(layout)


def _mpi(layout: Layout) -> list[dict[str, str]]:
    master = f"{_HOST}:{free_ports(1)[0]}"
    return [
        {
            "OMPI_COMM_WORLD_RANK": str(rank),
            "OMPI_COMM_WORLD_SIZE": str(layout.processes),
            "OMPI_COMM_WORLD_LOCAL_RANK": str(rank % layout.per_node),
            "OMPI_COMM_WORLD_LOCAL_SIZE": str(layout.per_node),
            "OMPI_COMM_WORLD_NODE_RANK": str(rank // layout.per_node),
            "OMPI_UNIVERSE_SIZE": str(layout.processes),
            "AZ_BATCH_MASTER_NODE": master,
            "AZ_BATCHAI_MPI_MASTER_NODE": _HOST,
            **_shared(layout, rank, master),
        }
        for rank in range(layout.processes)
    ]


def _pytorch(layout: Layout) -> list[dict[str, str]]:
    master = f"{_HOST}:{free_ports(1)[0]}"
    return [_shared(layout, rank, master) for rank in range(layout.processes)]


def _shared(layout: Layout, rank: int, master: str) -> dict[str, str]:
    """What ``torch.distributed`` reads; v1 gives it to the processes of MPI as well."""
    host, _, port = master.partition(":")
    return {
        "MASTER_ADDR": host,
        "MASTER_PORT": port,
        "RANK": str(rank),
        "WORLD_SIZE": str(layout.processes),
        "LOCAL_RANK": str(rank % layout.per_node),
        "LOCAL_WORLD_SIZE": str(min(layout.per_node, layout.processes)),
        "NODE_RANK": str(rank // layout.per_node),
        "NODE_COUNT": str(layout.nodes),
    }


def _tensorflow(layout: Layout) -> list[dict[str, str]]:
    """Workers first, then the parameter servers."""
    workers = layout.processes - layout.servers
    places = [f"{_HOST}:{port}" for port in free_ports(layout.processes)]
    cluster = {"worker": places[:workers]}
    if layout.servers:
        cluster["ps"] = places[workers:]
    tasks = [("worker", index) for index in range(workers)] + [("ps", index) for index in range(layout.servers)]
    return [
        {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}, "environment": "cloud"})}
        for kind, index in tasks
    ]


def _tasks(layout: Layout) -> list[dict[str, str]]:
    return [
        {"AZUREML_TASK_INDEX": str(index), "AZUREML_TASK_COUNT": str(layout.processes)}
        for index in range(layout.processes)
    ]


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody has at the moment, each another."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((_HOST, 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()
