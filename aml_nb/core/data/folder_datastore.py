"""Datastores that only aml_nb has: a folder of this machine, or any URL that fsspec reaches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.file_transfers import FileTransfers
from aml_nb.core.data.hidden import Hidden
from aml_nb.core.data.paths import inside
from aml_nb.errors import NotAvailableError, UserErrorException
from aml_nb.masking import without_login

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class LocalFolderDatastore(FileTransfers):
    """A folder of this machine, where its files stay as they are.

    Parameters
    ----------
    workspace, name : whose it is, and what it is called.
    folder : where the files are.
    """

    def __init__(self, workspace: Workspace, name: str, folder: str) -> None:
        super().__init__(workspace, name, "LocalFolder")
        self.folder = folder

    def _filesystem(self) -> tuple[Any, str]:
        from fsspec.implementations.local import LocalFileSystem

        if not Path(self.folder).is_dir():
            raise UserErrorException(
                f"The folder {self.folder} of the datastore {self.name} is not there.", hint=f"mkdir -p {self.folder}"
            )
        return LocalFileSystem(), self.folder

    def _local(self, relative: str = "") -> Path | None:
        return Path(self.folder) / inside(relative)

    def _facts(self) -> dict[str, Any]:
        return {"name": self.name, "folder": self.folder}


class UrlDatastore(FileTransfers):
    """Files at a URL that fsspec reaches: ``s3://``, ``gs://``, ``abfs://``, ``sftp://`` and others.

    Parameters
    ----------
    workspace, name : whose it is, and what it is called.
    url : where the files are.
    options : what fsspec's file system takes, such as keys and endpoints.
    """

    url = Hidden()  # it may hold a login
    options = Hidden()

    def __init__(self, workspace: Workspace, name: str, url: str, options: dict[str, Any] | None = None) -> None:
        super().__init__(workspace, name, "Url")
        self.url = url
        self.options = options or {}

    def _filesystem(self) -> tuple[Any, str]:
        if "_connected" not in vars(self):
            self.__dict__["_connected"] = self._connect()
        connected: tuple[Any, str] = vars(self)["_connected"]
        return connected

    def _connect(self) -> tuple[Any, str]:
        import fsspec

        try:
            fs, root = fsspec.core.url_to_fs(self.url, **(self.options or {}))
        except ImportError as error:
            raise NotAvailableError(
                f"The datastore {self.name} at {without_login(self.url)} needs a package that is not installed: "
                f"{error}",
                hint=f"pip install {getattr(error, 'name', None) or 'the package that the message names'}",
            ) from error
        except (ValueError, TypeError, OSError) as error:
            raise UserErrorException(
                without_login(f"The datastore {self.name} at {self.url} cannot be opened: {error}"),
                hint="check its URL and options: Datastore.register_url(ws, name, url, overwrite=True, **options)",
            ) from error
        return fs, str(root).rstrip("/")

    def _facts(self) -> dict[str, Any]:
        return {"name": self.name, "url": without_login(self.url)}
