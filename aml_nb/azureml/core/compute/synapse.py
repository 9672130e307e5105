"""``azureml.core.compute.synapse``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.elsewhere.synapse": "SynapseAttachConfiguration SynapseCompute",
    },
)
