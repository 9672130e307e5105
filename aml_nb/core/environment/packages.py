"""The spark and r sections of an Environment: carried, written and read; nothing here runs them."""

from __future__ import annotations

from typing import Any

from aml_nb.core.environment.config_element import ConfigElement
from aml_nb.errors import UserErrorException

__all__ = ["RCranPackage", "RGitHubPackage", "RSection", "SparkEnvironment", "SparkPackage", "SparkSection"]


class SparkPackage(ConfigElement):
    """A Maven package for Spark: group, artifact and version."""

    _fields = ("group", "artifact", "version")

    def __init__(self, group: str | None = None, artifact: str | None = None, version: str | None = None) -> None:
        self.group = group
        self.artifact = artifact
        self.version = version
        super().__init__()


class SparkSection(ConfigElement):
    """Spark's repositories and packages.

    Attributes
    ----------
    repositories : list of repository URLs.
    packages : list of `SparkPackage`.
    precache_packages : whether the packages are fetched when the image is built.
    """

    _fields = ("repositories", "packages", "precache_packages")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("_skip_defaults", None)
        self.repositories: list[str] = []
        self.packages: list[SparkPackage] = []
        self.precache_packages: bool = True
        super().__init__()
        for name in kwargs:
            raise self._unknown(name)

    def _fill(self, payload: dict[str, Any] | None) -> None:
        super()._fill(payload)
        self.packages = [_load(SparkPackage, item) for item in self.packages or []]


class SparkEnvironment(SparkSection):
    """The older name of `SparkSection`."""

    def __init__(self) -> None:
        super().__init__()


class RCranPackage(ConfigElement):
    """A CRAN package: name, version and repository."""

    _fields = ("name", "version", "repository")

    def __init__(self) -> None:
        self.name: str | None = None
        self.version: str | None = None
        self.repository: str | None = None
        super().__init__()


class RGitHubPackage(ConfigElement):
    """An R package on GitHub: ``user/repository[/subdir][@ref]`` and a token."""

    _fields = ("repository", "auth_token")

    def __init__(self) -> None:
        self.repository: str | None = None
        self.auth_token: str | None = None
        super().__init__()


class RSection(ConfigElement):
    """R's version, snapshot date and packages; a service or run in R is not available here."""

    _fields = (
        "r_version",
        "user_managed",
        "rscript_path",
        "snapshot_date",
        "cran_packages",
        "github_packages",
        "custom_url_packages",
        "bioconductor_packages",
    )

    def __init__(self) -> None:
        self.r_version: str | None = None
        self.user_managed: bool = False
        self.rscript_path: str | None = None
        self.snapshot_date: str | None = None
        self.cran_packages: list[RCranPackage] | None = None
        self.github_packages: list[RGitHubPackage] | None = None
        self.custom_url_packages: list[str] | None = None
        self.bioconductor_packages: list[str] | None = None
        super().__init__()

    def _fill(self, payload: dict[str, Any] | None) -> None:
        super()._fill(payload)
        if self.cran_packages:
            self.cran_packages = [_load(RCranPackage, item) for item in self.cran_packages]
        if self.github_packages:
            self.github_packages = [_load(RGitHubPackage, item) for item in self.github_packages]


def _load(made: type[Any], item: Any) -> Any:
    if isinstance(item, made):
        return item
    if not isinstance(item, dict):
        raise UserErrorException(f"A {made.__name__} is expected, not {item!r}.")
    element = made()
    element._fill(item)
    return element
