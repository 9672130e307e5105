"""``RunConfiguration`` and its parts: where a script runs, in which environment, with how many processes."""

from aml_nb.core.runs.run_configuration.configuration import RunConfiguration
from aml_nb.core.runs.run_configuration.data import (
    Data,
    DatacacheConfiguration,
    DataLocation,
    DataPath,
    DataReferenceConfiguration,
    Dataset,
    OutputData,
    Uri,
)
from aml_nb.core.runs.run_configuration.options import (
    DatasetRegistrationOptions,
    GlobsOptions,
    MountOptions,
    OutputOptions,
    RegistrationOptions,
    UploadOptions,
)
from aml_nb.core.runs.run_configuration.parts import (
    AmlComputeConfiguration,
    ApplicationEndpointConfiguration,
    DockerConfiguration,
    EnvironmentDefinition,
    HdiConfiguration,
    HistoryConfiguration,
    KubernetesComputeConfiguration,
    MpiConfiguration,
    ParallelTaskConfiguration,
    PyTorchConfiguration,
    SparkConfiguration,
    TensorflowConfiguration,
)

LOCAL_RUNCONFIG_NAME = "local"
SUPPORTED_DATAREF_MODES = ["mount", "download", "upload"]
SUPPORTED_DELIVERY_MECHANISM = ["direct", "mount", "download", "upload"]
SUPPORTED_PYTORCH_BACKENDS = ["nccl", "gloo"]

__all__ = [
    "LOCAL_RUNCONFIG_NAME",
    "SUPPORTED_DATAREF_MODES",
    "SUPPORTED_DELIVERY_MECHANISM",
    "SUPPORTED_PYTORCH_BACKENDS",
    "AmlComputeConfiguration",
    "ApplicationEndpointConfiguration",
    "Data",
    "DataLocation",
    "DataPath",
    "DataReferenceConfiguration",
    "DatacacheConfiguration",
    "Dataset",
    "DatasetRegistrationOptions",
    "DockerConfiguration",
    "EnvironmentDefinition",
    "GlobsOptions",
    "HdiConfiguration",
    "HistoryConfiguration",
    "KubernetesComputeConfiguration",
    "MountOptions",
    "MpiConfiguration",
    "OutputData",
    "OutputOptions",
    "ParallelTaskConfiguration",
    "PyTorchConfiguration",
    "RegistrationOptions",
    "RunConfiguration",
    "SparkConfiguration",
    "TensorflowConfiguration",
    "UploadOptions",
    "Uri",
]
