"""``azureml.contrib.notebook``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.pipelines.notebook_config": "AzureMLNotebookHandler NotebookRunConfig",
        "aml_nb.core.pipelines.notebook_step": "NotebookRunnerStep",
    },
)
