"""``azureml.tensorboard``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.tensorboard.viewer": "Tensorboard"})
