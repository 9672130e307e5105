"""``azureml.pipeline.steps.mpi_step``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.estimator_step": "MpiStep"})
