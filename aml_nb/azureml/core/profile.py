"""``azureml.core.profile``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.profile": """
            MAX_PROFILE_CPU MAX_PROFILE_MEMORY MIN_PROFILE_CPU MIN_PROFILE_MEMORY ModelProfile
        """,
    },
)
