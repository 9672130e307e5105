"""``azureml.train.hyperdrive.run``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.hyperdrive.run": "HyperDriveRun PrimaryMetricGoal scrubbed_data"})
