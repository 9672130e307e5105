"""``azureml.train.automl``."""

from aml_nb.azureml._reexport import reexport

VERSION = "0.0.0+dev"

reexport(
    globals(),
    {
        "aml_nb.core.automl.config": "AutoMLConfig",
        "aml_nb.core.automl.utilities": "get_sdk_dependencies",
    },
)
