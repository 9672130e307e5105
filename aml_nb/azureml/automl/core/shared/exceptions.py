"""``azureml.automl.core.shared.exceptions``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.automl.exceptions": """
            AutoMLException ClientException ConfigException DataException FitException ScenarioNotSupportedException
            UserException
        """
    },
)
