"""CommandStep: a command as a step."""

from __future__ import annotations

from typing import Any

from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.script_step import _PythonScriptStepBase, is_script_run_config
from aml_nb.core.runs.run_configuration import RunConfiguration


class CommandStep(_PythonScriptStepBase):
    """A command as a step of a pipeline.

    Parameters
    ----------
    command : one text, or a list of words in which PipelineParameters, inputs and outputs may stand.
    name : of the step; the command's first word when left out.
    compute_target : a compute target or its name.
    runconfig : a RunConfiguration, or a ScriptRunConfig, whose folder, command and target are taken then.
    runconfig_pipeline_params : PipelineParameters that set something in it.
    inputs, outputs : what it reads and writes.
    params : values that the command finds in variables called ``AML_PARAMETER_<name>``.
    source_directory : the folder in a copy of which the command runs.
    allow_reuse, version : as PythonScriptStep has them.

    Raises
    ------
    PipelineError : there is no command, or names are taken twice.
    PipelineTypeError : something is of another type.
    """

    _kind = "command"

    def __init__(
        self,
        command: Any = None,
        name: str | None = None,
        compute_target: Any = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        params: Any = None,
        source_directory: Any = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        if is_script_run_config(runconfig):
            command = command or runconfig.command or _as_command(runconfig)
            source_directory = source_directory or runconfig.source_directory
            runconfig = runconfig.run_config
        if command is None and isinstance(runconfig, RunConfiguration):
            command = runconfig.command
        if not command:
            raise PipelineError("A CommandStep needs a command.", hint="CommandStep(command='python train.py', …)")
        super().__init__(
            None,
            name,
            None,
            compute_target,
            runconfig,
            runconfig_pipeline_params,
            inputs,
            outputs,
            params,
            source_directory,
            allow_reuse,
            version,
            None,
            command,
        )


def _as_command(config: Any) -> list[Any] | None:
    """The script and arguments of a ScriptRunConfig as a command."""
    return ["python", config.script, *config.arguments] if config.script else None
