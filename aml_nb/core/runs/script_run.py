"""The run of a script that was submitted."""

from __future__ import annotations

from typing import Any

from aml_nb.core.runs.run import Run


class ScriptRun(Run):
    """A run that `Experiment.submit` started from a `ScriptRunConfig` or an estimator.

    Parameters
    ----------
    experiment : the experiment it belongs to.
    run_id : its id.
    directory : the folder it was submitted from.
    _run_config : its run configuration.
    kwargs : passed on to `Run`.
    """

    RUN_TYPE = "azureml.scriptrun"

    def __init__(
        self, experiment: Any, run_id: str, directory: str | None = None, _run_config: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(experiment, run_id, **kwargs)
        self._directory = directory
        self._run_config_object = _run_config

    def cancel(self) -> None:
        """End the run: its script and everything that the script started; one that waits never starts."""
        super().cancel()
