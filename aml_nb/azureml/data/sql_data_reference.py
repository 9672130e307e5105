"""``azureml.data.sql_data_reference``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.sql_data_reference": "SqlDataReference",
    },
)
