"""PythonScriptStep: a script as a step; and what it has in common with a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.compute.places import place
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.step import PipelineStep
from aml_nb.core.runs.run_configuration import RunConfiguration

if TYPE_CHECKING:
    from aml_nb.core.pipelines.building import NodeContext

# v1's names for what a PipelineParameter may set, and where the configuration's JSON has it.
_SETTABLE = {
    "NodeCount": ("nodeCount",),
    "MpiProcessCountPerNode": ("mpi", "processCountPerNode"),
    "TensorflowWorkerCount": ("tensorflow", "workerCount"),
    "TensorflowParameterServerCount": ("tensorflow", "parameterServerCount"),
}


class _PythonScriptStepBase(PipelineStep):
    """What script and command steps have in common.

    Parameters
    ----------
    script_name : the script's path, relative to ``source_directory``.
    name : of the step; the script's name when left out.
    arguments : of the script.
    compute_target : a compute target or its name; that of ``runconfig`` when left out.
    runconfig : a RunConfiguration: environment, processes, variables.
    runconfig_pipeline_params : PipelineParameters that set something in it, such as ``{"NodeCount": nodes}``.
    inputs, outputs : what it reads and writes.
    params : values that the script finds in variables called ``AML_PARAMETER_<name>``.
    source_directory : the folder with the script.
    allow_reuse : take the outputs of an earlier run where script, arguments, inputs and environment are the same.
    version : taken for v1's sake; a new one makes the step run again.
    hash_paths : deprecated: the whole folder counts.
    command : in place of a script, as one text or a list.

    Raises
    ------
    PipelineError : there is neither script nor compute target, or names are taken twice.
    PipelineTypeError : something is of another type.
    """

    _kind = "script"

    def __init__(
        self,
        script_name: str | None = None,
        name: str | None = None,
        arguments: Any = None,
        compute_target: Any = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        params: Any = None,
        source_directory: Any = None,
        allow_reuse: bool = True,
        version: str | None = None,
        hash_paths: Any = None,
        command: Any = None,
    ) -> None:
        self._script_name = _checked_script(script_name, command)
        self._command = command
        words = arguments if command is None else [command] if isinstance(command, str) else command
        super().__init__(name or _first_name(script_name, command), inputs, outputs, words)
        self._runconfig = _checked_config(self.name, runconfig)
        self._runconfig_pipeline_params = self._settable(runconfig_pipeline_params)
        self._params = self._checked_params(params)
        self._source_directory = source_directory
        self._allow_reuse = bool(allow_reuse)
        self._version = version
        self._target = self._target_name(compute_target)

    def _settings(self, context: NodeContext) -> dict[str, Any]:
        source = self._source(context)
        if context.keep:
            place(context.workspace, str(self._target), 1)  # a target that is not there is said at once
        config = self._runconfig._copy()
        config.target, config.arguments = self._target, []
        config.script, config.command = self._script_name, None
        written = config._to_json()
        for name, parameter in self._runconfig_pipeline_params.items():
            *above, last = _SETTABLE[name]
            inner = written
            for key in above:
                inner = inner[key]
            inner[last] = context.value(parameter)
        return {
            "run_config": written,
            "script": self._script_name,
            "source": source,
            "variables": {f"AML_PARAMETER_{key}": context.value(value) for key, value in self._params.items()},
            "version": self._version,
        }

    def _source(self, context: NodeContext) -> dict[str, Any]:
        """The folder with the script, as the workspace keeps it."""
        return context.snapshot(self.get_source_directory(context, self._source_directory, self._script_name))

    def _target_name(self, compute_target: Any) -> str:
        if isinstance(compute_target, tuple):  # name and type, as the first releases of v1 had it
            compute_target = compute_target[0]
        name = compute_target if isinstance(compute_target, str) else getattr(compute_target, "name", None)
        if compute_target is not None and (not isinstance(name, str) or not name):
            raise PipelineTypeError(
                f"Step [{self.name}]: compute_target is a compute target or its name, not {compute_target!r}.",
                hint="compute_target=ws.compute_targets['cpu-cluster']",
            )
        return str(name or self._runconfig.target)

    def _settable(self, given: Any) -> dict[str, Any]:
        if given is None:
            return {}
        if not isinstance(given, dict):
            raise PipelineTypeError(
                f"Step [{self.name}]: runconfig_pipeline_params is a dictionary, not {given!r}.",
                hint="runconfig_pipeline_params={'NodeCount': nodes}",
            )
        known = {name.lower(): name for name in _SETTABLE} | {
            path[-1].lower() if len(path) == 1 else name.lower(): name for name, path in _SETTABLE.items()
        }
        found = {}
        for name, value in given.items():
            spelled = known.get(str(name).replace("_", "").lower())
            if spelled is None:
                raise PipelineError(
                    f"Step [{self.name}]: a parameter cannot set {name!r} of a run configuration.",
                    hint=", ".join(_SETTABLE),
                )
            if not isinstance(value, PipelineParameter):
                raise PipelineTypeError(
                    f"Step [{self.name}]: {name} takes a PipelineParameter, not {value!r}.",
                    hint=f"PipelineParameter('nodes', {value!r})",
                )
            found[spelled] = value
        return found

    def _checked_params(self, params: Any) -> dict[str, Any]:
        if params is None:
            return {}
        if not isinstance(params, dict):
            raise PipelineTypeError(
                f"Step [{self.name}]: params is a dictionary, not {params!r}.", hint="{'rate': 0.1}"
            )
        return dict(params)


class PythonScriptStep(_PythonScriptStepBase):
    """A Python script as a step of a pipeline.

    Parameters
    ----------
    script_name : the script's path, relative to ``source_directory``.
    name : of the step; the script's name when left out.
    arguments : of the script: text, numbers, PipelineParameters, and what the step reads and writes.
    compute_target : a compute target or its name; that of ``runconfig`` when left out.
    runconfig : a RunConfiguration: environment, processes, variables.
    runconfig_pipeline_params : PipelineParameters that set something in it, such as ``{"NodeCount": nodes}``.
    inputs, outputs : what it reads and writes.
    params : values that the script finds in variables called ``AML_PARAMETER_<name>``.
    source_directory : the folder with the script; the pipeline's, or the current one, when left out.
    allow_reuse : take the outputs of an earlier run where script, arguments, inputs and environment are the same.
    version : a new one makes the step run again.
    hash_paths : deprecated: the whole folder counts.

    Raises
    ------
    PipelineError : two outputs have one name, or arguments name what is no input or output.
    PipelineTypeError : something is of another type.
    """

    def __init__(
        self,
        script_name: str,
        name: str | None = None,
        arguments: Any = None,
        compute_target: Any = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        params: Any = None,
        source_directory: Any = None,
        allow_reuse: bool = True,
        version: str | None = None,
        hash_paths: Any = None,
    ) -> None:
        super().__init__(
            script_name,
            name,
            arguments,
            compute_target,
            runconfig,
            runconfig_pipeline_params,
            inputs,
            outputs,
            params,
            source_directory,
            allow_reuse,
            version,
            hash_paths,
        )


def _checked_script(script_name: Any, command: Any) -> str | None:
    if command is not None:
        if not isinstance(command, (str, list, tuple)):
            raise PipelineTypeError(f"A command is text or a list of words, not {command!r}.", hint="'python train.py'")
        return None
    if not isinstance(script_name, str) or not script_name:
        raise PipelineTypeError(
            f"script_name is the name of a script, not {script_name!r}.", hint="script_name='train.py'"
        )
    return script_name


def _first_name(script_name: Any, command: Any) -> str:
    if command is None:
        return str(script_name)
    first = command if isinstance(command, str) else command[0]
    return (str(first).split() or ["command"])[0]


def _checked_config(name: str, runconfig: Any) -> RunConfiguration:
    if runconfig is None:
        return RunConfiguration()
    if is_script_run_config(runconfig):
        runconfig = runconfig.run_config
    if not isinstance(runconfig, RunConfiguration):
        raise PipelineTypeError(
            f"Step [{name}]: runconfig is a RunConfiguration, not {runconfig!r}.", hint="runconfig=RunConfiguration()"
        )
    return runconfig


def is_script_run_config(value: Any) -> bool:
    """Whether it is a ScriptRunConfig, or made as one is."""
    return hasattr(value, "run_config") and hasattr(value, "source_directory")
