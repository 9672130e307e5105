"""What a run writes: where it goes, how it gets there, and as what it is registered."""

from __future__ import annotations

import copy
import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.consumption import DIRECT, HDFS, MOUNT, DatasetConsumptionConfig, check_name, check_path
from aml_nb.core.data.datasets.registry import check_tags
from aml_nb.core.data.datasets.type_definitions import PromoteHeadersBehavior
from aml_nb.core.data.paths import inside
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from typing_extensions import Self

    from aml_nb.core.data.datasets.output_tabular import OutputTabularDatasetConfig

UPLOAD, LINK = "upload", "link"
PLACEHOLDER = "DatasetOutputConfig:"
DEFAULT_PATH = "dataset/{run-id}/{output-name}"


class RegistrationConfiguration:
    """As what an output is registered.

    Parameters
    ----------
    name, description, tags : as ``dataset.register`` takes them.
    """

    def __init__(self, name: str, description: str | None, tags: dict[str, str] | None) -> None:
        self.name = name
        self.description = description
        self.tags = tags


class UploadOptions:
    """How an output is uploaded.

    Parameters
    ----------
    overwrite : replace files that are there.
    source_globs : which files; all when left out.
    """

    def __init__(self, overwrite: bool = False, source_globs: Any = None) -> None:
        self.overwrite = bool(overwrite)
        self.source_globs = [source_globs] if isinstance(source_globs, str) else source_globs


class MountOptions:
    """How an output is mounted.

    Parameters
    ----------
    disable_metadata_cache : taken for v1's sake.
    """

    def __init__(self, disable_metadata_cache: bool = False) -> None:
        self.disable_metadata_cache = disable_metadata_cache


