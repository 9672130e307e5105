"""``azureml.contrib.pipeline``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {})
