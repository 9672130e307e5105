"""``azureml.core.runconfig``: of it, what environments need."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.conda_dependencies": "CondaDependencies",
        "aml_nb.core.environment": """
            Environment DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE DockerSection PythonSection SparkSection
        """,
    },
)
