"""``azureml.core.compute``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.compute.elsewhere.adla": "AdlaCompute",
        "aml_nb.core.compute.aks": "AksCompute",
        "aml_nb.core.compute.amlcompute": "AmlCompute",
        "aml_nb.core.compute.elsewhere.batch": "BatchCompute",
        "aml_nb.core.compute.computeinstance": "ComputeInstance",
        "aml_nb.core.compute.target": "ComputeTarget",
        "aml_nb.core.compute.elsewhere.datafactory": "DataFactoryCompute",
        "aml_nb.core.compute.elsewhere.databricks": "DatabricksCompute",
        "aml_nb.core.compute.elsewhere.dsvm": "DsvmCompute",
        "aml_nb.core.compute.elsewhere.hdinsight": "HDInsightCompute",
        "aml_nb.core.compute.elsewhere.kubernetescompute": "KubernetesCompute",
        "aml_nb.core.compute.elsewhere.kusto": "KustoCompute",
        "aml_nb.core.compute.elsewhere.remote": "RemoteCompute",
        "aml_nb.core.compute.elsewhere.synapse": "SynapseCompute",
    },
)
