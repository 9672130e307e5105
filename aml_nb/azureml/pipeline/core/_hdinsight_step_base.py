"""``azureml.pipeline.core._hdinsight_step_base``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.elsewhere.hdinsight": "_HDInsightStepBase"})
