"""``azureml.train.hyperdrive.error_strings``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.hyperdrive.error_strings": "HyperDriveErrorStrings"})
