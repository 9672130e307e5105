"""``azureml.core.workspace``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.workspace": "Workspace",
        "aml_nb.errors": "UserErrorException WorkspaceException",
    },
)
