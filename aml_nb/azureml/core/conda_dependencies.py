"""``azureml.core.conda_dependencies``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.conda_dependencies": "CondaDependencies",
    },
)
