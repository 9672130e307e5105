"""NotebookRunnerStep: a notebook as a step of a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import ports
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.notebook_config import NotebookRunConfig
from aml_nb.core.pipelines.script_step import _PythonScriptStepBase

if TYPE_CHECKING:
    from aml_nb.core.pipelines.building import NodeContext


class NotebookRunnerStep(_PythonScriptStepBase):
    """A notebook as a step of a pipeline; it needs nbclient and ipykernel in its environment.

    Parameters
    ----------
    name : of the step; the notebook's when left out.
    notebook_run_config : a NotebookRunConfig.
    runconfig_pipeline_params : PipelineParameters that set something in its run configuration.
    params : more values for the notebook's variables, PipelineParameters too.
    inputs, outputs : what it reads and writes; the paths are variables of the notebook, by their names.
    output_notebook_pipeline_data_name : which of the outputs gets the notebook as it is when it has run.
    compute_target : a compute target or its name.
    allow_reuse, version : as PythonScriptStep has them.
    kwargs : taken for v1's sake.

    Raises
    ------
    PipelineError : there is no configuration, or no output of that name.
    PipelineTypeError : something is of another type.
    """

    _kind = "notebook"

    def __init__(
        self,
        name: str | None = None,
        notebook_run_config: Any = None,
        runconfig_pipeline_params: Any = None,
        params: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        output_notebook_pipeline_data_name: str | None = None,
        compute_target: Any = None,
        allow_reuse: bool = True,
        version: str | None = None,
        **kwargs: Any,
    ) -> None:
        if notebook_run_config is None:
            raise PipelineError(
                "A NotebookRunnerStep needs a notebook_run_config.",
                hint="NotebookRunConfig(source_directory='.', notebook='train.ipynb')",
            )
        if not isinstance(notebook_run_config, NotebookRunConfig):
            raise PipelineTypeError(
                f"notebook_run_config is a NotebookRunConfig, not {notebook_run_config!r}.",
                hint="NotebookRunConfig(source_directory='.', notebook='train.ipynb')",
            )
        named = [ports.output_name(value) for value in outputs or ()]
        if output_notebook_pipeline_data_name is not None and output_notebook_pipeline_data_name not in named:
            raise PipelineError(
                f"None of the outputs is called {output_notebook_pipeline_data_name!r}.",
                hint=f"outputs=[PipelineData({output_notebook_pipeline_data_name!r})]",
            )
        self._notebook_run_config = notebook_run_config
        self._keep = output_notebook_pipeline_data_name
        super().__init__(
            notebook_run_config.notebook,
            name,
            None,
            compute_target,
            notebook_run_config.run_config,
            runconfig_pipeline_params,
            inputs,
            outputs,
            params,
            notebook_run_config.source_directory,
            allow_reuse,
            version,
        )

    def _settings(self, context: NodeContext) -> dict[str, Any]:
        told = self._notebook_run_config._told()
        values = {**told["parameters"], **self._params}
        return {
            **super()._settings(context),
            "notebook": {**told, "parameters": context.value(values), "keep": self._keep},
        }
