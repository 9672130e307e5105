"""The parts of a run configuration that are no data: containers, processes, history, compute."""

from __future__ import annotations

from typing import Any

from aml_nb.core.environment.config_element import ConfigElement
from aml_nb.core.environment.environment import Environment
from aml_nb.errors import UserErrorException

DEFAULT_ENVIRONMENT = "run-environment"


class EnvironmentDefinition(Environment):
    """The older name of `Environment`, as a run configuration makes its own.

    Parameters
    ----------
    name : the environment's name; one is made up when it is left out.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name or DEFAULT_ENVIRONMENT)


class DockerConfiguration(ConfigElement):
    """Whether a run's script is to run in a container, and with which settings.

    Parameters
    ----------
    use_docker : whether it is to.
    shared_volumes : whether folders of the host are shared with it.
    arguments : more arguments of ``docker run``.
    shm_size : its shared memory.
    """

    _fields = ("use_docker", "shared_volumes", "arguments", "shm_size")

    def __init__(
        self,
        use_docker: bool = False,
        shared_volumes: bool = True,
        arguments: list[str] = [],  # noqa: B006  v1's default; copied below
        shm_size: str | None = "2g",
    ) -> None:
        self.use_docker = use_docker
        self.shared_volumes = shared_volumes
        self.arguments = list(arguments or [])
        self.shm_size = shm_size
        super().__init__()


class MpiConfiguration(ConfigElement):
    """A script that runs as several MPI processes.

    Parameters
    ----------
    process_count_per_node : how many of them on each node.
    node_count : on how many nodes.
    """

    _fields = ("process_count_per_node", "node_count")

    def __init__(self, process_count_per_node: int = 1, node_count: int = 1) -> None:
        self.process_count_per_node = process_count_per_node
        self.node_count = node_count
        super().__init__()


class PyTorchConfiguration(ConfigElement):
    """A script that runs as several PyTorch processes.

    Parameters
    ----------
    communication_backend : ``Nccl`` or ``Gloo``.
    process_count : how many processes in all; one a node when None.
    node_count : on how many nodes.
    """

    _fields = ("communication_backend", "process_count", "node_count")

    def __init__(
        self, communication_backend: str | None = "Nccl", process_count: int | None = None, node_count: int = 1
    ) -> None:
        self.communication_backend = communication_backend
        self.process_count = process_count
        self.node_count = node_count
        super().__init__()


class TensorflowConfiguration(ConfigElement):
    """A script that runs as several TensorFlow processes.

    Parameters
    ----------
    worker_count : how many workers.
    parameter_server_count : how many parameter servers.
    """

    _fields = ("worker_count", "parameter_server_count")

    def __init__(self, worker_count: int = 1, parameter_server_count: int = 1) -> None:
        self.worker_count = worker_count
        self.parameter_server_count = parameter_server_count
        super().__init__()


class ParallelTaskConfiguration(ConfigElement):
    """Several workers of a script that know nothing of one another.

    Attributes
    ----------
    max_retries_per_worker : how often a worker that failed is started again.
    worker_count_per_node : how many workers on each node.
    terminal_exit_codes : exit codes on which a worker is not started again.
    """

    _fields = ("max_retries_per_worker", "worker_count_per_node", "terminal_exit_codes")

    def __init__(self) -> None:
        self.max_retries_per_worker: int = 0
        self.worker_count_per_node: int = 1
        self.terminal_exit_codes: list[int] | None = None
        super().__init__()


class HistoryConfiguration(ConfigElement):
    """What is kept of a run.

    Attributes
    ----------
    output_collection : whether the files below ``outputs`` and ``logs`` are.
    snapshot_project : whether the source directory is.
    directories_to_watch : folders whose files are shown while the script runs.
    """

    _fields = ("output_collection", "snapshot_project", "directories_to_watch")

    def __init__(self) -> None:
        self.output_collection: bool = True
        self.snapshot_project: bool = True
        self.directories_to_watch: list[str] | None = ["logs"]
        super().__init__()


class SparkConfiguration(ConfigElement):
    """Settings of a Spark session; noted, for there is no Spark here.

    Attributes
    ----------
    configuration : the settings by their names.
    """

    _fields = ("configuration",)

    def __init__(self) -> None:
        self.configuration: dict[str, Any] = {
            "spark.app.name": "Azure ML Experiment",
            "spark.yarn.maxAppAttempts": 1,
        }
        super().__init__()


class HdiConfiguration(ConfigElement):
    """Settings of an HDInsight target; noted, for there is none here.

    Attributes
    ----------
    yarn_deploy_mode : ``cluster`` or ``client``.
    """

    _fields = ("yarn_deploy_mode",)

    def __init__(self) -> None:
        self.yarn_deploy_mode: str | None = "cluster"
        super().__init__()


class AmlComputeConfiguration(ConfigElement):
    """The cluster that v1 made for one run, where a run asked for a size of machine in place of a target.

    Attributes
    ----------
    vm_size, vm_priority : what a node of it is.
    """

    _fields = ("vm_size", "vm_priority", "retain_cluster", "name", "cluster_max_node_count")

    def __init__(self) -> None:
        self.vm_size: str | None = None
        self.vm_priority: str | None = None
        self._retain_cluster: bool = False
        self._name: str | None = None
        self._cluster_max_node_count: int = 1
        super().__init__()


class KubernetesComputeConfiguration(ConfigElement):
    """Settings of a Kubernetes target.

    Attributes
    ----------
    instance_type : the kind of node.
    """

    _fields = ("instance_type",)

    def __init__(self) -> None:
        self.instance_type: str | None = None
        super().__init__()


class ApplicationEndpointConfiguration(ConfigElement):
    """A service beside a run's script, such as a notebook server; noted.

    Parameters
    ----------
    type : which one.
    port : where it listens.
    properties : its settings.
    """

    _fields = ("type", "port", "properties")

    def __init__(
        self, type: str | None = None, port: int | None = None, properties: dict[str, Any] | None = None
    ) -> None:
        self.type = type
        self.port = port
        self.properties = properties
        super().__init__()


def positive(value: Any, name: str, most: int | None = None) -> int:
    """A number of things that is at least one."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1 or (most is not None and value > most):
        upto = "" if most is None else f" of at most {most}"
        raise UserErrorException(f"{name} is a whole number from 1{upto}, not {value!r}.", hint=f"{name}=1")
    return value
