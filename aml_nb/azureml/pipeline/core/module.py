"""``azureml.pipeline.core.module``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.pipelines.module": "Module",
        "aml_nb.core.pipelines.module_version": "ModuleVersion ModuleVersionDescriptor",
    },
)
