"""``azureml.automl.core.forecasting_parameters``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.automl.forecasting": "ForecastingParameters"})
