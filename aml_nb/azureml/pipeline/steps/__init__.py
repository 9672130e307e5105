"""``azureml.pipeline.steps``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.pipelines.parallel.config": "ParallelRunConfig",
        "aml_nb.core.pipelines.parallel.step": "ParallelRunStep",
        "aml_nb.core.pipelines.script_step": "CommandStep PythonScriptStep",
    },
)
