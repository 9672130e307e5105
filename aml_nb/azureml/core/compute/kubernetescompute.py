"""``azureml.core.compute.kubernetescompute``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.elsewhere.kubernetescompute": """
            KubernetesCompute KubernetesComputeAttachConfiguration KubernetesComputeStatus
        """,
    },
)
