"""``azureml.core.compute_target``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.local": """
            AbstractComputeTarget LocalTarget attach_legacy_compute_target is_compute_target_prepared
            prepare_compute_target remove_legacy_compute_target
        """,
        "aml_nb.errors": "ComputeTargetException",
    },
)
