"""``Dataset.Tabular``: tabular datasets out of files, queries and DataFrames."""

from __future__ import annotations

from typing import Any

from aml_nb.core.data.datasets.definition import TABULAR, Definition, Source
from aml_nb.core.data.datasets.partitions import PartitionFormat
from aml_nb.core.data.datasets.sources import read_sources
from aml_nb.core.data.datasets.tabular import arguments
from aml_nb.core.data.datasets.tabular.data_type import DataType as DataType
from aml_nb.core.data.datasets.tabular.data_type import read_types
from aml_nb.core.data.datasets.tabular.dataset import TabularDataset
from aml_nb.core.data.datasets.type_definitions import FileEncoding, PromoteHeadersBehavior
from aml_nb.errors import UserErrorException

_ENCODINGS = ("utf8", "iso88591", "latin1", "ascii", "utf16", "utf32", "utf8bom", "windows1252")


class TabularDatasetFactory:
    """Makes tabular datasets; ``Dataset.Tabular`` is this class."""

    @staticmethod
    def from_parquet_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: dict[str, DataType] | None = None,
        partition_format: str | None = None,
    ) -> TabularDataset:
        """The rows of Parquet files.

        Parameters
        ----------
        path : an address, a path of this machine, a DataPath, ``(datastore, path)``, or a list of them. ``*`` stands
            for a name, ``**`` for folders, and a folder for all that is below it.
        validate : read the first row.
        include_path : have the path of its file in each row, as ``Path``.
        set_column_types : other types for some columns, by name.
        partition_format : what stands in the paths, such as ``/{country}/{day:yyyy/MM/dd}/data.parquet``.

        Raises
        ------
        DatasetValidationError : the files are not there, hold nothing, or are of another kind.
        """
        read = _reading("parquet", include_path, set_column_types, partition_format)
        return _make(path, read, validate)

    @staticmethod
    def from_delimited_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        infer_column_types: bool = True,
        set_column_types: dict[str, DataType] | None = None,
        separator: str = ",",
        header: Any = True,
        partition_format: str | None = None,
        support_multi_line: bool = False,
        empty_as_string: bool = False,
        encoding: Any = "utf8",
    ) -> TabularDataset:
        """The rows of CSV files and their kin.

        Parameters
        ----------
        path, validate, include_path, set_column_types, partition_format : as for ``from_parquet_files``.
        infer_column_types : find the types of the columns by the first rows; else every column is text.
        separator : what stands between fields; ``"\\n"`` makes each line a field of its own.
        header : a PromoteHeadersBehavior; True for ``ALL_FILES_HAVE_SAME_HEADERS``, False for ``NO_HEADERS``.
        support_multi_line : fields in quotes go over many lines.
        empty_as_string : a field with nothing in it is an empty text in a column of texts; else it is None.
        encoding : ``utf8``, ``utf8bom``, ``ascii``, ``latin1``, ``iso88591``, ``windows1252``, ``utf16``, ``utf32``.

        Raises
        ------
        DatasetValidationError : the files are not there, hold nothing, or have no such columns.
        """
        read = _reading("delimited", include_path, set_column_types, partition_format)
        read["separator"] = arguments.read_separator(separator)
        read["header"] = _header(header)
        read["encoding"] = _encoding(encoding)
        read["infer"] = bool(infer_column_types)
        for name, wanted in (("support_multi_line", support_multi_line), ("empty_as_string", empty_as_string)):
            if wanted:
                read[name] = True
        return _make(path, read, validate)

    @staticmethod
    def from_json_lines_files(
        path: Any,
        validate: bool = True,
        include_path: bool = False,
        set_column_types: dict[str, DataType] | None = None,
        partition_format: str | None = None,
        invalid_lines: str = "error",
        encoding: Any = "utf8",
    ) -> TabularDataset:
        """The rows of files with one JSON object a line.

        Parameters
        ----------
        path, validate, include_path, set_column_types, partition_format : as for ``from_parquet_files``.
        invalid_lines : what becomes of a line that is no JSON: ``error`` or ``drop``.
        encoding : as for ``from_delimited_files``.

        Raises
        ------
        DatasetValidationError : the files are not there, hold nothing, or a line is refused.
        """
        if invalid_lines not in ("error", "drop"):
            raise UserErrorException(
                f"invalid_lines must be 'error' or 'drop', not {invalid_lines!r}.", hint="invalid_lines='drop'"
            )
        read = _reading("json_lines", include_path, set_column_types, partition_format)
        read["invalid_lines"] = invalid_lines
        read["encoding"] = _encoding(encoding)
        return _make(path, read, validate)

    @staticmethod
    def from_sql_query(
        query: Any,
        validate: bool = True,
        set_column_types: dict[str, DataType] | None = None,
        query_timeout: int = 30,
    ) -> TabularDataset:
        """The rows that a query of a database gives, asked each time the dataset is used.

        Parameters
        ----------
        query : ``(datastore, 'SELECT …')``, or a DataPath of the two.
        validate : ask for the first row.
        set_column_types : other types for some columns, by name.
        query_timeout : how many seconds the database may take.
        """
        from aml_nb.core.data.datasets.tabular.sql_query import read_query

        datastore, text = read_query(query)
        from aml_nb.core.data.datasets.expansion import address

        read: dict[str, Any] = {"format": "sql", "query": text, "query_timeout": arguments.count(query_timeout)}
        if types := read_types(set_column_types):
            read["set_types"] = types
        source = Source("", datastore.name, address(datastore.workspace))
        dataset = TabularDataset._create(Definition(TABULAR, (source,), read), datastore.workspace)
        return _checked(dataset) if validate else dataset

    @staticmethod
    def register_pandas_dataframe(
        dataframe: Any,
        target: Any,
        name: str,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        show_progress: bool = True,
        row_group_size: int | None = None,
        make_target_path_unique: bool = True,
    ) -> TabularDataset:
        """Write a DataFrame as a Parquet file and register it as a new version.

        Parameters
        ----------
        dataframe : the rows; its index is left out.
        target : where to: a DataPath, a datastore, or a datastore with a path in it.
        name, description, tags : as what it is registered.
        show_progress : print what is done.
        row_group_size : how many rows a group of the file has.
        make_target_path_unique : put a folder of its own below the target.

        Raises
        ------
        UserErrorException : it is no DataFrame, the target is no place of a datastore, or a column cannot be written.
        """
        from aml_nb.core.data.datasets.tabular.registering import register_frame

        size = None if row_group_size is None else arguments.count(row_group_size)
        return register_frame(dataframe, target, name, description, tags, show_progress, size, make_target_path_unique)

    @staticmethod
    def register_spark_dataframe(
        dataframe: Any,
        target: Any,
        name: str,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        show_progress: bool = True,
    ) -> TabularDataset:
        """Write a Spark DataFrame as Parquet and register it as a new version; see ``register_pandas_dataframe``."""
        from aml_nb.core.data.datasets.tabular.spark_frame import register_spark

        return register_spark(dataframe, target, name, description, tags, show_progress)

    @staticmethod
    def register_dask_dataframe(
        dataframe: Any,
        target: Any,
        name: str,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        show_progress: bool = True,
    ) -> TabularDataset:
        """Write a Dask DataFrame as Parquet and register it as a new version; see ``register_pandas_dataframe``."""
        from aml_nb.core.data.datasets.tabular.dask_frame import register_dask

        return register_dask(dataframe, target, name, description, tags, show_progress)


