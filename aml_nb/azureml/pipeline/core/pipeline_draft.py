"""``azureml.pipeline.core.pipeline_draft``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.pipeline_draft": "PipelineDraft"})
