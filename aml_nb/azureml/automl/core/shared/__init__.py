"""``azureml.automl.core.shared``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {})
