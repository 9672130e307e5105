"""``azureml.pipeline.steps.hyper_drive_step``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.hyperdrive_step": "HyperDriveStep HyperDriveStepRun"})
