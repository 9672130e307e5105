"""``azureml.train.automl.utilities``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.automl.utilities": "get_primary_metrics"})
