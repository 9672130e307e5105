"""``azureml.pipeline.steps.parallel_run_config``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.parallel.config": "ParallelRunConfig"})
