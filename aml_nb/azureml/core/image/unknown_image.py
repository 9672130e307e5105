"""``azureml.core.image.unknown_image``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.image.unknown_image": "UnknownImage"})
