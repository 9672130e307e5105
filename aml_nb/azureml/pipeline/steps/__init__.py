"""``azureml.pipeline.steps``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.pipelines.automl_step": "AutoMLStep AutoMLStepRun",
        "aml_nb.core.pipelines.command_step": "CommandStep",
        "aml_nb.core.pipelines.elsewhere.adla": "AdlaStep",
        "aml_nb.core.pipelines.elsewhere.azurebatch": "AzureBatchStep",
        "aml_nb.core.pipelines.elsewhere.databricks": "DatabricksStep",
        "aml_nb.core.pipelines.elsewhere.hdinsight": "_HDInsightStep",
        "aml_nb.core.pipelines.elsewhere.kusto": "KustoStep",
        "aml_nb.core.pipelines.elsewhere.r": "RScriptStep",
        "aml_nb.core.pipelines.elsewhere.synapse": "SynapseSparkStep",
        "aml_nb.core.pipelines.estimator_step": "EstimatorStep MpiStep",
        "aml_nb.core.pipelines.hyperdrive_step": "HyperDriveStep HyperDriveStepRun",
        "aml_nb.core.pipelines.module_step": "ModuleStep",
        "aml_nb.core.pipelines.parallel.config": "ParallelRunConfig",
        "aml_nb.core.pipelines.parallel.step": "ParallelRunStep",
        "aml_nb.core.pipelines.script_step": "PythonScriptStep",
        "aml_nb.core.pipelines.transfer_step": "DataTransferStep",
    },
)
