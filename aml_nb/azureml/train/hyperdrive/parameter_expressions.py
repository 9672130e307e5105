"""``azureml.train.hyperdrive.parameter_expressions``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.hyperdrive.parameter_expressions": """
            choice lognormal loguniform normal qlognormal qloguniform qnormal quniform randint uniform
        """,
    },
)
