"""``azureml.automl.core.shared.constants``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.automl.constants": "Metric OptimizerObjectives SupportedModels Tasks"})
