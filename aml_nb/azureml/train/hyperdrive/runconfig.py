"""``azureml.train.hyperdrive.runconfig``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.hyperdrive.config": """
            HYPERDRIVE_URL_SUFFIX HyperDriveConfig HyperDriveRunConfig MAX_DURATION_MINUTES MAX_PARENT_RUNS
            PrimaryMetricGoal RECOMMENDED_MAX_CONCURRENT_RUNS_BAYESIAN RECOMMENDED_MIN_RUNS_PER_PARAMETER_BAYESIAN
            RESUME_FROM_TOTAL_RUNS scrubbed_data
        """,
    },
)
