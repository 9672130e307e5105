"""``azureml.core.runconfig``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.conda_dependencies": "CondaDependencies",
        "aml_nb.core.databricks": "JarLibrary",
        "aml_nb.core.environment": "Environment",
        "aml_nb.core.environment_packages": "SparkEnvironment SparkSection",
        "aml_nb.core.environment_sections": """
            DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE DockerEnvironment DockerSection PythonEnvironment PythonSection
        """,
    },
)
