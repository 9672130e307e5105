"""v1's ParallelRunConfig: the entry script of a parallel step, its mini-batches, and how many failures it may have."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.parallel import settings

if TYPE_CHECKING:
    from aml_nb.core.environment import Environment
    from aml_nb.core.workspace import Workspace


class _ParallelRunConfigBase:
    """What `ParallelRunConfig` and a configuration that was loaded from a file have in common.

    Its parameters are those of `ParallelRunConfig`; those that a file leaves out are None here.
    """

    def __init__(
        self,
        environment: Environment,
        entry_script: str,
        error_threshold: Any,
        output_action: str,
        compute_target: Any,
        node_count: Any,
        process_count_per_node: Any = None,
        mini_batch_size: Any = None,
        source_directory: str | None = None,
        description: str | None = None,
        logging_level: Any = None,
        run_invocation_timeout: Any = None,
        run_max_try: Any = None,
        append_row_file_name: str | None = None,
        allowed_failed_count: Any = None,
        allowed_failed_percent: Any = None,
        partition_keys: list[str] | None = None,
        environment_variables: dict[str, Any] | None = None,
    ) -> None:
        self.environment = _environment(environment)
        self.entry_script = settings.text("entry_script")(_path(entry_script))
        self.source_directory = _directory(source_directory)
        self.compute_target = _target(compute_target)
        self.description = description
        self.error_threshold = settings.checked("error_threshold", error_threshold)
        self.allowed_failed_count = settings.checked("allowed_failed_count", allowed_failed_count)
        self.allowed_failed_percent = settings.checked("allowed_failed_percent", allowed_failed_percent)
        self.output_action = settings.checked("output_action", output_action)
        self.append_row_file_name = settings.checked("append_row_file_name", append_row_file_name)
        self.logging_level = settings.checked("logging_level", logging_level)
        self.node_count = settings.checked("node_count", node_count)
        self.process_count_per_node = settings.checked("process_count_per_node", process_count_per_node)
        self.mini_batch_size = settings.checked("mini_batch_size", mini_batch_size)
        self.run_invocation_timeout = settings.checked("run_invocation_timeout", run_invocation_timeout)
        self.run_max_try = settings.checked("run_max_try", run_max_try)
        self.partition_keys = settings.checked("partition_keys", partition_keys)
        if self.mini_batch_size is not None and self.partition_keys is not None:
            settings.refuse(
                "partition_keys",
                "given without mini_batch_size, for a partition is a mini-batch",
                partition_keys,
                "leave mini_batch_size out",
            )
        self.environment_variables = {} if environment_variables is None else environment_variables

    @property
    def environment_variables(self) -> dict[str, Any]:
        """Variables of the entry script's processes, besides the environment's; a value may be a PipelineParameter."""
        return self._environment_variables

    @environment_variables.setter
    def environment_variables(self, environment_variables: dict[str, Any]) -> None:
        self._environment_variables = settings.variables(environment_variables)

    def save_to_yaml(self, path: str) -> None:
        """Write the configuration to a file, in YAML.

        Parameters
        ----------
        path : the file. ``allowed_failed_count`` and ``allowed_failed_percent`` are not written, as in v1.
        """
        from aml_nb.core.pipelines.parallel.files import save

        save(self, path)

    @staticmethod
    def load_yaml(workspace: Workspace, path: str) -> _ParallelRunConfigBase:
        """The configuration in a file that ``save_to_yaml`` wrote, or that was written by hand; as in v1 it is of this
        class, not a `ParallelRunConfig`.

        Parameters
        ----------
        workspace : where the environment is registered, when the file only names it, and where the cluster is.
        path : the file.

        Raises
        ------
        ArgumentError : the file is not there, no YAML, or a value in it cannot be right.
        """
        from aml_nb.core.pipelines.parallel.files import load

        return load(workspace, path)

    def __repr__(self) -> str:
        named = ("entry_script", "source_directory", "mini_batch_size", "partition_keys", "error_threshold")
        told = {name: getattr(self, name) for name in (*named, "output_action", "node_count")}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in told.items() if v is not None)})"


class ParallelRunConfig(_ParallelRunConfigBase):
    """How a parallel step works: its script, its mini-batches, its nodes, and how many failures it may have.

    ``error_threshold``, the two ``allowed_failed_…``, ``mini_batch_size``, ``logging_level``, ``node_count``,
    ``process_count_per_node``, ``run_invocation_timeout`` and ``run_max_try`` may be a `PipelineParameter`.

    Parameters
    ----------
    environment : the `Environment` that the script runs in.
    entry_script : the script, relative to ``source_directory``; it has ``init()`` and ``run(mini_batch)``.
    error_threshold : so many items (files or rows) may fail before the step does; -1: as many as like to.
    output_action : ``append_row`` (what ``run`` returns goes to one file), or ``summary_only``.
    compute_target : a cluster, or its name.
    node_count : nodes of the cluster to use.
    process_count_per_node : processes a node that score; one a core when left out.
    mini_batch_size : files a call of ``run``, or bytes of a table (``"10KB"``); 10 files or 1 MB when left out.
    source_directory : the folder with the script and what it imports.
    description : a description of the step.
    logging_level : how much the step logs: ``DEBUG``, ``INFO`` or ``WARNING``.
    run_invocation_timeout : seconds that a call of ``run`` may take.
    run_max_try : how often a mini-batch is tried.
    append_row_file_name : the file for ``append_row``; ``parallel_run_step.txt`` when left out.
    allowed_failed_count, allowed_failed_percent : so many mini-batches, or so many in a hundred, may fail.
    partition_keys : keys of the dataset; each of their combinations is a mini-batch.
    environment_variables : variables of the script's processes.

    Raises
    ------
    ArgumentError : a ValueError, as in v1: a setting cannot be right.

    Examples
    --------
    >>> config = ParallelRunConfig(
    ...     Environment("iris"), "score.py", 10, "append_row", "cpu-cluster", 2, mini_batch_size="5"
    ... )
    >>> config.mini_batch_size
    5
    """

    def __init__(
        self,
        environment: Environment,
        entry_script: str,
        error_threshold: Any,
        output_action: str,
        compute_target: Any,
        node_count: Any,
        process_count_per_node: Any = None,
        mini_batch_size: Any = None,
        source_directory: str | None = None,
        description: str | None = None,
        logging_level: Any = "INFO",
        run_invocation_timeout: Any = 60,
        run_max_try: Any = 3,
        append_row_file_name: str | None = None,
        allowed_failed_count: Any = None,
        allowed_failed_percent: Any = None,
        partition_keys: list[str] | None = None,
        environment_variables: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            environment=environment,
            entry_script=entry_script,
            error_threshold=error_threshold,
            output_action=output_action,
            compute_target=compute_target,
            node_count=node_count,
            process_count_per_node=process_count_per_node,
            mini_batch_size=mini_batch_size,
            source_directory=source_directory,
            description=description,
            logging_level=logging_level,
            run_invocation_timeout=run_invocation_timeout,
            run_max_try=run_max_try,
            append_row_file_name=append_row_file_name,
            allowed_failed_count=allowed_failed_count,
            allowed_failed_percent=allowed_failed_percent,
            partition_keys=partition_keys,
            environment_variables=environment_variables,
        )


def _environment(value: Any) -> Any:
    from aml_nb.core.environment import Environment

    if not isinstance(value, Environment):
        settings.refuse("environment", "an Environment", value, "environment=Environment.get(ws, 'AzureML-Minimal')")
    return value


def _path(value: Any) -> Any:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _directory(value: Any) -> str | None:
    value = _path(value)
    if value is not None and not isinstance(value, str):
        settings.refuse("source_directory", "the path of a folder", value, "source_directory='scripts'")
    return value or None


def _target(value: Any) -> Any:
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(getattr(value, "name", None), str):
        return value
    return settings.refuse("compute_target", "a cluster or its name", value, "compute_target=ws.compute_targets['cpu']")
