"""``azureml.data.dataset_profile_run_config``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.datasets.tabular.profile_run": "DatasetProfileRunConfig",
    },
)
