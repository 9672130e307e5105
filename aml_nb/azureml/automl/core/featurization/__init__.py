"""``azureml.automl.core.featurization``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.automl.featurization.config": "FeaturizationConfig"})
