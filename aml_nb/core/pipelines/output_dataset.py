"""PipelineData as datasets: files, or a table read from them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.consumption import check_name, check_path
from aml_nb.core.data.datasets.type_definitions import PromoteHeadersBehavior
from aml_nb.core.pipelines.bindings import InputPortBinding
from aml_nb.core.pipelines.errors import PipelineTypeError

if TYPE_CHECKING:
    from typing_extensions import Self

    from aml_nb.core.pipelines.pipeline_data import PipelineData


class DatasetRegistration:
    """As what an output is registered.

    Parameters
    ----------
    name : of the dataset.
    create_new_version : make a new version where the name is there.
    """

    def __init__(self, name: str, create_new_version: bool) -> None:
        self._name = name
        self._create_new_version = create_new_version

    @property
    def name(self) -> str:
        """Of the dataset."""
        return self._name

    @property
    def create_new_version(self) -> bool:
        """Make a new version where the name is there."""
        return self._create_new_version


class PipelineOutputAbstractDataset:
    """What a step writes, as a dataset.

    Parameters
    ----------
    pipeline_data : what the step writes.
    """

    def __init__(self, pipeline_data: PipelineData) -> None:
        self._pipeline_data = pipeline_data
        self._dataset_registration: DatasetRegistration | None = None
        self._input_name: str | None = None
        self._input_mode = "mount"
        self._input_path_on_compute: str | None = None
        self._table: Any = None
        self._file_extension = ""

    def register(self, name: str, create_new_version: bool = True) -> Self:
        """The same, registered as a dataset when the step has succeeded.

        Parameters
        ----------
        name : of the dataset.
        create_new_version : make a new version where the name is there.
        """
        if not isinstance(name, str) or not name.strip():
            raise PipelineTypeError(f"{name!r} is no name of a dataset.", hint="register('prepared')")
        other = copy.copy(self)
        other._dataset_registration = DatasetRegistration(name, bool(create_new_version))
        self._pipeline_data._registration = {**other._reading(), "name": name, "new_version": bool(create_new_version)}
        return other

    def as_named_input(self, name: str) -> Self:
        """The same as an input of that name."""
        other = copy.copy(self)
        other._input_name = check_name(name, "input")
        return other

    @property
    def name(self) -> str:
        """The name of what the step writes."""
        return self._pipeline_data.name

    @property
    def input_name(self) -> str:
        """What a step that reads it calls it."""
        return self._input_name or self.name

    def create_input_binding(self) -> InputPortBinding:
        """As an input of a step."""
        return InputPortBinding(self.input_name, self, self._input_mode, self._input_path_on_compute)

    def _reading(self) -> dict[str, Any]:
        """How the files are read, as an output's description has it."""
        if self._table is None:
            return {"kind": "file", "read": {}, "operations": [], "path_glob": None}
        definition = self._table._definition.to_dict()
        glob = f"**/*{self._file_extension}" if self._file_extension else "**"
        return {
            "kind": "tabular",
            "read": definition["read"],
            "operations": definition["operations"],
            "path_glob": glob,
        }

    def __str__(self) -> str:
        return str(self.create_input_binding())


class PipelineOutputFileDataset(PipelineOutputAbstractDataset):
    """What a step writes, as a dataset of files. Made by ``pipeline_data.as_dataset()``.

    Parameters
    ----------
    pipeline_data : what the step writes.
    """

    def as_download(self, path_on_compute: str | None = None) -> PipelineOutputFileDataset:
        """The same as an input whose files are copied to the compute target."""
        return self._as("download", path_on_compute)

    def as_mount(self, path_on_compute: str | None = None) -> PipelineOutputFileDataset:
        """The same as an input that is read where it lies."""
        return self._as("mount", path_on_compute)

    def as_direct(self) -> PipelineOutputFileDataset:
        """The same as an input that the script gets as a dataset: ``run.input_datasets[name]``."""
        return self._as("direct", None)

    def parse_delimited_files(
        self,
        include_path: bool = False,
        separator: str = ",",
        header: PromoteHeadersBehavior = PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS,
        partition_format: str | None = None,
        file_extension: str = "",
        set_column_types: dict[str, Any] | None = None,
        quoted_line_breaks: bool = False,
    ) -> PipelineOutputTabularDataset:
        """The table in its delimited files.

        Parameters
        ----------
        include_path : have a column with the file's path.
        separator, header, partition_format, set_column_types : as ``Dataset.Tabular.from_delimited_files`` has them.
        file_extension : read files that end so only.
        quoted_line_breaks : a line break within quotes belongs to the value.
        """
        reading = {
            "include_path": include_path,
            "separator": separator,
            "header": header,
            "partition_format": partition_format,
            "set_column_types": set_column_types,
            "support_multi_line": quoted_line_breaks,
        }
        return self._parsed("from_delimited_files", reading, file_extension)

    def parse_parquet_files(
        self,
        include_path: bool = False,
        partition_format: str | None = None,
        file_extension: str = ".parquet",
        set_column_types: dict[str, Any] | None = None,
    ) -> PipelineOutputTabularDataset:
        """The table in its Parquet files.

        Parameters
        ----------
        include_path : have a column with the file's path.
        partition_format, set_column_types : as ``Dataset.Tabular.from_parquet_files`` has them.
        file_extension : read files that end so only.
        """
        reading = {
            "include_path": include_path,
            "partition_format": partition_format,
            "set_column_types": set_column_types,
        }
        return self._parsed("from_parquet_files", reading, file_extension)

    def _as(self, mode: str, path_on_compute: str | None) -> PipelineOutputFileDataset:
        other = copy.copy(self)
        other._input_mode, other._input_path_on_compute = mode, check_path(path_on_compute)
        return other

    def _parsed(self, factory: str, reading: dict[str, Any], file_extension: str) -> PipelineOutputTabularDataset:
        from aml_nb.core.data.datasets.output_tabular import unread

        made = PipelineOutputTabularDataset(self, unread(factory, reading))
        made._file_extension = file_extension or ""
        return made


class PipelineOutputTabularDataset(PipelineOutputAbstractDataset):
    """What a step writes, as a table. Made by ``pipeline_data.as_dataset().parse_delimited_files()`` and its like.

    Parameters
    ----------
    pipeline_output_dataset : the files.
    additional_transformations : a dataset that reads them, as yet of no path.
    """

    def __init__(self, pipeline_output_dataset: PipelineOutputFileDataset, additional_transformations: Any) -> None:
        super().__init__(pipeline_output_dataset._pipeline_data)
        self._input_name = pipeline_output_dataset._input_name
        self._input_mode = "direct"
        self._table = additional_transformations
        self._dataset_registration = pipeline_output_dataset._dataset_registration

    def keep_columns(self, columns: Any) -> PipelineOutputTabularDataset:
        """The same table with these columns only."""
        return self._reads(self._table.keep_columns(columns, validate=False))

    def drop_columns(self, columns: Any) -> PipelineOutputTabularDataset:
        """The same table without these columns."""
        return self._reads(self._table.drop_columns(columns))

    def random_split(
        self, percentage: float, seed: int | None = None
    ) -> tuple[PipelineOutputTabularDataset, PipelineOutputTabularDataset]:
        """Two tables: about this part of the rows, and the rest."""
        first, rest = self._table.random_split(percentage, seed)
        return self._reads(first), self._reads(rest)

    def create_input_binding(self) -> InputPortBinding:
        """As an input of a step, which gets it as a dataset."""
        return super().create_input_binding()

    def _reads(self, table: Any) -> PipelineOutputTabularDataset:
        other = copy.copy(self)
        other._table = table
        return other
