"""v1's RunConfiguration: everything about how a script runs, apart from where its folder is."""

from __future__ import annotations

import copy
import json
from typing import Any

from aml_nb.core.environment.config_element import ConfigElement
from aml_nb.core.environment.environment import Environment
from aml_nb.core.runs.run_configuration.data import (
    Data,
    DatacacheConfiguration,
    DataReferenceConfiguration,
    OutputData,
)
from aml_nb.core.runs.run_configuration.parts import (
    DEFAULT_ENVIRONMENT,
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
from aml_nb.errors import UserErrorException

_NAMED_PARTS: dict[str, Any] = {
    "data_references": DataReferenceConfiguration,
    "data": Data,
    "output_data": OutputData,
    "services": ApplicationEndpointConfiguration,
}
_KEYS = {"services": "applicationEndpoints"}


class RunConfiguration(ConfigElement):
    """How a script runs: target, environment, processes, data.

    Parameters
    ----------
    script : the script, relative to the source directory.
    arguments : its arguments.
    framework : ``Python``, ``PySpark``, ``TensorFlow`` or ``PyTorch``.
    communicator : ``None``, ``ParameterServer``, ``Mpi``, ``Gloo``, ``Nccl`` or ``ParallelTask``.
    conda_dependencies : a `CondaDependencies` for the environment.
    command : a command in place of the script.
    _history_enabled, _path, _name : whether outputs are kept; where `save` writes.

    Examples
    --------
    >>> config = RunConfiguration()
    >>> config.target
    'local'
    """

    _fields = (
        "script",
        "arguments",
        "target",
        "framework",
        "communicator",
        "max_run_duration_seconds",
        "node_count",
        "priority",
        "environment",
        "history",
        "spark",
        "docker",
        "hdi",
        "tensorflow",
        "mpi",
        "pytorch",
        "paralleltask",
        "data_references",
        "data",
        "datacaches",
        "output_data",
        "source_directory_data_store",
        "amlcompute",
        "auto_cluster_compute_specification",
        "kubernetescompute",
        "credential_passthrough",
        "command",
        "environment_variables",
        "services",
    )

    def __init__(
        self,
        script: str | None = None,
        arguments: list[Any] | None = None,
        framework: str | None = None,
        communicator: str | None = None,
        conda_dependencies: Any = None,
        _history_enabled: bool | None = None,
        _path: str | None = None,
        _name: str | None = None,
        command: str | list[str] | None = None,
    ) -> None:
        self._path, self._name = _path, _name
        self.script: str | None = script if script or command else "train.py"
        self.command: Any = command
        self.arguments: list[Any] = list(arguments or [])
        self._target: str = "local"
        self.framework: str = framework or "Python"
        self.communicator: str = communicator or "None"
        self.max_run_duration_seconds: int | None = None
        self.node_count: int = 1
        self.priority: int | None = None
        self._environment: Environment = EnvironmentDefinition()
        self.history: HistoryConfiguration = HistoryConfiguration()
        self.spark: SparkConfiguration = SparkConfiguration()
        self.docker: DockerConfiguration = DockerConfiguration()
        self.hdi: HdiConfiguration = HdiConfiguration()
        self.tensorflow: TensorflowConfiguration = TensorflowConfiguration()
        self.mpi: MpiConfiguration = MpiConfiguration()
        self.pytorch: PyTorchConfiguration = PyTorchConfiguration()
        self.paralleltask: ParallelTaskConfiguration = ParallelTaskConfiguration()
        self.data_references: dict[str, Any] = {}
        self.data: dict[str, Any] = {}
        self.datacaches: list[Any] = []
        self.output_data: dict[str, Any] = {}
        self.source_directory_data_store: str | None = None
        self.amlcompute: AmlComputeConfiguration = AmlComputeConfiguration()
        self.auto_cluster_compute_specification: dict[str, Any] | None = None
        self.kubernetescompute: KubernetesComputeConfiguration = KubernetesComputeConfiguration()
        self.credential_passthrough: bool = False
        self._environment_variables: dict[str, str] = {}
        self.services: dict[str, Any] = {}
        if _history_enabled is not None:
            self.history.output_collection = bool(_history_enabled)
        if conda_dependencies is not None:
            self._environment.python.conda_dependencies = conda_dependencies
        super().__init__()

    @property
    def environment(self) -> Environment:
        """The packages, variables and interpreter that the script gets."""
        return self._environment

    @environment.setter
    def environment(self, value: Environment) -> None:
        if not isinstance(value, Environment):
            raise UserErrorException(
                f"environment takes an Environment, not {type(value).__name__}.",
                hint="run_config.environment = Environment.get(ws, 'name')",
            )
        self._environment = value

    @property
    def target(self) -> str:
        """The name of the compute target; ``local`` is this machine."""
        return self._target

    @target.setter
    def target(self, value: Any) -> None:
        name = value if isinstance(value, str) else getattr(value, "name", None)
        if not isinstance(name, str) or not name:
            raise UserErrorException(
                f"A target is a compute target or its name, not {value!r}.", hint="run_config.target = 'local'"
            )
        self._target = name

    @property
    def environment_variables(self) -> dict[str, str]:
        """Variables that the script gets besides those of its environment."""
        return self._environment_variables

    @environment_variables.setter
    def environment_variables(self, value: dict[str, str] | None) -> None:
        if value is not None and not isinstance(value, dict):
            raise UserErrorException("environment_variables takes a dict.", hint="{'MODE': 'test'}")
        self._environment_variables = dict(value or {})

    @property
    def auto_prepare_environment(self) -> bool:
        """Deprecated: an environment that is not there is always prepared."""
        return True

    @auto_prepare_environment.setter
    def auto_prepare_environment(self, value: bool) -> None:
        """Taken and not needed."""

    def save(self, path: str | None = None, name: str | None = None, separate_environment_yaml: bool = False) -> None:
        """Write the configuration as YAML: ``<path>/.azureml/<name>.runconfig``, or to the file that ``path`` names.

        Parameters
        ----------
        path : a folder, or, without ``name``, a file; the place it was loaded from when left out.
        name : the configuration's name.
        separate_environment_yaml : keep the conda specification in a file of its own beside it.

        Raises
        ------
        UserErrorException
            Nothing says where to write it.
        """
        from aml_nb.core.runs.run_configuration.saving import save

        save(self, path or self._path, name or (self._name if path is None else None), separate_environment_yaml)

    @staticmethod
    def load(path: str, name: str | None = None) -> RunConfiguration:
        """Read what `save` wrote, as YAML or JSON.

        Parameters
        ----------
        path : the file, or the folder it was saved in; then ``name`` says which.
        name : the configuration's name.

        Raises
        ------
        RunConfigurationException
            There is no such file, or it is no run configuration.
        """
        from aml_nb.core.runs.run_configuration.saving import load

        return load(path, name)

    @staticmethod
    def delete(path: str, name: str) -> None:
        """Delete what `save` wrote.

        Parameters
        ----------
        path, name : as `load` has them.

        Raises
        ------
        UserErrorException
            There is none.
        """
        from aml_nb.core.runs.run_configuration.saving import delete

        delete(path, name)

    def __repr__(self) -> str:
        shown = self._to_json()
        login = (shown.get("environment") or {}).get("docker", {}).get("baseImageRegistry")
        if login and login.get("password"):
            login["password"] = "********"
        return json.dumps(shown, indent=4, default=str)

    def _copy(self) -> RunConfiguration:
        """Another object, to be changed without touching this one; what data stands for is shared."""
        made = copy.copy(self)
        for name, value in self.__dict__.items():
            if isinstance(value, ConfigElement):
                made._put_raw(name, copy.deepcopy(value))
            elif isinstance(value, dict | list):
                made._put_raw(name, copy.copy(value))
        return made

    def _put_raw(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _to_json(self) -> dict[str, Any]:
        payload = super()._to_json()
        payload["applicationEndpoints"] = payload.pop("services")
        payload["arguments"] = [value if isinstance(value, _SIMPLE) else str(value) for value in self.arguments]
        for name in ("data_references", "data", "output_data"):
            key = "dataReferences" if name == "data_references" else "outputData" if name == "output_data" else name
            payload[key] = {str(k): _described(v) for k, v in (getattr(self, name) or {}).items()}
        return payload

    def _fill(self, payload: dict[str, Any] | None) -> None:
        given = dict(payload or {})
        environment = given.pop("environment", None)
        for name, kind in _NAMED_PARTS.items():
            key = _KEYS.get(name) or {"data_references": "dataReferences", "output_data": "outputData"}.get(name, name)
            self._put(name, {k: _made(kind, v) for k, v in (given.pop(key, None) or {}).items()})
        self.datacaches = [_made(DatacacheConfiguration, one) for one in given.pop("datacaches", None) or []]
        super()._fill(given)
        self.arguments = list(self.arguments or [])
        self._environment_variables = dict(self._environment_variables or {})
        if isinstance(environment, dict):
            named = {**environment, "name": environment.get("name") or DEFAULT_ENVIRONMENT}
            self._environment = Environment._from_json(named)


_SIMPLE = (str, int, float, bool)


def _described(value: Any) -> Any:
    """A part as JSON; a `DataReference` by its configuration."""
    if isinstance(value, ConfigElement):
        return value._to_json()
    to_config = getattr(value, "to_config", None)
    return to_config()._to_json() if callable(to_config) else str(value)


def _made(kind: Any, payload: Any) -> Any:
    if not isinstance(payload, dict):
        return payload
    made = kind()
    made._fill(payload)
    return made
