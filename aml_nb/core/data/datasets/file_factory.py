"""``Dataset.File``: file datasets out of paths, and of folders that are uploaded first."""

from __future__ import annotations

from typing import Any

from aml_nb.core.data.datasets import globs
from aml_nb.core.data.datasets.definition import FILE, Definition, expand
from aml_nb.core.data.datasets.errors import DatasetExecutionError, DatasetValidationError
from aml_nb.core.data.datasets.file_dataset import FileDataset
from aml_nb.core.data.datasets.partitions import PartitionFormat
from aml_nb.core.data.datasets.sources import read_sources
from aml_nb.errors import UserErrorException


class FileDatasetFactory:
    """Makes file datasets; ``Dataset.File`` is this class."""

    @staticmethod
    def from_files(
        path: Any, validate: bool = True, partition_format: str | None = None, is_file: bool = False
    ) -> FileDataset:
        """A dataset of the files that paths mean, now and whenever it is used.

        Parameters
        ----------
        path : an address, a path of this machine, a DataPath, ``(datastore, path)``, or a list of them. ``*`` stands
            for a name, ``**`` for folders, and a folder for all that is below it.
        validate : look whether there is a file.
        partition_format : what stands in the paths, such as ``/{country}/{day:yyyy/MM/dd}/data.csv``.
        is_file : the path is that of one file.

        Raises
        ------
        DatasetValidationError : there is no such file.
        UserErrorException : the path or the format is none.
        """
        read = read_sources(path)
        options: dict[str, Any] = {}
        if partition_format is not None:
            options["partition_format"] = PartitionFormat(partition_format).text
        if is_file:
            options["is_file"] = True
        dataset = FileDataset._create(Definition(FILE, read.sources, options), read.workspace)
        if validate:
            check(dataset)
        return dataset

    @staticmethod
    def upload_directory(
        src_dir: str, target: Any, pattern: str | None = None, overwrite: bool = False, show_progress: bool = True
    ) -> FileDataset:
        """Upload a folder and make a dataset of what was uploaded.

        Parameters
        ----------
        src_dir : the folder.
        target : where to: a DataPath, or a datastore with a path in it.
        pattern : which files, such as ``**/*.csv``; all when left out.
        overwrite : replace files that are there.
        show_progress : say what is uploaded.

        Raises
        ------
        UserErrorException : the folder or the target is none, or no file matches.
        """
        import os

        sources = read_sources(target)
        if len(sources.sources) != 1 or sources.workspace is None:
            raise UserErrorException(f"target must be one path on a datastore, not {target!r}.", hint="(ds, 'folder')")
        folder = os.path.abspath(os.path.expanduser(src_dir))
        if not os.path.isdir(folder):
            raise UserErrorException(f"There is no folder {src_dir}.", hint="give the folder that holds the files")
        match = globs.compile_pattern(pattern.removeprefix("./")).fullmatch if pattern else None
        names = [name for name in globs.walk(folder) if match is None or match(name)]
        if not names:
            raise UserErrorException(
                f"The folder {src_dir} has no file{f' that matches {pattern!r}' if pattern else ''}.",
                hint="**/*.csv matches in all folders below",
            )
        from aml_nb.core.data.datasets.expansion import open_datastore

        source = sources.sources[0]
        datastore = open_datastore(sources.workspace, source)
        datastore.upload_files(
            [os.path.join(folder, name) for name in names], folder, source.path or None, overwrite, show_progress
        )
        return FileDatasetFactory.from_files((datastore, f"{source.path}/**" if source.path else "**"), validate=False)


def check(dataset: FileDataset) -> None:
    """Look whether a dataset has files, and whether their paths have the form that was said."""
    form = dataset._partitions()
    try:
        files = expand(dataset._workspace, dataset._definition)
        if form is not None:
            form.values(files[0].full)
        for file in files:
            if not file.local and file.filesystem is None:
                file.open().close()
    except DatasetExecutionError as error:
        raise DatasetValidationError(error.message, error.inner_exception or error, hint=error.hint) from error
