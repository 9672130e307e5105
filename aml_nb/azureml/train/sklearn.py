"""``azureml.train.sklearn``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.estimators": "SKLearn"})
