"""``azureml.train.estimator``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.estimators": """
            Estimator Gloo MMLBaseEstimator MMLBaseEstimatorRunConfig Mpi Nccl ParameterServer _FrameworkBaseEstimator
        """,
    },
)
