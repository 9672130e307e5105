"""``azureml.pipeline.core._adla_step_base``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.elsewhere.adla": "_AdlaStepBase"})
