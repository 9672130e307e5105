"""EstimatorStep and MpiStep: an estimator, or a script in several processes, as a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.script_step import PythonScriptStep

if TYPE_CHECKING:
    from aml_nb.core.runs.run_configuration import RunConfiguration

_SETTABLE = {"node_count": "NodeCount", "process_count_per_node": "MpiProcessCountPerNode"}


class EstimatorStep(PythonScriptStep):
    """An estimator as a step of a pipeline.

    Parameters
    ----------
    name : of the step; the script's name when left out.
    estimator : an `Estimator` or one of its kinds; what it says of the arguments is left to the step.
    estimator_entry_script_arguments : of its script; ``[]`` for none.
    runconfig_pipeline_params : PipelineParameters that set something in its run configuration.
    inputs, outputs : what the script reads and writes.
    compute_target : a compute target or its name; the estimator's when left out.
    allow_reuse, version : as PythonScriptStep has them.

    Raises
    ------
    PipelineError : the estimator or the arguments are missing, or are given twice.
    PipelineTypeError : something is of another type.
    """

    def __init__(
        self,
        name: str | None = None,
        estimator: Any = None,
        estimator_entry_script_arguments: Any = None,
        runconfig_pipeline_params: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        compute_target: Any = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        config = _estimator_config(estimator)
        if estimator_entry_script_arguments is None:
            raise PipelineError(
                "An EstimatorStep needs estimator_entry_script_arguments.",
                hint="estimator_entry_script_arguments=[] where the script takes no arguments",
            )
        if config.arguments:
            raise PipelineError(
                "The arguments of the script are the step's: the estimator has script_params, which would be lost.",
                hint=f"leave script_params out, and estimator_entry_script_arguments={list(config.arguments)!r}",
            )
        super().__init__(
            str(config.script),
            name,
            estimator_entry_script_arguments,
            compute_target if compute_target is not None else config.target,
            config,
            runconfig_pipeline_params,
            inputs,
            outputs,
            None,
            estimator.source_directory,
            allow_reuse,
            version,
        )
        self._estimator = estimator


class MpiStep(PythonScriptStep):
    """A script that runs in several processes at once, as a step of a pipeline.

    Parameters
    ----------
    name : of the step; the script's name when left out.
    source_directory, script_name, arguments : the folder, the script in it and its arguments.
    compute_target : a compute target or its name.
    node_count, process_count_per_node : how many nodes, and processes on each; numbers or PipelineParameters.
    inputs, outputs : what the script reads and writes.
    allow_reuse, version, hash_paths : as PythonScriptStep has them.
    kwargs : the environment, as estimators are told: ``pip_packages``, ``conda_packages``, ``use_gpu``,
        ``environment_definition`` and the like.

    Raises
    ------
    PipelineError : something of it is missing.
    PipelineTypeError : something is of another type.
    """

    def __init__(
        self,
        name: str | None = None,
        source_directory: Any = None,
        script_name: str | None = None,
        arguments: Any = None,
        compute_target: Any = None,
        node_count: Any = None,
        process_count_per_node: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        allow_reuse: bool = True,
        version: str | None = None,
        hash_paths: Any = None,
        **kwargs: Any,
    ) -> None:
        given = {"node_count": node_count, "process_count_per_node": process_count_per_node}
        needed = {"source_directory": source_directory, "script_name": script_name, "compute_target": compute_target}
        for missing, value in {**needed, **given}.items():
            if value is None:
                raise PipelineError(f"An MpiStep needs {missing}.", hint=f"MpiStep({missing}=…, …)")
        counts = {key: _count(key, value) for key, value in given.items()}
        parameters = {_SETTABLE[key]: value for key, value in given.items() if isinstance(value, PipelineParameter)}
        super().__init__(
            str(script_name),
            name,
            arguments,
            compute_target,
            _mpi_config(source_directory, str(script_name), compute_target, counts, kwargs),
            parameters or None,
            inputs,
            outputs,
            None,
            source_directory,
            allow_reuse,
            version,
            hash_paths,
        )


def _estimator_config(estimator: Any) -> RunConfiguration:
    from aml_nb.core.estimators import MMLBaseEstimator

    if estimator is None:
        raise PipelineError("An EstimatorStep needs an estimator.", hint="EstimatorStep(estimator=Estimator(…), …)")
    if not isinstance(estimator, MMLBaseEstimator):
        raise PipelineTypeError(
            f"estimator is an Estimator, not {estimator!r}.", hint="a PythonScriptStep runs a script without one"
        )
    return estimator.run_config


def _count(name: str, value: Any) -> int:
    """A count as it is, or by default."""
    number = value.default_value if isinstance(value, PipelineParameter) else value
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise PipelineTypeError(f"{name} is a number from 1 on, not {number!r}.", hint=f"{name}=2")
    return number


def _mpi_config(
    folder: Any, script: str, target: Any, counts: dict[str, int], options: dict[str, Any]
) -> RunConfiguration:
    """The run configuration of an estimator that is told the same."""
    import inspect

    from aml_nb.core.estimators import Estimator

    known = inspect.signature(Estimator.__init__).parameters
    unknown = [key for key in options if key not in known or key in ("self", "script_params", "entry_script")]
    if unknown:
        raise PipelineTypeError(
            f"An MpiStep takes no {unknown[0]!r}.", hint="what describes the environment, as pip_packages=['horovod']"
        )
    made = Estimator(
        folder,
        compute_target=target,
        entry_script=script,
        distributed_backend="mpi",
        **{**counts, **options},
    )
    return made.run_config
