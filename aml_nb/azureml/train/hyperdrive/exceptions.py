"""``azureml.train.hyperdrive.exceptions``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.hyperdrive.exceptions": """
            HyperDriveConfigException HyperDriveException HyperDriveNotImplementedException
            HyperDriveRehydrateException HyperDriveScenarioNotSupportedException HyperDriveServiceException
        """,
    },
)
