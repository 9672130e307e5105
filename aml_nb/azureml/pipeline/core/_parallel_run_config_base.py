"""``azureml.pipeline.core._parallel_run_config_base``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.parallel.config": "_ParallelRunConfigBase"})
