"""``azureml.train.hyperdrive``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.hyperdrive.config": "HyperDriveConfig HyperDriveRunConfig",
        "aml_nb.core.hyperdrive.goal": "PrimaryMetricGoal",
        "aml_nb.core.hyperdrive.parameter_expressions": """
            choice lognormal loguniform normal qlognormal qloguniform qnormal quniform randint uniform
        """,
        "aml_nb.core.hyperdrive.policy": """
            BanditPolicy EarlyTerminationPolicy MedianStoppingPolicy NoTerminationPolicy TruncationSelectionPolicy
        """,
        "aml_nb.core.hyperdrive.run": "HyperDriveRun",
        "aml_nb.core.hyperdrive.sampling": """
            BayesianParameterSampling GridParameterSampling HyperParameterSampling RandomParameterSampling
        """,
    },
)
