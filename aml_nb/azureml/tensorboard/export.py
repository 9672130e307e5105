"""``azureml.tensorboard.export``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.tensorboard.exporting": "export_to_tensorboard"})
