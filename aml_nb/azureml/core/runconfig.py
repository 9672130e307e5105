"""``azureml.core.runconfig``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.environment.conda_dependencies": "CondaDependencies",
        "aml_nb.core.environment.databricks": "JarLibrary",
        "aml_nb.core.environment": "Environment",
        "aml_nb.core.environment.packages": "SparkEnvironment SparkSection",
        "aml_nb.core.environment.sections": """
            DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE DockerEnvironment DockerSection PythonEnvironment PythonSection
        """,
    },
)
