"""``azureml.train.automl.automlconfig``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.automl.config": "AutoMLConfig has_pipeline_pkg"})
