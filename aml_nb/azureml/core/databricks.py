"""``azureml.core.databricks``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.environment.databricks": """
            DatabricksCluster DatabricksEnvironment DatabricksSection EggLibrary JarLibrary MavenLibrary
            PyPiLibrary RCranLibrary
        """,
    },
)
