"""``azureml.automl.runtime.shared.score``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {})
