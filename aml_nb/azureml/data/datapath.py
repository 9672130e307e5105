"""``azureml.data.datapath``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.datapath": "DataPath DataPathComputeBinding",
    },
)
