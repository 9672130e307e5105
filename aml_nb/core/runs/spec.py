"""What a detached run is to do, as its folder's ``run.json`` says it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

DEFAULT_LOG = "user_logs/std_log.txt"
DRIVER_LOG = "azureml-logs/driver.txt"
CANCEL_FILE = "cancel"
"""Its presence in the run's folder asks the keeper to end the run."""
STATE_FILE = "keeper.json"
"""Which processes the keeper has."""
MAX_SECONDS = 2592000
"""v1's longest run: 30 days."""


@dataclass(frozen=True)
class Layout:
    """How many processes of the script there are, and what they are told of one another.

    ``framework`` is ``none``, ``mpi``, ``pytorch``, ``tensorflow`` or ``tasks``; ``servers`` are TensorFlow's parameter
    servers, which are counted among ``processes``. A process of ``tasks`` that fails is started again, up to
    ``retries`` times, unless its exit code is among ``terminal``.
    """

    framework: str = "none"
    nodes: int = 1
    processes: int = 1
    per_node: int = 1
    servers: int = 0
    retries: int = 0
    terminal: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class RunSpec:
    """One run, from submission to its keeper; never changed on the way.

    Attributes
    ----------
    experiment, experiment_id : the experiment's name and id.
    kind : ``script`` (a program of the user's), or ``driver`` (a function of ours).
    workspace, workspace_id : the workspace's folder and id.
    source_directory : where the user has the script; errors name it.
    arguments : the script and its arguments, or the words of a command; placeholders of inputs are among them.
    shell : ``arguments`` are the words of a command for the shell, in place of a script.
    python : the interpreter, where it is known; else ``environment`` is prepared first.
    environment : the environment's JSON form, where it has to be prepared.
    variables : environment variables of the user's.
    cluster : the cluster whose nodes are waited for; None: this machine.
    scheduler : the address of the Dask scheduler that runs it.
    max_seconds : after so long the run is ended; None: never.
    outputs : whether ``outputs`` and ``logs`` are kept when the run has ended.
    watched : more folders of the script's whose files are kept.
    bound : the inputs and outputs, as ``bindings.describe`` gives them.
    module, payload : of a driver: ``module.drive(run, payload, cancelled)``.
    log : the log's name among the run's files.
    python_path : more folders for Python to find modules in; a driver's own process needs those of its caller.
    """

    run_id: str
    experiment: str
    experiment_id: str
    kind: str
    workspace: str
    workspace_id: str
    subscription_id: str = ""
    resource_group: str = ""
    workspace_name: str = ""
    source_directory: str | None = None
    arguments: list[str] = field(default_factory=list)
    shell: bool = False
    python: str | None = None
    environment: dict[str, Any] | None = None
    variables: dict[str, str] = field(default_factory=dict)
    target: str = "local"
    cluster: str | None = None
    scheduler: str | None = None
    layout: Layout = field(default_factory=Layout)
    max_seconds: float | None = None
    outputs: bool = True
    watched: list[str] = field(default_factory=list)
    bound: dict[str, Any] | None = None
    module: str | None = None
    payload: Any = None
    log: str = DEFAULT_LOG
    python_path: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write it in one step."""
        staged = f"{path}.new"
        with open(staged, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        os.replace(staged, path)

    @classmethod
    def read(cls, path: Path) -> RunSpec:
        """Read what ``write`` wrote."""
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        told["layout"] = Layout(**told["layout"])
        return cls(**told)
