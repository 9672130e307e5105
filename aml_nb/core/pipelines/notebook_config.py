"""NotebookRunConfig: a notebook that runs as a script does; its parameters go where its cell with that tag is."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import notebook_main
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.runs.run_configuration import RunConfiguration

if TYPE_CHECKING:
    from aml_nb.core.runs.script_run import ScriptRun


class AzureMLNotebookHandler:
    """How a notebook is run: with nbclient; parameters are put where Papermill puts them.

    Parameters
    ----------
    timeout : seconds for each cell; any time when left out.
    kwargs : what v1's handlers take.
    """

    def __init__(self, timeout: float | None = None, **kwargs: Any) -> None:
        self.timeout = timeout


class NotebookRunConfig:
    """A notebook and where it runs.

    Parameters
    ----------
    source_directory, notebook : the notebook, and the folder that it lies in.
    output_notebook : the name that it has among the run's outputs; its own when left out.
    parameters : values for its variables: they are set behind the cell that is tagged ``parameters``, or on top.
    handler : how it is run.
    run_config : a RunConfiguration: environment, compute target.

    Raises
    ------
    PipelineError : the notebook is not there.
    PipelineTypeError : something is of another type.
    """

    def __init__(
        self,
        source_directory: Any,
        notebook: str,
        output_notebook: str | None = None,
        parameters: dict[str, Any] | None = None,
        handler: Any = None,
        run_config: RunConfiguration | None = None,
    ) -> None:
        self.source_directory = os.fspath(source_directory or ".")
        self.notebook = str(notebook)
        path = os.path.join(os.path.expanduser(self.source_directory), self.notebook)
        if not os.path.isfile(path):
            there = sorted(name for name in _listed(self.source_directory) if name.endswith(".ipynb"))
            raise PipelineError(f"The notebook {path} is not there.", hint=", ".join(there) or "check source_directory")
        if parameters is not None and not isinstance(parameters, dict):
            raise PipelineTypeError(f"parameters is a dictionary, not {parameters!r}.", hint="parameters={'rate': 0.1}")
        self.output_notebook = output_notebook or os.path.basename(self.notebook)
        self.parameters = dict(parameters or {})
        self.handler = handler if handler is not None else AzureMLNotebookHandler()
        self.run_config = run_config if run_config is not None else RunConfiguration()

    def _submit(self, experiment: Any, tags: dict[str, str] | None = None, **kwargs: Any) -> ScriptRun:
        """Submit it in an experiment; what `Experiment.submit` calls."""
        from aml_nb.core.runs.script_run_config import ScriptRunConfig
        from aml_nb.core.runs.submitting import submit_script

        config = ScriptRunConfig(self.source_directory, command=command(), run_config=self.run_config)
        told = {notebook_main.VARIABLE: json.dumps(self._told())}
        return submit_script(experiment, config, tags=tags, environment_variables=told)

    def _told(self) -> dict[str, Any]:
        """What the process that runs the notebook is told."""
        return {
            "notebook": self.notebook,
            "output": self.output_notebook,
            "parameters": self.parameters,
            "timeout": getattr(self.handler, "timeout", None),
        }


def command() -> list[str]:
    """What runs a notebook with the Python of the run's environment."""
    return ["python", shlex.quote(notebook_main.__file__)]


def _listed(folder: str) -> list[str]:
    return os.listdir(folder) if os.path.isdir(folder) else []
