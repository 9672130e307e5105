"""OutputTabularDatasetConfig: files that a run writes, read as a table."""

from __future__ import annotations

import copy
from typing import Any

from aml_nb.core.data.datasets.consumption import DIRECT, DatasetConsumptionConfig
from aml_nb.core.data.datasets.definition import TABULAR, Definition
from aml_nb.core.data.datasets.output_config import OutputDatasetConfig, RegistrationConfiguration


class OutputTabularDatasetConfig(OutputDatasetConfig):
    """A table that a run writes. Made by ``OutputFileDatasetConfig().read_delimited_files()`` and its like.

    Parameters
    ----------
    kwargs : ``output_file_dataset_config`` (the files), ``table`` (a dataset that reads them, as yet of no path) and
        ``path_glob`` (which of them).
    """

    def __init__(self, **kwargs: Any) -> None:
        self._file = kwargs["output_file_dataset_config"]
        self._table = kwargs["table"]
        self._path_glob = kwargs.get("path_glob")
        super().__init__(self._file.mode, self._file.name)
        self._registration_configuration: RegistrationConfiguration | None = self._file._registration_configuration
        self._upload_options = self._file._upload_options
        self._shared = self._file._shared

    @property
    def destination(self) -> Any:
        """Where the files go."""
        return self._file.destination

    @property
    def source(self) -> str | None:
        """Where the script writes them."""
        return getattr(self._file, "source", None)

    def keep_columns(self, columns: Any) -> OutputTabularDatasetConfig:
        """The same table with these columns only."""
        return self._with(table=self._table.keep_columns(columns, validate=False))

    def drop_columns(self, columns: Any) -> OutputTabularDatasetConfig:
        """The same table without these columns."""
        return self._with(table=self._table.drop_columns(columns))

    def random_split(
        self, percentage: float, seed: int | None = None
    ) -> tuple[OutputTabularDatasetConfig, OutputTabularDatasetConfig]:
        """Two tables: about this part of the rows, and the rest."""
        first, rest = self._table.random_split(percentage, seed)
        return self._with(table=first), self._with(table=rest)

    def as_mount(self) -> OutputTabularDatasetConfig:
        """The same output, its files written to their place at once."""
        return self._with(file=self._file.as_mount())

    def as_upload(self, overwrite: bool = False, source_globs: Any = None) -> OutputTabularDatasetConfig:
        """The same output, its files uploaded when the script has ended.

        Parameters
        ----------
        overwrite : replace files that are there.
        source_globs : which files; all when left out.
        """
        return self._with(file=self._file.as_upload(overwrite, source_globs))

    def as_input(self, name: str | None = None) -> DatasetConsumptionConfig:
        """The table as an input of another step."""
        return self._input(name, DIRECT)

    def _with(self, table: Any = None, file: Any = None) -> OutputTabularDatasetConfig:
        other = copy.copy(self)
        other._table = self._table if table is None else table
        other._file = self._file if file is None else file
        other.mode, other._upload_options = other._file.mode, other._file._upload_options
        return other


def unread(factory: str, reading: dict[str, Any]) -> Any:
    """A tabular dataset that reads as said and has no path yet, so that it can be made before there are files."""
    from aml_nb.core.data.datasets.abstract import AbstractDataset

    made = getattr(AbstractDataset.Tabular, factory)("https://localhost/", validate=False, **reading)
    definition = made._definition
    return made._with(Definition(TABULAR, (), definition.read, definition.operations))
