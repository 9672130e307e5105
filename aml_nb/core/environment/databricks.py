"""v1's description of a Databricks cluster and its libraries.

Nothing here runs them; an environment carries the section so that its definition is read and written whole.
"""

from __future__ import annotations

from typing import Any

from aml_nb.core.environment.config_element import ConfigElement
from aml_nb.errors import UserErrorException

__all__ = [
    "DatabricksCluster",
    "DatabricksEnvironment",
    "DatabricksSection",
    "EggLibrary",
    "JarLibrary",
    "MavenLibrary",
    "PyPiLibrary",
    "RCranLibrary",
]


class MavenLibrary(ConfigElement):
    """A Maven library: its coordinates, repository and exclusions."""

    _fields = ("coordinates", "repo", "exclusions")

    def __init__(
        self, coordinates: str | None = None, repo: str | None = None, exclusions: list[str] | None = None
    ) -> None:
        self.coordinates = coordinates
        self.repo = repo
        self.exclusions = exclusions if exclusions is not None else []
        super().__init__()


class PyPiLibrary(ConfigElement):
    """A PyPI package and its index."""

    _fields = ("package", "repo")

    def __init__(self, package: str | None = None, repo: str | None = None) -> None:
        self.package = package
        self.repo = repo
        super().__init__()


class RCranLibrary(ConfigElement):
    """A CRAN package and its mirror."""

    _fields = ("package", "repo")

    def __init__(self, package: str | None = None, repo: str | None = None) -> None:
        self.package = package
        self.repo = repo
        super().__init__()


class JarLibrary(ConfigElement):
    """A jar on DBFS."""

    _fields = ("library",)

    def __init__(self, library: str | None = None) -> None:
        self.library = library
        super().__init__()


class EggLibrary(ConfigElement):
    """An egg on DBFS."""

    _fields = ("library",)

    def __init__(self, library: str | None = None) -> None:
        self.library = library
        super().__init__()


class DatabricksCluster(ConfigElement):
    """An existing Databricks cluster, or the description of a new one.

    Parameters
    ----------
    existing_cluster_id : id of a cluster that runs already; excludes the parameters of a new one.
    spark_version, node_type, instance_pool_id : what a new cluster is made of.
    num_workers : fixed number of workers; excludes ``min_workers`` and ``max_workers``.
    min_workers, max_workers : bounds of an autoscaling cluster.
    spark_env_variables, spark_conf, init_scripts, cluster_log_dbfs_path : settings of a new cluster.
    permit_cluster_restart : whether an existing cluster may be restarted.
    """

    _fields = (
        "existing_cluster_id",
        "spark_version",
        "node_type",
        "instance_pool_id",
        "num_workers",
        "min_workers",
        "max_workers",
        "spark_env_variables",
        "spark_conf",
        "init_scripts",
        "cluster_log_dbfs_path",
        "permit_cluster_restart",
    )

    def __init__(
        self,
        existing_cluster_id: str | None = None,
        spark_version: str | None = None,
        node_type: str | None = None,
        instance_pool_id: str | None = None,
        num_workers: int | None = None,
        min_workers: int | None = None,
        max_workers: int | None = None,
        spark_env_variables: dict[str, str] | None = None,
        spark_conf: dict[str, str] | None = None,
        init_scripts: list[Any] | None = None,
        cluster_log_dbfs_path: str | None = None,
        permit_cluster_restart: bool | None = None,
    ) -> None:
        self.existing_cluster_id = existing_cluster_id
        self.spark_version = spark_version
        self.node_type = node_type
        self.instance_pool_id = instance_pool_id
        self.num_workers = num_workers
        self.min_workers = min_workers
        self.max_workers = max_workers
        self.spark_env_variables = spark_env_variables
        self.spark_conf = spark_conf
        self.init_scripts = init_scripts
        self.cluster_log_dbfs_path = cluster_log_dbfs_path
        self.permit_cluster_restart = permit_cluster_restart
        super().__init__()

    def validate(self) -> None:
        """Raise UserErrorException where the parameters contradict one another."""
        fresh = [self.spark_version, self.node_type, self.instance_pool_id, self.num_workers]
        fresh += [self.min_workers, self.max_workers]
        if self.existing_cluster_id and any(value is not None for value in fresh):
            raise UserErrorException(
                "existing_cluster_id excludes the parameters of a new cluster.",
                hint="DatabricksCluster(existing_cluster_id=...) alone",
            )
        if self.num_workers is not None and (self.min_workers is not None or self.max_workers is not None):
            raise UserErrorException("num_workers excludes min_workers and max_workers.")
        if (self.min_workers is None) != (self.max_workers is None):
            raise UserErrorException("min_workers and max_workers go together.")


class DatabricksSection(ConfigElement):
    """The libraries, and optionally the cluster, of a Databricks run.

    Attributes
    ----------
    maven_libraries, pypi_libraries, rcran_libraries, jar_libraries, egg_libraries : lists of library objects.
    cluster : a `DatabricksCluster` or None.
    """

    _fields = (
        "maven_libraries",
        "pypi_libraries",
        "rcran_libraries",
        "jar_libraries",
        "egg_libraries",
        "cluster",
    )

    def __init__(self, _skip_defaults: bool = False) -> None:
        self.maven_libraries: list[Any] = []
        self.pypi_libraries: list[Any] = []
        self.rcran_libraries: list[Any] = []
        self.jar_libraries: list[Any] = []
        self.egg_libraries: list[Any] = []
        self._cluster: DatabricksCluster | None = None
        super().__init__()

    @property
    def cluster(self) -> DatabricksCluster | None:
        """The cluster of the run."""
        return self._cluster

    @cluster.setter
    def cluster(self, value: DatabricksCluster | None) -> None:
        if value is not None and not isinstance(value, DatabricksCluster):
            raise UserErrorException("cluster takes a DatabricksCluster.", hint="DatabricksCluster(num_workers=2)")
        self._cluster = value

    def _fill(self, payload: dict[str, Any] | None) -> None:
        payload = payload or {}
        for key, made in _LIBRARIES.items():
            self._put(key[0], [_load(made, item) for item in payload.get(key[1]) or []])
        if isinstance(payload.get("cluster"), dict):
            self._cluster = _load(DatabricksCluster, payload["cluster"])


class DatabricksEnvironment(DatabricksSection):
    """The older name of `DatabricksSection`."""

    def __init__(self) -> None:
        super().__init__()


_LIBRARIES: dict[tuple[str, str], type[ConfigElement]] = {
    ("maven_libraries", "mavenLibraries"): MavenLibrary,
    ("pypi_libraries", "pypiLibraries"): PyPiLibrary,
    ("rcran_libraries", "rcranLibraries"): RCranLibrary,
    ("jar_libraries", "jarLibraries"): JarLibrary,
    ("egg_libraries", "eggLibraries"): EggLibrary,
}


def _load(made: type[Any], payload: dict[str, Any]) -> Any:
    element = made()
    element._fill(payload)
    return element
