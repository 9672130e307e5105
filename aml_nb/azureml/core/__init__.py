"""``azureml.core``."""

from aml_nb.azureml._reexport import reexport

VERSION = __version__ = "1.61.0"
RUN_TYPE_PROVIDERS_ENTRYPOINT_KEY = "azureml_run_type_providers"

reexport(
    globals(),
    {
        "aml_nb.core.compute.local": """
            attach_legacy_compute_target is_compute_target_prepared prepare_compute_target remove_legacy_compute_target
        """,
        "aml_nb.core.compute.target": "ComputeTarget",
        "aml_nb.core.environment.container_registry": "ContainerRegistry",
        "aml_nb.core.data.datasets.dataset": "Dataset",
        "aml_nb.core.data.datastore": "Datastore",
        "aml_nb.core.diagnostics": "diagnostic_log",
        "aml_nb.core.environment": "Environment",
        "aml_nb.core.image.image": "Image",
        "aml_nb.core.keyvault": "Keyvault",
        "aml_nb.core.model": "Model",
        "aml_nb.core.runs.experiment": "Experiment",
        "aml_nb.core.runs.listing": "get_run",
        "aml_nb.core.runs.run": "Run",
        "aml_nb.core.runs.run_configuration": "RunConfiguration",
        "aml_nb.core.runs.script_run": "ScriptRun",
        "aml_nb.core.runs.script_run_config": "ScriptRunConfig",
        "aml_nb.core.webservice.webservice": "Webservice",
        "aml_nb.core.workspace": "Workspace",
    },
)
