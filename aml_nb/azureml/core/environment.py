"""``azureml.core.environment``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.environment.conda_dependencies": "CondaDependencies",
        "aml_nb.core.environment": "Environment EnvironmentReference",
        "aml_nb.core.environment.image_build": "DockerImageDetails ImageBuildDetails",
        "aml_nb.core.environment.packages": """
            RCranPackage RGitHubPackage RSection SparkEnvironment SparkPackage SparkSection
        """,
        "aml_nb.core.environment.sections": """
            DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE DockerBuildContext DockerEnvironment DockerImagePlatform DockerSection
            PythonEnvironment PythonSection
        """,
    },
)
