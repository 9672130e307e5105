"""``azureml.exceptions``."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.errors": """
            ActivityFailedException AuthenticationException AzureMLAggregatedException AzureMLException
            ComputeTargetException DatasetTimestampMissingError DiscoveryUrlNotFoundException
            ExperimentExecutionException ModelNotFoundException ModelPathNotFoundException
            ParallelRunException ProjectSystemException RunConfigurationException RunEnvironmentException
            ServiceException SnapshotException TrainingException UserErrorException WebserviceException
            WorkspaceException WorkspacePrivateEndpointException
        """,
    },
)
