"""``azureml.pipeline.steps.automl_step``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.automl_step": "AutoMLStep AutoMLStepRun"})
