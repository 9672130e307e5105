"""``azureml.pipeline.steps.synapse_spark_step``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.elsewhere.synapse": "SynapseSparkStep"})
