"""v1's CondaDependencies: which Python, conda and pip packages an environment has."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator
from typing import Any

from aml_nb.core.environment import conda_yaml
from aml_nb.core.environment.conda_checks import is_option, option_name, read, string, strings
from aml_nb.core.environment.conda_yaml import package_name
from aml_nb.errors import UserErrorException

__all__ = ["CondaDependencies"]

CHANNELS = "channels"
PACKAGES = "dependencies"
PIP = "pip"
CONDA_FILE_NAME = "auto_conda_dependencies.yml"
DEFAULT_SDK_ORIGIN = "https://pypi.python.org/simple"
PYTHON_PREFIX = "python"
PYTHON_DEFAULT_VERSION = "3.10.18"
CPU, GPU = "cpu", "gpu"
CNTK_PACKAGE_PREFIX, CNTK_DEFAULT_VERSION = "cntk", "2.7"
TENSORFLOW_PACKAGE_PREFIX, TENSORFLOW_DEFAULT_VERSION = "tensorflow", "2.2.0"
PYTORCH_PACKAGE_PREFIX, PYTORCH_DEFAULT_VERSION = "torch", "1.6.0"
TORCHVISION_PACKAGE_PREFIX, TORCHVISION_DEFAULT_VERSION = "torchvision", "0.7.0"
CHAINER_PACKAGE_PREFIX, DEFAULT_CHAINER_VERSION = "chainer", "7.7.0"
HOROVOD_DEFAULT_VERSION = "0.19.5"
CUPY_DEFAULT_VERSION = "cupy-cuda102"
LINUX_PLATFORM, WINDOWS_PLATFORM = "linux", "win32"


class CondaDependencies:
    """A conda specification, held as YAML with its comments.

    Parameters
    ----------
    conda_dependencies_file_path : a specification to start from; v1's default where it is left out.

    Raises
    ------
    UserErrorException
        The file is missing, is no YAML or has not the shape of a conda specification.

    Examples
    --------
    >>> packages = CondaDependencies()
    >>> packages.add_conda_package("scikit-learn")
    >>> list(packages.conda_packages)
    ['python=3.8.13', 'scikit-learn']
    """

    DEFAULT_NUMBER_OF_CONDA_PACKAGES = 0
    DEFAULT_NUMBER_OF_PIP_PACKAGES = 0

    def __init__(
        self,
        conda_dependencies_file_path: str | None = None,
        _underlying_structure: dict[str, Any] | None = None,
    ) -> None:
        if conda_dependencies_file_path and _underlying_structure:
            raise UserErrorException("A file and a structure exclude each other.")
        self._held: dict[str, Any] | None = None
        self._file: str | None = None
        if _underlying_structure is not None:
            self._held = conda_yaml.structure(_underlying_structure)
        elif conda_dependencies_file_path:
            self._held = conda_yaml.parse(read(conda_dependencies_file_path), os.fspath(conda_dependencies_file_path))
            self._file = os.path.abspath(conda_dependencies_file_path)

    @property
    def _data(self) -> dict[str, Any]:
        """The specification; v1's default is read when it is first needed, for most replace it unseen."""
        if self._held is None:
            self._held = conda_yaml.parse(conda_yaml.DEFAULT)
        return self._held

    @staticmethod
    def create(
        pip_indexurl: str | None = None,
        pip_packages: list[str] | None = None,
        conda_packages: list[str] | None = None,
        python_version: str = PYTHON_DEFAULT_VERSION,
        pin_sdk_version: bool = True,
    ) -> CondaDependencies:
        """Make a specification from lists of packages.

        Parameters
        ----------
        pip_indexurl : index that pip asks first.
        pip_packages : pip requirements; azureml-defaults is then only there if it is listed.
        conda_packages : conda requirements.
        python_version : Python's version.
        pin_sdk_version : without effect, as in v1's last versions.
        """
        made = CondaDependencies()
        if pip_indexurl:
            made.set_pip_index_url(pip_indexurl)
            made.set_pip_option(f"--extra-index-url {CondaDependencies.sdk_origin_url()}")
        made.set_python_version(python_version)
        if pip_packages is not None:
            made.remove_pip_package("azureml-defaults")
        for requirement in strings(pip_packages, "pip_packages"):
            made.add_pip_package(requirement)
        for requirement in strings(conda_packages, "conda_packages"):
            made.add_conda_package(requirement)
        return made

    @staticmethod
    def merge_requirements(requirements: list[str]) -> list[str]:
        """Join what is said several times of one package: ``['a>1', 'a<3']`` gives ``['a<3,>1']``."""
        from packaging.requirements import InvalidRequirement, Requirement

        merged: dict[str, Requirement | str] = {}
        for text in requirements:
            try:
                found = Requirement(text)
            except InvalidRequirement:
                merged.setdefault(text, text)
                continue
            known = merged.setdefault(package_name(text), found)
            if isinstance(known, Requirement):
                known.specifier &= found.specifier
                known.extras |= found.extras
        return [str(item) for item in merged.values()]

    @staticmethod
    def sdk_origin_url() -> str:
        """The index that v1's packages come from."""
        return DEFAULT_SDK_ORIGIN

    def set_pip_index_url(self, index_url: str) -> None:
        """Set the index that pip asks, a URL or pip's whole option."""
        string(index_url, "index_url")
        self.set_pip_option(index_url if index_url.startswith("-") else f"--index-url {index_url}")

    @property
    def conda_channels(self) -> Iterator[str]:
        """The channels, first come first searched."""
        return (str(channel) for channel in self._list(CHANNELS))

    @property
    def conda_packages(self) -> Iterator[str]:
        """The conda requirements, Python's own included."""
        return (str(item) for item in self._list(PACKAGES) if isinstance(item, str))

    @property
    def pip_packages(self) -> Iterator[str]:
        """The pip requirements, without options."""
        return (str(item) for item in self._pip() if not is_option(item))

    @property
    def pip_options(self) -> Iterator[str]:
        """pip's options, as ``--index-url …``."""
        return (str(item) for item in self._pip() if is_option(item))

    def get_default_number_of_packages(self) -> int:
        """How many packages are always there."""
        return self.DEFAULT_NUMBER_OF_CONDA_PACKAGES + self.DEFAULT_NUMBER_OF_PIP_PACKAGES

    def get_python_version(self) -> str | None:
        """Python's version as it is asked for, or None."""
        for item in self.conda_packages:
            if package_name(item) == PYTHON_PREFIX:
                asked = item.split("::")[-1].strip()[len(PYTHON_PREFIX) :].strip()
                exact = re.match(r"==?\s*([^=\s]+)", asked)
                return exact[1] if exact else asked or None
        return None

    def set_python_version(self, version: str) -> None:
        """Ask for this version of Python."""
        string(version, "version")
        self._place(self._list(PACKAGES, make=True), f"{PYTHON_PREFIX}={version}", first=True)

    def add_channel(self, channel: str) -> None:
        """Add a conda channel, once."""
        string(channel, "channel")
        channels = self._list(CHANNELS, make=True)
        if channel not in channels:
            channels.append(channel)

    def remove_channel(self, channel: str) -> None:
        """Remove a conda channel; nothing happens if it is not there."""
        self._drop(self._list(CHANNELS), lambda item: item == channel)

    def add_conda_package(self, conda_package: str) -> None:
        """Add a conda requirement, in place of an earlier one of the same package."""
        string(conda_package, "conda_package")
        self._place(self._list(PACKAGES, make=True), conda_package)

    def remove_conda_package(self, conda_package: str) -> None:
        """Remove a conda package by its name; Python itself stays."""
        string(conda_package, "conda_package")
        name = package_name(conda_package)
        if name == PYTHON_PREFIX:
            raise UserErrorException(
                "Python cannot be removed from a conda specification.", hint="set_python_version('3.10')"
            )
        self._drop(self._list(PACKAGES), lambda item: package_name(item) == name)

    def add_pip_package(self, pip_package: str) -> None:
        """Add a pip requirement, in place of an earlier one of the same package."""
        string(pip_package, "pip_package")
        if is_option(pip_package):
            raise UserErrorException(
                f"{pip_package!r} is an option of pip, no package.", hint=f"set_pip_option({pip_package!r})"
            )
        self._place(self._pip(make=True), pip_package)

    def set_pip_option(self, pip_option: str) -> None:
        """Set an option of pip, in place of an earlier value of the same option."""
        string(pip_option, "pip_option")
        if not is_option(pip_option):
            raise UserErrorException(
                f"{pip_option!r} is no option of pip: options begin with '-'.",
                hint=f"add_pip_package({pip_option!r})",
            )
        options, name = self._pip(make=True), option_name(pip_option)
        for index, item in enumerate(options):
            if is_option(item) and option_name(item) == name:
                options[index] = pip_option
                return
        options.append(pip_option)

    def remove_pip_option(self, pip_option: str) -> None:
        """Remove an option of pip by its name; nothing happens if it is not there."""
        name = option_name(string(pip_option, "pip_option"))
        self._drop(self._pip(), lambda item: is_option(item) and option_name(item) == name)

    def remove_pip_package(self, pip_package: str) -> None:
        """Remove a pip package by its name; nothing happens if it is not there."""
        name = package_name(string(pip_package, "pip_package"))
        self._drop(self._pip(), lambda item: not is_option(item) and package_name(item) == name)

    def set_pip_requirements(self, pip_requirements: list[str]) -> None:
        """Replace the whole pip section: requirements and options."""
        wanted = list(strings(pip_requirements, "pip_requirements"))
        section = self._pip(make=True)
        self._drop(section, lambda item: True)
        section.extend(wanted)

    def add_cntk_package(self, core_type: str = CPU) -> None:
        """Add CNTK through pip, for ``cpu`` or ``gpu``."""
        self.add_pip_package(f"{_for_core(CNTK_PACKAGE_PREFIX, core_type)}=={CNTK_DEFAULT_VERSION}")

    def add_tensorflow_pip_package(self, core_type: str = CPU, version: str | None = None) -> None:
        """Add TensorFlow through pip, for ``cpu`` or ``gpu``."""
        name = _for_core(TENSORFLOW_PACKAGE_PREFIX, core_type)
        self.add_pip_package(f"{name}=={version or TENSORFLOW_DEFAULT_VERSION}")

    def add_tensorflow_conda_package(self, core_type: str = CPU, version: str | None = None) -> None:
        """Add TensorFlow through conda, for ``cpu`` or ``gpu``."""
        name = _for_core(TENSORFLOW_PACKAGE_PREFIX, core_type)
        self.add_conda_package(f"{name}={version or TENSORFLOW_DEFAULT_VERSION}")

    def save_to_file(self, base_directory: str, conda_file_path: str | None = None) -> str:
        """Write the specification below ``base_directory`` and return its path relative to that."""
        relative = conda_file_path or CONDA_FILE_NAME
        self.save(os.path.join(base_directory, relative))
        return relative

    def save(self, path: str | None = None) -> str:
        """Write the specification to a file (or into a folder, under v1's name) and return its path."""
        target = os.path.normpath(path or os.getcwd())
        if os.path.isdir(target):
            target = os.path.join(target, CONDA_FILE_NAME)
        if not os.path.isdir(os.path.dirname(target) or "."):
            raise UserErrorException(
                f"{target} cannot be written: its folder does not exist.",
                hint=f"os.makedirs({os.path.dirname(target)!r}, exist_ok=True)",
            )
        with open(target, "w", encoding="utf-8") as file:
            file.write(self.serialize_to_string())
        return target

    def serialize_to_string(self) -> str:
        """The specification as YAML, comments included."""
        return conda_yaml.dump(self._data)

    def as_dict(self) -> dict[str, Any]:
        """The specification as plain dicts and lists."""
        plain: dict[str, Any] = conda_yaml.unwrapped(self._data)
        return plain

    def _list(self, key: str, make: bool = False) -> list[Any]:
        if self._data.get(key) is None and make:
            self._data[key] = []
        found: list[Any] = self._data.get(key) or []
        return self._data[key] if make else found

    def _pip(self, make: bool = False) -> list[Any]:
        for item in self._list(PACKAGES):
            if isinstance(item, dict):
                if item[PIP] is None and make:
                    item[PIP] = []
                return item[PIP] if item[PIP] is not None else []
        if not make:
            return []
        made: list[Any] = []
        self._list(PACKAGES, make=True).append({PIP: made})
        return made

    @staticmethod
    def _place(items: list[Any], requirement: str, first: bool = False) -> None:
        name = package_name(requirement)
        for index, item in enumerate(items):
            if isinstance(item, str) and package_name(item) == name:
                items[index] = requirement
                return
        items.insert(0 if first else len(items), requirement)

    @staticmethod
    def _drop(items: list[Any], unwanted: Any) -> None:
        for index in reversed(range(len(items))):
            if isinstance(items[index], str) and unwanted(items[index]):
                del items[index]

    def __deepcopy__(self, memo: dict[int, Any]) -> CondaDependencies:
        made = CondaDependencies()
        made._held, made._file = copy.deepcopy(self._held, memo), self._file
        return made


def _for_core(prefix: str, core_type: str) -> str:
    if core_type not in (CPU, GPU):
        raise UserErrorException(f"core_type is {CPU!r} or {GPU!r}, not {core_type!r}.")
    return prefix if core_type == CPU else f"{prefix}-{GPU}"
