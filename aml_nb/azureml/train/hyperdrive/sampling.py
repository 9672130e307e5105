"""``azureml.train.hyperdrive.sampling``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.hyperdrive.sampling": """
            BayesianParameterSampling GridParameterSampling HyperParameterSampling RandomParameterSampling scrubbed_data
        """,
    },
)
