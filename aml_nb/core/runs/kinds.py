"""Which class stands for which type of run; each loads when a run of its type is met."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.experiment import Experiment
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.core.runs.run import Run

Factory = Callable[..., Any]

KINDS: dict[str, str] = {
    "azureml.scriptrun": "aml_nb.core.runs.script_run.ScriptRun",
    "hyperdrive": "aml_nb.core.hyperdrive.run.HyperDriveRun",
    "automl": "aml_nb.core.automl.run.AutoMLRun",
    "azureml.pipelinerun": "aml_nb.core.pipelines.pipeline_run.PipelineRun",
    "azureml.steprun": "aml_nb.core.pipelines.step_run.of_record",
}
"""run_type to a dotted class name; the class is made as ``cls(experiment, run_id, _run_dto=record)``."""
_providers: dict[str, Factory] = {}


def make(experiment: Experiment, record: RunRecord) -> Run:
    """The object for a run: of its type's class, or what a provider that was added makes."""
    factory = _factory(record.run_type or "")
    run: Run = factory(experiment, record)
    return run


def add_provider(run_type: str, factory: Factory) -> None:
    """Have ``factory(experiment, run)`` make the objects for runs of a type.

    Raises
    ------
    UserErrorException : the factory cannot be called.
    """
    if not callable(factory):
        raise UserErrorException(
            f"The factory for runs of type {run_type!r} cannot be called: {factory!r}.",
            hint="Run.add_type_provider('my.type', lambda experiment, run: MyRun(experiment, run.run_id))",
        )
    _providers[str(run_type).lower()] = factory


def _factory(run_type: str) -> Factory:
    given = _providers.get(run_type.lower())
    if given is not None:
        return given
    module, _, name = KINDS.get(run_type.lower(), "aml_nb.core.runs.run.Run").rpartition(".")
    cls = getattr(import_module(module), name)
    return lambda experiment, record: cls(experiment, record.run_id, _run_dto=record)
