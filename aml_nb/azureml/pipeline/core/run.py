"""``azureml.pipeline.core.run``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.pipelines.pipeline_run": "PipelineRun",
        "aml_nb.core.pipelines.step_run": "StepRun StepRunOutput",
    },
)
