"""``azureml.pipeline.steps._hdinsight_step``."""

from aml_nb.azureml._reexport import reexport

reexport(globals(), {"aml_nb.core.pipelines.elsewhere.hdinsight": "_HDInsightStep"})
