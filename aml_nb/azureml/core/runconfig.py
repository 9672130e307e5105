"""``azureml.core.runconfig``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.core.environment.conda_dependencies": "CondaDependencies",
        "aml_nb.core.environment.container_registry": "AzureContainerRegistry ContainerRegistry",
        "aml_nb.core.environment.databricks": "JarLibrary",
        "aml_nb.core.environment": "Environment",
        "aml_nb.core.environment.packages": "SparkEnvironment SparkSection",
        "aml_nb.core.environment.sections": """
            DEFAULT_CPU_IMAGE DEFAULT_GPU_IMAGE DockerEnvironment DockerSection PythonEnvironment PythonSection
        """,
        "aml_nb.core.runs.run_configuration": """
            LOCAL_RUNCONFIG_NAME SUPPORTED_DATAREF_MODES SUPPORTED_DELIVERY_MECHANISM SUPPORTED_PYTORCH_BACKENDS
            AmlComputeConfiguration ApplicationEndpointConfiguration Data DataLocation DataPath
            DataReferenceConfiguration DatacacheConfiguration Dataset DatasetRegistrationOptions DockerConfiguration
            EnvironmentDefinition GlobsOptions HdiConfiguration HistoryConfiguration KubernetesComputeConfiguration
            MountOptions MpiConfiguration OutputData OutputOptions ParallelTaskConfiguration PyTorchConfiguration
            RegistrationOptions RunConfiguration SparkConfiguration TensorflowConfiguration UploadOptions Uri
        """,
    },
)
