"""``run.input_datasets`` and ``run.output_datasets`` in a script, made of its environment variables.

``AZUREML_DATASET_ENVIRONMENT_VARS`` and ``AZUREML_DATASET_FILE_OUTPUTS`` name the inputs and outputs; the variable of
that name has the path, or the id of a dataset that the script gets as it is.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aml_nb.errors import UserErrorException

INPUTS = "AZUREML_DATASET_ENVIRONMENT_VARS"
OUTPUTS = "AZUREML_DATASET_FILE_OUTPUTS"
OWN = "AML_NB_DATA_"
"""Before a name: the variable that holds even where a name is one that the system has too, such as PATH."""
_SYSTEM = frozenset(
    ("PATH", "HOME", "USER", "PWD", "SHELL", "LOGNAME", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "TMPDIR", "LANG")
)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class _Named(dict[str, Any]):
    """A dictionary whose values are made when they are asked for."""

    def __getitem__(self, name: str) -> Any:
        return self._made(name, super().__getitem__(name))

    def __missing__(self, name: str) -> Any:
        raise KeyError(f"{name!r} is no input or output of this run; there is: {', '.join(self) or 'none'}")

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or ``default``."""
        return self[name] if name in self else default

    def values(self) -> Any:
        """Every value."""
        return {name: self[name] for name in self}.values()

    def items(self) -> Any:
        """Every name with its value."""
        return {name: self[name] for name in self}.items()

    def _made(self, name: str, value: str) -> Any:
        return value


class InputDatasets(_Named):
    """The inputs of the run in which a script is: a dataset, or the path where its files are.

    Parameters
    ----------
    workspace : the workspace, or a function that gives it when a dataset is asked for.
    """

    def __init__(self, workspace: Any) -> None:
        super().__init__(_told(INPUTS))
        self._workspace = workspace
        self._datasets: dict[str, Any] = {}

    def _made(self, name: str, value: str) -> Any:
        if not _ID.fullmatch(value):
            return value
        if name not in self._datasets:
            from aml_nb.core.data.datasets.registry import get_by_id

            self._datasets[name] = get_by_id(_opened(self._workspace), value)
        return self._datasets[name]


class OutputDatasets(_Named):
    """The outputs of the run in which a script is: the path to write to, or what takes a dataset by ``link``.

    Parameters
    ----------
    workspace : the workspace, or a function that gives it when a dataset is linked.
    """

    def __init__(self, workspace: Any) -> None:
        super().__init__(_told(OUTPUTS))
        self.workspace = workspace

    def _made(self, name: str, value: str) -> Any:
        return LinkedOutput(name, value, self.workspace) if value.startswith(LinkedOutput.MARK) else value


class LinkedOutput:
    """An output that is a dataset which the script makes."""

    MARK = "link:"

    def __init__(self, name: str, value: str, workspace: Any) -> None:
        self._name = name
        self._file = Path(value.removeprefix(self.MARK))
        self._workspace = workspace

    def link(self, dataset: Any) -> None:
        """Make ``dataset`` the output of the run."""
        from aml_nb.core.data.datasets.abstract import AbstractDataset
        from aml_nb.core.data.datasets.registry import save

        if not isinstance(dataset, AbstractDataset):
            raise UserErrorException(
                f"The output {self._name!r} takes a dataset, not {dataset!r}.", hint="Dataset.File.from_files(…)"
            )
        self._file.parent.mkdir(parents=True, exist_ok=True)
        staged = self._file.with_suffix(".new")
        staged.write_text(json.dumps({"id": save(dataset, _opened(self._workspace))}), encoding="utf-8")
        os.replace(staged, self._file)


def variables(inputs: dict[str, str], outputs: dict[str, str]) -> dict[str, str]:
    """The environment variables that tell a script of its inputs and outputs."""
    told = {INPUTS: ",".join(inputs), OUTPUTS: ",".join(outputs)}
    for name, value in {**inputs, **outputs}.items():
        told[OWN + name] = value
        if name not in _SYSTEM:
            told[name] = value
    return told


def _told(which: str) -> dict[str, str]:
    names = [name for name in os.environ.get(which, "").split(",") if name]
    found = {name: os.environ.get(OWN + name, os.environ.get(name)) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _opened(workspace: Any | Callable[[], Any]) -> Any:
    return workspace() if callable(workspace) else workspace
