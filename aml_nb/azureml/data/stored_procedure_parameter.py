"""``azureml.data.stored_procedure_parameter``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.stored_procedure_parameter": "StoredProcedureParameter StoredProcedureParameterType",
    },
)
