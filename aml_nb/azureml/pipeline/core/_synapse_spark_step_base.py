"""``azureml.pipeline.core._synapse_spark_step_base``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.elsewhere.synapse": "_SynapseSparkStepBase"})
