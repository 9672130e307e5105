"""``azureml.pipeline.core.pipeline_endpoint``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.pipelines.endpoint": "PipelineEndpoint",
        "aml_nb.core.pipelines.endpoint_versions": "PipelineIdVersion PipelineVersion",
    },
)
