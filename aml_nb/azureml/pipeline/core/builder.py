"""``azureml.pipeline.core.builder``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.pipelines.pipeline_data": "PipelineData",
        "aml_nb.core.pipelines.sequence": "StepSequence",
        "aml_nb.core.pipelines.step": "PipelineStep",
    },
)
