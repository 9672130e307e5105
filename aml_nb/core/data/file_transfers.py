"""What a datastore that holds files does: upload, download, and references to paths in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aml_nb.core.data.abstract_datastore import AbstractDatastore
from aml_nb.core.data.data_reference import DataReference

if TYPE_CHECKING:
    from collections.abc import Sequence


class FileTransfers(AbstractDatastore):
    """The calls that every datastore with files has."""

    def upload(
        self, src_dir: str, target_path: str | None = None, overwrite: bool = False, show_progress: bool = True
    ) -> DataReference:
        """Copy the files below a folder into the datastore.

        A file appears under its name once all of it is there. Links to files are taken as the files; empty
        folders leave nothing, as a blob container has none.

        Parameters
        ----------
        src_dir : the folder.
        target_path : the folder in the datastore; its root when left out.
        overwrite : replace files that are there; else they are left as they are and told.
        show_progress : print each file.

        Raises
        ------
        UserErrorException : the folder is not there, a file cannot be read, or the target leads out of the datastore.
        """
        from aml_nb.core.data import transfer

        return transfer.upload_folder(self, src_dir, target_path, overwrite, show_progress)

    def upload_files(
        self,
        files: Sequence[str | os.PathLike[str]],
        relative_root: str | None = None,
        target_path: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataReference:
        """Copy single files into the datastore.

        Parameters
        ----------
        files : their paths.
        relative_root : the folder that their names in the datastore begin below; the deepest that they have in
            common when left out.
        target_path, overwrite, show_progress : as for ``upload``.

        Raises
        ------
        UserErrorException : as for ``upload``; a file that does not lie below ``relative_root``.
        """
        from aml_nb.core.data import transfer

        return transfer.upload_files(self, files, relative_root, target_path, overwrite, show_progress)

    def download(
        self, target_path: str, prefix: str | None = None, overwrite: bool = False, show_progress: bool = True
    ) -> int:
        """Copy the files whose path begins with ``prefix`` to a folder of this machine; returns how many.

        Parameters
        ----------
        target_path : the folder, which is made; files keep their whole path below it.
        prefix : what the path in the datastore begins with; every file when left out.
        overwrite : replace files that are there; else they are left as they are and told.
        show_progress : print each file.
        """
        from aml_nb.core.data import transfer

        return transfer.download(self, target_path, prefix, overwrite, show_progress)

    def path(self, path: str | None = None, data_reference_name: str | None = None) -> DataReference:
        """A reference to a path in this datastore."""
        return DataReference(self, data_reference_name, path)

    def as_download(self, path_on_compute: str | None = None) -> DataReference:
        """A reference to the whole datastore, to be copied to the compute target before the run starts."""
        return self.path().as_download(path_on_compute)

    def as_upload(self, path_on_compute: str | None = None) -> DataReference:
        """A reference to the whole datastore, to receive what the run leaves in ``path_on_compute``."""
        return self.path().as_upload(path_on_compute)

    def as_mount(self) -> DataReference:
        """A reference to the whole datastore, to be read and written where it is."""
        return self.path().as_mount()
