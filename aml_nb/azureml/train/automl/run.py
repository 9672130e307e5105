"""``azureml.train.automl.run``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.automl.run": """
            AutoMLRun CONTINUE_EXPERIMENT_KEY CONTINUE_EXPERIMENT_SET CONTINUE_EXPERIMENT_STATUS_KEY ITERATIONS_STR
            PRIMARY_METRIC_STR STATUS
        """
    },
)
