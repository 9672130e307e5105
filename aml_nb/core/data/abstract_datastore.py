"""What every datastore is: a named place for data in a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.errors import NotAvailableError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class AbstractDatastore:
    """A named place for data.

    Parameters
    ----------
    workspace : whose it is.
    name : what it is called there.
    datastore_type : v1's word for its kind.
    """

    def __init__(self, workspace: Workspace, name: str, datastore_type: str) -> None:
        self.workspace = workspace
        self.name = name
        self.datastore_type = datastore_type

    def set_as_default(self) -> None:
        """Use this datastore where none is named."""
        from aml_nb.core.data import datastore_records

        datastore_records.set_default(self.workspace, self.name)

    def unregister(self) -> None:
        """Forget this datastore and its credentials; the data stays where it is.

        Raises
        ------
        UserErrorException : it is one of the workspace's own.
        """
        from aml_nb.core.data import datastore_records

        datastore_records.remove(self.workspace, self.name)

    def _filesystem(self) -> tuple[Any, str]:
        """The fsspec file system that reaches the data, and the path of the root in it."""
        raise NotAvailableError(
            f"The datastore {self.name} is registered as {self.datastore_type}, a kind of storage that aml_nb keeps "
            "the facts of and cannot reach.",
            hint="copy what you need into the default datastore: ws.get_default_datastore().upload(folder)",
        )

    def _local(self, relative: str = "") -> Path | None:
        """The path of ``relative`` on this machine, whether it is there or not; None for storage elsewhere."""
        return None

    def _facts(self) -> dict[str, Any]:
        """What tells this datastore from others; never a secret."""
        return {"name": self.name, "datastore_type": self.datastore_type}

    def __deepcopy__(self, memo: dict[int, Any]) -> AbstractDatastore:
        return self  # a handle: configurations that hold one are copied, and a workspace's connections cannot be

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self._facts().items() if value is not None)
        return f"{type(self).__name__}({facts})"
