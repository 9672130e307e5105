"""v1's ScriptRunConfig: a folder, the script in it, and how it is to run."""

from __future__ import annotations

import logging
import os
import shlex
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs.run_configuration import (
    DockerConfiguration,
    MpiConfiguration,
    ParallelTaskConfiguration,
    PyTorchConfiguration,
    RunConfiguration,
    TensorflowConfiguration,
)
from aml_nb.core.runs.spec import MAX_SECONDS
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.script_run import ScriptRun

log = logging.getLogger(__name__)

_DISTRIBUTED: dict[type, tuple[str, str]] = {
    MpiConfiguration: ("mpi", "Mpi"),
    PyTorchConfiguration: ("pytorch", ""),
    TensorflowConfiguration: ("tensorflow", "ParameterServer"),
    ParallelTaskConfiguration: ("paralleltask", "ParallelTask"),
}


class ScriptRunConfig:
    """A script (or a command) to run, its folder, its arguments and where it runs.

    Parameters
    ----------
    source_directory : the folder with the script; a copy of it is where the script runs.
    script : the script's path, relative to ``source_directory``.
    arguments : a list of text, numbers, datasets to be consumed, data references.
    run_config : a `RunConfiguration`; then target, environment, processes and time are taken from it.
    compute_target : a compute target, its name, or ``local``.
    environment : an `Environment`.
    distributed_job_config : an `MpiConfiguration`, `PyTorchConfiguration`, `TensorflowConfiguration` or
        `ParallelTaskConfiguration`.
    resume_from : a run, or a `DataPath`, whose files the script finds by ``--resume-from``.
    max_run_duration_seconds : after so long the run is ended.
    command : a command in place of a script, as a list or one text.
    docker_runtime_config : a `DockerConfiguration`.
    _telemetry_values : not used.

    Raises
    ------
    UserErrorException
        The arguments cannot go together, or one of them cannot be right.

    Examples
    --------
    >>> config = ScriptRunConfig("./train", script="train.py", arguments=["--rate", 0.1])
    >>> config.run_config.target
    'local'
    """

    MAX_DURATION_SECONDS_DEFAULT = MAX_SECONDS

    def __init__(
        self,
        source_directory: str,
        script: str | None = None,
        arguments: list[Any] | None = None,
        run_config: RunConfiguration | None = None,
        _telemetry_values: Any = None,
        compute_target: Any = None,
        environment: Any = None,
        distributed_job_config: Any = None,
        resume_from: Any = None,
        max_run_duration_seconds: int = MAX_SECONDS,
        command: str | list[str] | None = None,
        docker_runtime_config: DockerConfiguration | None = None,
    ) -> None:
        _one_of(script, command, arguments)
        self.source_directory: str = _folder(source_directory)
        self.resume_from = resume_from
        if run_config is None:
            run_config = RunConfiguration(command=command)
            _take_processes(run_config, distributed_job_config)
            run_config.target = compute_target or "local"
            if environment is not None:
                run_config.environment = environment
            if docker_runtime_config is not None:
                run_config.docker = docker_runtime_config
            run_config.max_run_duration_seconds = _seconds(max_run_duration_seconds)
        elif not isinstance(run_config, RunConfiguration):
            raise UserErrorException(
                f"run_config takes a RunConfiguration, not {type(run_config).__name__}.", hint="RunConfiguration()"
            )
        else:
            _say_ignored(
                compute_target=compute_target,
                environment=environment,
                distributed_job_config=distributed_job_config,
                docker_runtime_config=docker_runtime_config,
            )
        self.run_config: RunConfiguration = run_config
        chosen = command or (None if script else run_config.command)
        self.command: str | list[str] | None = chosen
        self.script: str | None = None if chosen else script or run_config.script
        self.arguments: list[Any] = check_arguments(arguments if arguments is not None else run_config.arguments)

    def __repr__(self) -> str:
        return (
            f"ScriptRunConfig(source_directory={self.source_directory!r}, script={self.script!r}, "
            f"arguments={self.arguments!r}, command={self.command!r}, target={self.run_config.target!r})"
        )

    def _submit(self, experiment: Any, tags: dict[str, str] | None = None, **kwargs: Any) -> ScriptRun:
        """Submit it in an experiment; what `Experiment.submit` calls."""
        from aml_nb.core.runs.submitting import submit_script

        kwargs.pop("credential_passthrough", None)
        parent = kwargs.pop("_parent_run_id", None) or kwargs.pop("parent", None)
        return submit_script(experiment, self, tags=tags, parent=parent, **kwargs)


