"""``azureml.pipeline.steps.parallel_run_step``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.parallel.step": "ParallelRunStep"})
