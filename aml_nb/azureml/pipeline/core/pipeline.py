"""``azureml.pipeline.core.pipeline``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.pipeline": "Pipeline"})
