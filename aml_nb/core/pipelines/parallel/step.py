"""v1's ParallelRunStep: a step that gives its inputs to an entry script, a mini-batch at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig
from aml_nb.core.data.datasets.output_tabular import OutputTabularDatasetConfig
from aml_nb.core.pipelines.bindings import InputPortBinding
from aml_nb.core.pipelines.output_dataset import PipelineOutputTabularDataset
from aml_nb.core.pipelines.parallel import arguments as words
from aml_nb.core.pipelines.parallel import settings
from aml_nb.core.pipelines.parallel.config import _ParallelRunConfigBase
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.step import PipelineStep
from aml_nb.errors import ArgumentError

if TYPE_CHECKING:
    from aml_nb.core.pipelines.building import NodeContext

FILES, ROWS = "file", "tabular"


class _ParallelRunStepBase(PipelineStep):
    """What ParallelRunStep is made of; its parameters are described there."""

    _kind = "parallel"

    def __init__(
        self,
        name: str,
        parallel_run_config: _ParallelRunConfigBase,
        inputs: Any,
        output: Any = None,
        side_inputs: Any = None,
        arguments: Any = None,
        allow_reuse: bool = True,
    ) -> None:
        if not isinstance(parallel_run_config, _ParallelRunConfigBase):
            raise ArgumentError(
                f"parallel_run_config must be a ParallelRunConfig, not {parallel_run_config!r}.",
                hint="ParallelRunStep(name='score', parallel_run_config=ParallelRunConfig(…), …)",
            )
        given = _listed("inputs", inputs)
        self._parallel_run_config = parallel_run_config
        self._items = _kind_of_all(given)
        words.check(arguments)
        _check_output(output, parallel_run_config)
        _check_script(parallel_run_config)
        _check_keys(given, parallel_run_config.partition_keys)
        aside = _listed("side_inputs", side_inputs) if side_inputs is not None else []
        super().__init__(name, [*given, *aside], [] if output is None else [output], arguments)
        self._batch_inputs = given
        self._side_inputs = aside
        self._allow_reuse = bool(allow_reuse)
        target = parallel_run_config.compute_target
        self._target = target if isinstance(target, str) else target.name
        self.step_type = "ParallelRunStep"

    @property
    def running_on_windows(self) -> bool:
        """Whether this process runs on Windows."""
        return sys.platform == "win32"

    def create_module_def(  # type: ignore[override]  # v1's parameters differ here as well
        self,
        execution_type: str,
        input_bindings: Any,
        output_bindings: Any,
        param_defs: Any = None,
        create_sequencing_ports: bool = True,
        allow_reuse: bool = True,
        version: str | None = None,
        arguments: Any = None,
    ) -> dict[str, Any]:
        """What the step is, as a dictionary."""
        return super().create_module_def(
            execution_type,
            input_bindings,
            output_bindings,
            param_defs,
            create_sequencing_ports,
            allow_reuse,
            version,
            arguments=arguments,
        )

    def _settings(self, context: NodeContext) -> dict[str, Any]:
        from aml_nb.core.pipelines.parallel.surroundings import where

        config = self._parallel_run_config
        where(context.workspace, self._target, int(settings.shown(config.node_count)))
        folder = self.get_source_directory(context, config.source_directory, config.entry_script)
        size = config.mini_batch_size
        if size is None:
            size = settings.DEFAULT_FILES if self._items == FILES else settings.DEFAULT_BYTES
        values = {**{name: getattr(config, name) for name in settings.CHECKS}, "mini_batch_size": size}
        return {
            "entry_script": config.entry_script,
            "source": context.snapshot(folder),
            "environment": config.environment._to_json(),
            "environment_variables": context.value(config.environment_variables),
            "items": self._items,
            "inputs": [context.port(value).name for value in self._batch_inputs],
            "outputs": [context.out(value).name for value in self._outputs[:1]],
            **{name: context.value(value) for name, value in values.items()},
        }


class ParallelRunStep(_ParallelRunStepBase):
    """A step that gives its inputs to an entry script, a mini-batch at a time, by many processes at once.

    The script has ``init()``, called once a process; ``run(mini_batch)``, called with a list of paths or with a
    DataFrame, which returns one element for each item that it could do; and, if it likes, ``shutdown()``.

    Parameters
    ----------
    name : of the step.
    parallel_run_config : the script, and how it is called.
    inputs : datasets as named inputs, or outputs of other steps; all of files, or all tables.
    output : PipelineData or OutputFileDatasetConfig for what ``run`` returns; needed for ``append_row``.
    side_inputs : more that the script reads, named in ``arguments``.
    arguments : for the script; the first is an option, and none is one of the step's own.
    allow_reuse : take the outputs of an earlier run where nothing has changed.
    models : models that the script uses, as an older v1 had it; ``Model.get_model_path`` finds any there.
    tags, properties, add_parallel_run_step_dependencies : taken for the sake of an older v1.

    Raises
    ------
    ArgumentError : a ValueError, as in v1: something of it cannot be right.
    PipelineTypeError : an input is of a type that no step takes.
    """

    def __init__(
        self,
        name: str,
        parallel_run_config: _ParallelRunConfigBase,
        inputs: Any,
        output: Any = None,
        side_inputs: Any = None,
        arguments: Any = None,
        allow_reuse: bool = True,
        *,
        models: Any = None,
        tags: Any = None,
        properties: Any = None,
        add_parallel_run_step_dependencies: bool = True,
    ) -> None:
        super().__init__(name, parallel_run_config, inputs, output, side_inputs, arguments, allow_reuse)
        self._models = _listed("models", models) if models is not None else []


def kind_of(value: Any) -> str:
    """Whether an input is of files or a table."""
    if isinstance(value, InputPortBinding):
        return kind_of(value.bind_object)
    if isinstance(value, (PipelineOutputTabularDataset, OutputTabularDatasetConfig)):
        return ROWS
    if isinstance(value, DatasetConsumptionConfig):
        return kind_of(value.dataset)
    if isinstance(value, PipelineParameter):
        return kind_of(value.default_value)
    inner = getattr(value, "dataset", value)  # a PipelineDataset has one
    return ROWS if getattr(inner, "_kind", FILES) == ROWS else FILES


def _kind_of_all(inputs: list[Any]) -> str:
    if not inputs:
        raise ArgumentError(
            "A ParallelRunStep has at least one input.", hint="inputs=[dataset.as_named_input('batch_data')]"
        )
    kinds = {kind_of(value) for value in inputs}
    if len(kinds) > 1:
        raise ArgumentError(
            "The inputs of a ParallelRunStep are all of files or all tables: run() gets either paths or a DataFrame.",
            hint="two steps, or give the one that is read aside as side_inputs",
        )
    return kinds.pop()


def _listed(what: str, given: Any) -> list[Any]:
    if isinstance(given, (str, bytes, dict)) or not isinstance(given, Iterable):
        raise ArgumentError(f"{what} must be a list, not {given!r}.", hint=f"{what}=[…]")
    return list(given)


def _check_output(output: Any, config: _ParallelRunConfigBase) -> None:
    if output is None and config.output_action == settings.APPEND_ROW:
        raise ArgumentError(
            "output_action='append_row' needs an output for the rows.",
            hint="output=PipelineData('inferences', datastore=ws.get_default_datastore())",
        )
    if isinstance(output, (list, tuple, set)):
        raise ArgumentError(f"output is one output, not {output!r}.", hint="output=PipelineData('inferences')")


def _check_script(config: _ParallelRunConfigBase) -> None:
    """The folder and the script in it are there; without a folder the pipeline says where it looks."""
    if config.source_directory is None:
        return
    folder = os.path.abspath(os.path.expanduser(config.source_directory))
    if not os.path.isdir(folder):
        raise ArgumentError(
            f"The source_directory {config.source_directory!r} is no folder: {folder}.",
            hint="os.makedirs('batch_scripts'), and the entry script in it",
        )
    script = os.path.join(folder, config.entry_script)
    if not os.path.isfile(script):
        there = ", ".join(name for name in sorted(os.listdir(folder)) if name.endswith(".py"))
        raise ArgumentError(
            f"The entry_script {config.entry_script!r} is no file of {folder}.",
            hint=f"there is: {there}" if there else "%%writefile it there first",
        )


def _check_keys(inputs: list[Any], keys: list[str] | None) -> None:
    """The datasets have the partition keys; those of other steps' outputs are known when they run."""
    for value in inputs if keys else ():
        known = getattr(getattr(value, "dataset", None), "partition_keys", None)
        if isinstance(known, list) and not set(keys or ()) <= set(known):
            missing = [key for key in keys or () if key not in known]
            raise ArgumentError(
                f"The input {value.name!r} has no partition key {missing[0]!r}; it has: {', '.join(known) or 'none'}.",
                hint="make the dataset with partition_format=…, or by partition_by(…)",
            )