class OutputDatasetConfig:
    """An output of a run. Its kinds are made, not this.

    Parameters
    ----------
    mode : how the data gets to its place: ``mount``, ``upload``, ``hdfs`` or ``link``.
    name : what the run calls it; a name of its own when left out.

    Raises
    ------
    UserErrorException : the name has other signs than letters, digits and underscores, or begins with a digit.
    """

    def __init__(self, mode: str, name: str | None = None, **kwargs: Any) -> None:
        self.mode = mode
        self._name = check_name(f"output_{uuid.uuid4().hex[:8]}" if name is None else name, "output")
        self._registration_configuration: RegistrationConfiguration | None = None
        self._upload_options: UploadOptions | None = None
        self._mount_options: MountOptions | None = None
        # Copies of an output have this dictionary in common, by which a pipeline knows them to be one.
        self._shared: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """What the run calls the output."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = check_name(name, "output")

    @property
    def arg_val(self) -> str:
        """What stands for the output in the arguments of a run until the run starts."""
        return PLACEHOLDER + self.name

    def register_on_complete(
        self, name: str, description: str | None = None, tags: dict[str, str] | None = None
    ) -> Self:
        """The same output, registered as a dataset when the run has succeeded.

        Parameters
        ----------
        name, description, tags : as ``dataset.register`` takes them; a new version is made where the name is there.
        """
        if not isinstance(name, str) or not name.strip():
            raise UserErrorException(f"{name!r} is no name of a dataset.", hint="register_on_complete('prepared')")
        other = copy.copy(self)
        other._registration_configuration = RegistrationConfiguration(name, description, check_tags(tags) or None)
        return other

    def as_input(self, name: str | None = None) -> DatasetConsumptionConfig:
        """The output as an input of another step; its kinds say how that gets it."""
        raise NotImplementedError

    def _input(self, name: str | None, mode: str) -> DatasetConsumptionConfig:
        return DatasetConsumptionConfig(name or f"input_{uuid.uuid4().hex[:8]}", self, mode)

    def __str__(self) -> str:
        return self.arg_val

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, mode={self.mode!r})"


class TransformationMixin:
    """Outputs whose files can be read as a table."""

    def read_delimited_files(
        self,
        include_path: bool = False,
        separator: str = ",",
        header: PromoteHeadersBehavior = PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS,
        partition_format: str | None = None,
        path_glob: str | None = None,
        set_column_types: dict[str, Any] | None = None,
    ) -> OutputTabularDatasetConfig:
        """The output as the table in its delimited files.

        Parameters
        ----------
        include_path : have a column with the file's path.
        separator, header, partition_format, set_column_types : as ``Dataset.Tabular.from_delimited_files`` takes them.
        path_glob : which files; all when left out.
        """
        reading = {
            "include_path": include_path,
            "separator": separator,
            "header": header,
            "partition_format": partition_format,
            "set_column_types": set_column_types,
        }
        return self._read("from_delimited_files", reading, path_glob)

    def read_parquet_files(
        self,
        include_path: bool = False,
        partition_format: str | None = None,
        path_glob: str | None = None,
        set_column_types: dict[str, Any] | None = None,
    ) -> OutputTabularDatasetConfig:
        """The output as the table in its Parquet files.

        Parameters
        ----------
        include_path : have a column with the file's path.
        partition_format, set_column_types : as ``Dataset.Tabular.from_parquet_files`` takes them.
        path_glob : which files; all when left out.
        """
        reading = {
            "include_path": include_path,
            "partition_format": partition_format,
            "set_column_types": set_column_types,
        }
        return self._read("from_parquet_files", reading, path_glob)

    def _read(self, factory: str, reading: dict[str, Any], path_glob: str | None) -> OutputTabularDatasetConfig:
        from aml_nb.core.data.datasets.output_tabular import OutputTabularDatasetConfig, unread

        table = unread(factory, reading)
        return OutputTabularDatasetConfig(output_file_dataset_config=self, table=table, path_glob=path_glob)


class OutputFileDatasetConfig(OutputDatasetConfig, TransformationMixin):
    """Files that a run writes, and where they go.

    Parameters
    ----------
    name : what the run calls it; a name of its own when left out.
    destination : a datastore, or a datastore and a path on it; ``{run-id}`` and ``{output-name}`` in the path stand
        for what they say. Left out: ``dataset/{run-id}/{output-name}`` of the default datastore.
    source : where the script writes; a folder of the run's when left out.
    partition_format : what stands in the paths of the files.
    """

    def __init__(
        self,
        name: str | None = None,
        destination: Any = None,
        source: str | None = None,
        partition_format: str | None = None,
    ) -> None:
        super().__init__(MOUNT, name)
        self.destination = check_destination(destination)
        self.source = check_path(source)
        self._partition_format = partition_format
        if partition_format is not None:
            from aml_nb.core.data.datasets.partitions import PartitionFormat

            PartitionFormat(partition_format)

    def as_mount(self, disable_metadata_cache: bool = False) -> OutputFileDatasetConfig:
        """The same output, written to its place at once."""
        other = copy.copy(self)
        other.mode, other._mount_options = MOUNT, MountOptions(disable_metadata_cache)
        other._upload_options = None
        return other

    def as_upload(self, overwrite: bool = False, source_globs: Any = None) -> OutputFileDatasetConfig:
        """The same output, uploaded when the script has ended.

        Parameters
        ----------
        overwrite : replace files that are there.
        source_globs : which files; all when left out.
        """
        other = copy.copy(self)
        other.mode, other._upload_options = UPLOAD, UploadOptions(overwrite, source_globs)
        other._mount_options = None
        return other

    def as_input(self, name: str | None = None) -> DatasetConsumptionConfig:
        """The output as an input of another step, mounted there."""
        return self._input(name, MOUNT)


class HDFSOutputDatasetConfig(OutputDatasetConfig, TransformationMixin):
    """Files that a run on Spark writes.

    Parameters
    ----------
    name, destination : as of OutputFileDatasetConfig.
    """

    def __init__(self, name: str | None = None, destination: Any = None) -> None:
        super().__init__(HDFS, name)
        self.destination = check_destination(destination)
        self.source = None

    def as_input(self, name: str | None = None) -> DatasetConsumptionConfig:
        """The output as an input of another step on Spark."""
        return self._input(name, HDFS)


class LinkFileOutputDatasetConfig(OutputDatasetConfig):
    """A file dataset that the script makes and links: ``run.output_datasets['name'].link(dataset)``.

    Parameters
    ----------
    name : what the run calls it; a name of its own when left out.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(LINK, name)

    def as_input(self, name: str | None = None) -> DatasetConsumptionConfig:
        """The linked dataset as an input of another step, mounted there."""
        return self._input(name, MOUNT)


class LinkTabularOutputDatasetConfig(OutputDatasetConfig):
    """A tabular dataset that the script makes and links: ``run.output_datasets['name'].link(dataset)``.

    Parameters
    ----------
    name : what the run calls it; a name of its own when left out.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(LINK, name)

    def as_input(self, name: str | None = None) -> DatasetConsumptionConfig:
        """The linked dataset as an input of another step."""
        return self._input(name, DIRECT)


def check_destination(destination: Any) -> Any:
    """A datastore, or a datastore and a path on it, as a pair; None for the default place."""
    if destination is None:
        return None
    pair = destination if isinstance(destination, tuple) else (destination, DEFAULT_PATH)
    if len(pair) != 2 or not hasattr(pair[0], "datastore_type"):
        raise UserErrorException(
            f"The destination of an output is a datastore, or a datastore and a path on it, not {destination!r}.",
            hint="destination=(ws.get_default_datastore(), 'outputs/{run-id}')",
        )
    return pair[0], inside(pair[1], "destination")