def get_run_config_from_script_run(script_run_config: ScriptRunConfig) -> RunConfiguration:
    """The run configuration of a `ScriptRunConfig`, with its script, command and arguments in it.

    Parameters
    ----------
    script_run_config : the script to run; it is not changed.
    """
    config = script_run_config.run_config._copy()
    config.script = script_run_config.script
    config.command = script_run_config.command
    config.arguments = list(script_run_config.arguments or [])
    return config


def submit(
    script_run_config: ScriptRunConfig,
    workspace: Any,
    experiment_name: str,
    run_id: str | None = None,
    _parent_run_id: str | None = None,
    credential_passthrough: bool = False,
) -> ScriptRun:
    """Submit a script in an experiment, which is made if it is not there.

    Parameters
    ----------
    script_run_config : the script.
    workspace, experiment_name : where.
    run_id : the run's id; one is made when it is left out.
    _parent_run_id : the run that it is a child of.
    credential_passthrough : not used.
    """
    from aml_nb.core.runs.experiment import Experiment

    experiment = Experiment(workspace, experiment_name)
    return script_run_config._submit(experiment, run_id=run_id, _parent_run_id=_parent_run_id)


def check_arguments(arguments: Any) -> list[Any]:
    """The arguments as a list; a text is no list of arguments, and None is no argument."""
    if arguments is None:
        return []
    if isinstance(arguments, str) or not isinstance(arguments, list | tuple):
        split = f"arguments={shlex.split(arguments)!r}" if isinstance(arguments, str) else "arguments=['--rate', 0.1]"
        raise UserErrorException(f"arguments takes a list, not {arguments!r}.", hint=split)
    for number, value in enumerate(arguments):
        if value is None:
            before = f" (after {arguments[number - 1]!r})" if number else ""
            raise UserErrorException(
                f"The argument at position {number}{before} is None.", hint="leave it out, or give it a value"
            )
    return list(arguments)


def _folder(source_directory: Any) -> str:
    if source_directory is None:
        return "."
    try:
        return str(os.fspath(source_directory))
    except TypeError:
        raise UserErrorException(
            f"source_directory is the path of a folder, not {source_directory!r}.", hint="source_directory='./train'"
        ) from None


def _one_of(script: Any, command: Any, arguments: Any) -> None:
    if script is not None and not isinstance(script, str | os.PathLike):
        raise UserErrorException(f"script is the path of a file, not {script!r}.", hint="script='train.py'")
    if not command:
        return
    if script is not None:
        raise UserErrorException(
            "script and command exclude each other.", hint="command=['python', 'train.py', '--rate', '0.1']"
        )
    if arguments:
        raise UserErrorException(
            "arguments belong to a script; a command has its own.",
            hint="command=['python', 'train.py', '--rate', '0.1']",
        )
    if not isinstance(command, str | list | tuple):
        raise UserErrorException(
            f"command is a list or a text, not {command!r}.", hint="command=['python', 'train.py']"
        )


def _take_processes(config: RunConfiguration, given: Any) -> None:
    """Put the configuration of the processes where a run configuration has it."""
    if given is None:
        return
    part, communicator = _DISTRIBUTED.get(type(given), ("", ""))
    if not part:
        raise UserErrorException(
            f"distributed_job_config takes an MpiConfiguration or its like, not {type(given).__name__}.",
            hint="MpiConfiguration(process_count_per_node=2)",
        )
    setattr(config, part, given)
    config.node_count = getattr(given, "node_count", None) or config.node_count
    if part == "pytorch":
        communicator = str(given.communication_backend or "Nccl").capitalize()
        config.framework = "PyTorch"
    elif part == "tensorflow":
        config.framework = "TensorFlow"
        config.node_count = given.worker_count + given.parameter_server_count
    config.communicator = communicator


def _seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MAX_SECONDS:
        raise UserErrorException(
            f"max_run_duration_seconds is a number from 1 to {MAX_SECONDS} (30 days), not {value!r}.",
            hint="max_run_duration_seconds=3600",
        )
    return int(value) or 1


def _say_ignored(**given: Any) -> None:
    named = [name for name, value in given.items() if value is not None]
    if named:
        log.warning("run_config was given: %s %s not used.", ", ".join(named), "is" if len(named) == 1 else "are")
