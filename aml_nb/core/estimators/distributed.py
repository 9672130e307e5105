"""How the processes of an estimator's script find one another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from aml_nb.core.runs.run_configuration.parts import MpiConfiguration, TensorflowConfiguration, positive
from aml_nb.errors import TrainingException

if TYPE_CHECKING:
    from aml_nb.core.runs.run_configuration import RunConfiguration


class DistributedTraining(ABC):
    """The base of the ways."""

    communicator: ClassVar[str]
    estimators: ClassVar[tuple[str, ...]]

    def validate(self, estimator_name: str) -> None:
        """See that an estimator can be distributed so.

        Parameters
        ----------
        estimator_name : the estimator's class.

        Raises
        ------
        TrainingException
            It cannot.
        """
        if estimator_name not in self.estimators:
            raise TrainingException(
                f"{type(self).__name__} is not a way to distribute {estimator_name}; it is one for "
                f"{', '.join(self.estimators)}.",
                hint="distributed_training=Mpi()",
            )

    @abstractmethod
    def __str__(self) -> str: ...

    def _apply(self, config: RunConfiguration) -> None:
        """Put it into a run configuration."""
        config.communicator = self.communicator


class Mpi(DistributedTraining):
    """MPI processes.

    Parameters
    ----------
    process_count_per_node : how many on each node.
    """

    communicator = "Mpi"
    estimators = ("Estimator", "PyTorch", "TensorFlow", "Chainer")

    def __init__(self, process_count_per_node: int = 1) -> None:
        self.process_count_per_node = positive(process_count_per_node, "process_count_per_node")

    def __str__(self) -> str:
        return "mpi"

    def _apply(self, config: RunConfiguration) -> None:
        super()._apply(config)
        config.mpi.process_count_per_node = self.process_count_per_node


class ParameterServer(DistributedTraining):
    """TensorFlow's workers and parameter servers.

    Parameters
    ----------
    worker_count : how many workers.
    parameter_server_count : how many parameter servers.
    """

    communicator = "ParameterServer"
    estimators = ("TensorFlow",)

    def __init__(self, worker_count: int = 1, parameter_server_count: int = 1) -> None:
        self.worker_count = positive(worker_count, "worker_count")
        self.parameter_server_count = positive(parameter_server_count, "parameter_server_count")

    def __str__(self) -> str:
        return "ps"

    def _apply(self, config: RunConfiguration) -> None:
        super()._apply(config)
        config.tensorflow.worker_count = self.worker_count
        config.tensorflow.parameter_server_count = self.parameter_server_count


class _Torch(DistributedTraining):
    estimators = ("PyTorch",)

    def __init__(self) -> None:
        pass

    def __str__(self) -> str:
        return type(self).__name__.lower()

    def _apply(self, config: RunConfiguration) -> None:
        super()._apply(config)
        config.pytorch.communication_backend = type(self).__name__


class Gloo(_Torch):
    """PyTorch's processes over Gloo."""

    communicator = "Gloo"

    def __init__(self) -> None:
        super().__init__()

    def __str__(self) -> str:
        return "gloo"


class Nccl(_Torch):
    """PyTorch's processes over NCCL, NVIDIA's library for GPUs."""

    communicator = "Nccl"

    def __init__(self) -> None:
        super().__init__()

    def __str__(self) -> str:
        return "nccl"


def from_backend(
    backend: Any, training: Any, process_count_per_node: int, workers: int = 1, servers: int = 1
) -> DistributedTraining | None:
    """What the newer ``distributed_training`` or the older ``distributed_backend`` says.

    A configuration of ``azureml.core.runconfig`` stands for the same way, as in v1's notebooks.

    Raises
    ------
    TrainingException
        Both are given, or it is no such thing.
    """
    if isinstance(training, MpiConfiguration):
        training = Mpi(training.process_count_per_node)
    elif isinstance(training, TensorflowConfiguration):
        training = ParameterServer(training.worker_count, training.parameter_server_count)
    if training is not None:
        if not isinstance(training, DistributedTraining):
            raise TrainingException(
                f"distributed_training takes Mpi(), ParameterServer(), Gloo() or Nccl(), not {training!r}.",
                hint="from azureml.train.dnn import Mpi; distributed_training=Mpi(process_count_per_node=2)",
            )
        if backend is not None:
            raise TrainingException(
                "distributed_backend and distributed_training exclude each other.", hint="leave distributed_backend out"
            )
        return training
    if backend is None:
        return None
    makers = {
        "mpi": lambda: Mpi(process_count_per_node),
        "ps": lambda: ParameterServer(workers, servers),
        "gloo": Gloo,
        "nccl": Nccl,
    }
    maker = makers.get(str(backend).lower())
    if maker is None:
        raise TrainingException(
            f"distributed_backend is one of {', '.join(makers)}, not {backend!r}.", hint="distributed_backend='mpi'"
        )
    made: DistributedTraining = maker()
    return made