def _reading(form: str, include_path: Any, set_column_types: Any, partition_format: Any) -> dict[str, Any]:
    read: dict[str, Any] = {"format": form}
    if include_path:
        read["include_path"] = True
    if types := read_types(set_column_types):
        read["set_types"] = types
    if partition_format is not None:
        read["partition_format"] = PartitionFormat(partition_format).text
    return read


def _make(path: Any, read: dict[str, Any], validate: bool) -> TabularDataset:
    """The dataset; with ``validate`` its first row is read, and what its columns seem to be is kept with it."""
    sources = read_sources(path)
    dataset = TabularDataset._create(Definition(TABULAR, sources.sources, read), sources.workspace)
    return _checked(dataset) if validate else dataset


def _checked(dataset: TabularDataset) -> TabularDataset:
    from aml_nb.core.data.datasets.tabular.validation import check_rows

    definition = dataset._definition
    set_types = definition.read.get("set_types") or {}
    types = check_rows(dataset, list(set_types))
    kept = {name: kind for name, kind in types.items() if name not in set_types}
    return dataset._with(definition.reading(types=kept)) if kept else dataset


def _header(header: Any) -> str:
    if isinstance(header, bool):
        header = PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS if header else PromoteHeadersBehavior.NO_HEADERS
    if not isinstance(header, PromoteHeadersBehavior):
        raise UserErrorException(
            f"header must be a PromoteHeadersBehavior, not {header!r}.",
            hint="from azureml.data.dataset_type_definitions import PromoteHeadersBehavior",
        )
    return header.name


def _encoding(encoding: Any) -> str:
    word = encoding.name.lower() if isinstance(encoding, FileEncoding) else str(encoding).lower().replace("-", "")
    if word not in _ENCODINGS:
        raise UserErrorException(
            f"encoding must be one of {', '.join(_ENCODINGS)}, not {encoding!r}.", hint="encoding='latin1'"
        )
    return word
