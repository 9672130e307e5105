"""``azureml.core.compute.hdinsight``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.elsewhere.hdinsight": "HDInsightAttachConfiguration HDInsightCompute",
    },
)
