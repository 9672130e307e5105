"""``ws.datasets``: the registered datasets by name, each fetched when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class DatasetNotFoundError(UserErrorException, KeyError):
    """No dataset of that name; a KeyError too, so that ``in`` and ``get`` work."""


class RegisteredDatasets(Mapping[str, Any]):
    """The workspace's registered datasets; none can be registered yet, so it is empty."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def __getitem__(self, name: str) -> NoReturn:
        raise DatasetNotFoundError(
            f"There is no dataset named {name} in the workspace {self._workspace.name}.",
            hint="datasets are not available yet: aml-nb azureml coverage",
        )

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __call__(self, name: str) -> NoReturn:
        raise TypeError(f"ws.datasets is a mapping: write ws.datasets[{name!r}], with square brackets")

    def __repr__(self) -> str:
        return f"RegisteredDatasets({list(self)})"
