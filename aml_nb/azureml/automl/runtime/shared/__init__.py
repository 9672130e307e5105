"""``azureml.automl.runtime.shared``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {})
