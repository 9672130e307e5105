"""``azureml.mlflow``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.mlflow.v1": "get_portal_url register_model"})
