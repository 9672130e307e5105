"""Which run a script is: the submitted one that its environment names, or a stand-in.

Nothing here needs the database: a script that only logs never opens it.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aml_nb.core import current as current_workspace
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.run import Run
from aml_nb.errors import RunEnvironmentException

if TYPE_CHECKING:
    from aml_nb.core.runs.experiment import Experiment
    from aml_nb.core.workspace import Workspace

VARIABLES = (
    "AZUREML_ARM_SUBSCRIPTION",
    "AZUREML_RUN_ID",
    "AZUREML_ARM_RESOURCEGROUP",
    "AZUREML_ARM_WORKSPACE_NAME",
    "AZUREML_ARM_PROJECT_NAME",
    "AZUREML_RUN_TOKEN",
    "AZUREML_SERVICE_ENDPOINT",
)
"""All of these are set in a submitted run, as v1 has it."""
_HINT = "experiment.submit(ScriptRunConfig(...)) runs the script; experiment.start_logging() begins a run here"
_submitted: dict[str, _SubmittedRun] = {}


class _SubmittedRun(Run):
    """The run that this script is. Whoever submitted it sets its status when the script ends."""

    _in_script = True

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    @property
    def experiment(self) -> Experiment:
        """The experiment it belongs to."""
        return self._own_experiment

    @cached_property
    def _own_experiment(self) -> Experiment:
        from aml_nb.core.runs.listing import experiment_of
        from aml_nb.core.runs.records import RunRecords

        record = RunRecords(self._workspace._store).get(self._run_id)
        if record is not None:
            return experiment_of(self._workspace, record)
        from aml_nb.core.runs.experiment import Experiment

        return Experiment(self._workspace, os.environ["AZUREML_ARM_PROJECT_NAME"])

    @property
    def input_datasets(self) -> Any:
        """The run's inputs by name: a path, or a dataset."""
        from aml_nb.core.runs.bindings.in_script import InputDatasets

        return InputDatasets(lambda: self._workspace)

    @property
    def output_datasets(self) -> Any:
        """The run's outputs by name: the folder to write to."""
        from aml_nb.core.runs.bindings.in_script import OutputDatasets

        return OutputDatasets(lambda: self._workspace)

    def complete(self, _set_status: bool = True) -> None:
        """Nothing happens: the run is completed when its script ends."""

    def fail(self, error_details: Any = None, error_code: Any = None, _set_status: bool = True) -> None:
        """Have the run fail when its script ends, however that ends.

        Parameters
        ----------
        error_details : what failed, as a text or the exception itself.
        error_code : a word for the kind of error.
        """
        from aml_nb.core.runs.ending import error_of

        if _set_status:
            error = error_of(error_details, error_code)
            self._change(lambda fields: fields["payload"].update(script_error=error))

    def __exit__(self, exit_type: Any, value: Any, traceback: Any) -> None:
        """The script goes on after a ``with`` block; an exception ends it, and the run with it."""

    @cached_property
    def _folder(self) -> RunFolder:
        return RunFolder(os.environ.get(current_workspace.VARIABLE) or self._workspace, self._run_id)

    @property
    def _workspace(self) -> Workspace:
        workspace = current_workspace.workspace()
        if workspace is None:
            raise RunEnvironmentException(hint=f"export {current_workspace.VARIABLE}=<the workspace's folder>")
        return workspace


def current(allow_offline: bool = True) -> Any:
    """The run that this script is; the same object each time, for v1's notebooks compare them.

    Raises
    ------
    RunEnvironmentException : this is no submitted run, and ``allow_offline`` is False.
    """
    run_id = os.environ.get("AZUREML_RUN_ID")
    if run_id and all(os.environ.get(name) for name in VARIABLES):
        if run_id not in _submitted:
            _submitted[run_id] = _SubmittedRun(run_id)
        return _submitted[run_id]
    if not allow_offline:
        raise RunEnvironmentException(hint=_HINT)
    from aml_nb.core.runs.offline import _OfflineRun

    return _OfflineRun()
