"""DatasetConsumptionConfig: a dataset as an input of a run, and how the run wants it."""

from __future__ import annotations

import copy
import re
import warnings
from typing import Any

from aml_nb.errors import UserErrorException

DIRECT, MOUNT, DOWNLOAD, HDFS = "direct", "mount", "download", "hdfs"
MODES = (DIRECT, MOUNT, DOWNLOAD, HDFS)
PLACEHOLDER = "DatasetConsumptionConfig:"
_TAKEN = {"path", "user", "home", "pwd", "shell", "logname", "ld_library_path"}


class DatasetConsumptionConfig:
    """A dataset as an input of a run.

    Parameters
    ----------
    name : what the run calls it: letters, digits and underscores, and no digit first.
    dataset : a dataset, an output of another step, or a PipelineParameter that holds a dataset.
    mode : ``direct`` (the script gets the dataset), ``mount`` or ``download`` (it gets a path), or ``hdfs``.
    path_on_compute : where a mounted or downloaded dataset goes; below the run's folder unless it is absolute.

    Raises
    ------
    UserErrorException : the name or the mode cannot be, or a tabular dataset is to be mounted.
    """

    def __init__(self, name: str, dataset: Any, mode: str = DIRECT, path_on_compute: str | None = None) -> None:
        self.dataset = dataset
        self._name = check_name(name, "input")
        self.mode = _check_mode(mode, dataset)
        self.path_on_compute = check_path(path_on_compute)

    @property
    def name(self) -> str:
        """What the run calls the input."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = check_name(name, "input")

    @property
    def arg_val(self) -> str:
        """What stands for the input in the arguments of a run until the run starts."""
        return PLACEHOLDER + self._name

    def as_download(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """The same input, its files copied to the compute target before the script starts."""
        return self._as(DOWNLOAD, path_on_compute)

    def as_mount(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """The same input, its files in a folder that only reads."""
        return self._as(MOUNT, path_on_compute)

    def as_hdfs(self) -> DatasetConsumptionConfig:
        """The same input for a script on Spark."""
        return self._as(HDFS, None)

    def _as(self, mode: str, path_on_compute: str | None) -> DatasetConsumptionConfig:
        other = copy.copy(self)
        other.mode, other.path_on_compute = _check_mode(mode, self.dataset), check_path(path_on_compute)
        return other

    def __str__(self) -> str:
        return self.arg_val

    def __repr__(self) -> str:
        return f"DatasetConsumptionConfig(name={self._name!r}, mode={self.mode!r}, dataset={self.dataset!r})"


def check_name(name: object, what: str) -> str:
    """The name of an input or output; UserErrorException unless it can be the name of a variable."""
    if not isinstance(name, str) or not re.fullmatch(r"[a-zA-Z_]+[a-zA-Z0-9_]*", name):
        mended = re.sub(r"\W", "_", str(name), flags=re.ASCII)
        raise UserErrorException(
            f"Invalid {what} name {name!r}: it can only contain letters, digits and underscores, and cannot begin "
            "with a digit.",
            hint=f"{mended if not mended[:1].isdigit() else '_' + mended!r}",
        )
    if name.lower() in _TAKEN:
        warnings.warn(
            f"The {what} name {name!r} is also the name of an environment variable that many programs read; another "
            "name is safer.",
            UserWarning,
            stacklevel=3,
        )
    return name


def check_path(path: object) -> str | None:
    """A path on the compute target; UserErrorException when it is no text or leads out of the run's folder."""
    if path is None:
        return None
    text = str(path)
    if "\0" in text or not text.strip() or (not text.startswith("/") and ".." in text.split("/")):
        raise UserErrorException(
            f"path_on_compute {text!r} leads out of the run's folder or is no path.",
            hint="an absolute path, or one below the run's folder",
        )
    return text


def is_input(value: Any) -> bool:
    """Whether a value of ``arguments`` or ``inputs`` is a dataset as an input."""
    return isinstance(value, DatasetConsumptionConfig)


def _check_mode(mode: str, dataset: Any) -> str:
    if mode not in MODES:
        raise UserErrorException(
            f"Invalid mode {mode!r}: it is one of {', '.join(MODES)}.", hint="dataset.as_named_input('data').as_mount()"
        )
    if mode in (MOUNT, DOWNLOAD) and getattr(dataset, "_kind", None) == "tabular":
        raise UserErrorException(
            f"A TabularDataset cannot be used in mode {mode!r}: it has rows, not files.",
            hint="dataset.as_named_input('data'), and run.input_datasets['data'].to_pandas_dataframe() in the script",
        )
    return mode
