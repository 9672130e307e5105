"""``azureml.opendatasets``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.data.open_datasets": "Diabetes MNIST NoaaIsdWeather NycTlcGreen NycTlcYellow",
    },
)
