"""``azureml.exceptions._azureml_exception``: where v1 defines its exceptions, and where tracebacks say they are."""

from aml_nb.azureml._reexport import reexport

reexport(
    globals(),
    {
        "aml_nb.errors": """
            ActivityFailedException AuthenticationException AzureMLAggregatedException AzureMLException
            ComputeTargetException DiscoveryUrlNotFoundException ExperimentExecutionException
            ModelNotFoundException ModelPathNotFoundException ProjectSystemException RunConfigurationException
            RunEnvironmentException ServiceException SnapshotException TrainingException UserErrorException
            WebserviceException WorkspaceException WorkspacePrivateEndpointException
        """,
    },
)
