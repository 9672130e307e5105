"""Dataset: v1's way in to datasets, and what v1's first releases had under that name."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.core.data.datasets.abstract import AbstractDataset, Lazy
from aml_nb.core.data.datasets.type_definitions import FileEncoding, PromoteHeadersBehavior, SkipLinesBehavior
from aml_nb.errors import NotAvailableError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class Dataset:
    """Makes and gets datasets: ``Dataset.Tabular``, ``Dataset.File``, ``Dataset.get_by_name``. It has no instances.

    Called, it gives the registered dataset of a name or an id, as v1's first releases did.

    Parameters
    ----------
    definition : not taken: it belongs to v1's first releases.
    workspace, name, id : where the dataset is registered, and as what.

    Raises
    ------
    NotAvailableError : a definition is given.
    UserErrorException : there is no such dataset.
    """

    _gives = (AbstractDataset,)

    Tabular: Any = Lazy("aml_nb.core.data.datasets.tabular_factory", "TabularDatasetFactory")
    File: Any = Lazy("aml_nb.core.data.datasets.file_factory", "FileDatasetFactory")

    class Scenario:
        """What a model's dataset was for: ``Model.register(datasets=[(Dataset.Scenario.TRAINING, dataset)])``."""

        TRAINING = "training"
        VALIDATION = "validation"
        INFERENCING = "inferencing"

    def __new__(
        cls, definition: Any, workspace: Workspace | None = None, name: str | None = None, id: str | None = None
    ) -> Any:
        if definition is not None or workspace is None:
            raise _gone("() with a definition")
        return cls.get(workspace, name, id)

    get_by_name = staticmethod(AbstractDataset.get_by_name)
    get_by_id = staticmethod(AbstractDataset.get_by_id)
    get_all = staticmethod(AbstractDataset.get_all)

    @staticmethod
    def get(workspace: Workspace, name: str | None = None, id: str | None = None) -> Any:
        """A registered dataset; deprecated in favour of ``get_by_name`` and ``get_by_id``."""
        _old("get", "get_by_name or get_by_id")
        if (name is None) == (id is None):
            raise UserErrorException("Dataset.get takes a name or an id.", hint="Dataset.get_by_name(ws, 'name')")
        return AbstractDataset.get_by_name(workspace, name) if name else AbstractDataset.get_by_id(workspace, str(id))

    @staticmethod
    def list(workspace: Workspace) -> builtins.list[Any]:
        """The registered datasets; deprecated in favour of ``get_all``."""
        _old("list", "get_all")
        found: Mapping[str, Any] = AbstractDataset.get_all(workspace)
        return builtins.list(found.values())

    @staticmethod
    def from_delimited_files(
        path: Any,
        separator: str = ",",
        header: PromoteHeadersBehavior = PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS,
        encoding: FileEncoding = FileEncoding.UTF8,
        quoting: bool = False,
        infer_column_types: bool = True,
        skip_rows: int = 0,
        skip_mode: SkipLinesBehavior = SkipLinesBehavior.NO_ROWS,
        comment: str | None = None,
        include_path: bool = False,
        archive_options: Any = None,
        partition_format: str | None = None,
    ) -> Any:
        """A table of delimited files; deprecated in favour of ``Dataset.Tabular.from_delimited_files``.

        What that cannot do (``skip_rows``, ``comment``, ``archive_options``) is refused.
        """
        _old("from_delimited_files", "Tabular.from_delimited_files")
        if skip_rows or comment is not None or archive_options is not None:
            raise _gone(".from_delimited_files() with skip_rows, comment or archive_options")
        return AbstractDataset.Tabular.from_delimited_files(
            path,
            include_path=include_path,
            infer_column_types=infer_column_types,
            separator=separator,
            header=header,
            partition_format=partition_format,
            support_multi_line=quoting,
            encoding=encoding.name.lower(),
        )

    @staticmethod
    def from_parquet_files(path: Any, include_path: bool = False, partition_format: str | None = None) -> Any:
        """A table of Parquet files; deprecated in favour of ``Dataset.Tabular.from_parquet_files``."""
        _old("from_parquet_files", "Tabular.from_parquet_files")
        return AbstractDataset.Tabular.from_parquet_files(
            path, include_path=include_path, partition_format=partition_format
        )

    @staticmethod
    def from_sql_query(data_source: Any, query: str) -> Any:
        """A table of a query; deprecated in favour of ``Dataset.Tabular.from_sql_query``."""
        _old("from_sql_query", "Tabular.from_sql_query")
        return AbstractDataset.Tabular.from_sql_query((data_source, query))

    @staticmethod
    def from_binary_files(path: Any) -> Any:
        """Files; deprecated in favour of ``Dataset.File.from_files``."""
        _old("from_binary_files", "File.from_files")
        return AbstractDataset.File.from_files(path)

    @staticmethod
    def from_pandas_dataframe(dataframe: Any, path: Any = None, in_memory: bool = False) -> NoReturn:
        """Not available: ``Dataset.Tabular.register_pandas_dataframe`` is what came after it."""
        raise _gone(".from_pandas_dataframe()", "Dataset.Tabular.register_pandas_dataframe(df, datastore, 'name')")

    @staticmethod
    def auto_read_files(path: Any, include_path: bool = False, partition_format: str | None = None) -> NoReturn:
        """Not available: say which format the files have."""
        raise _gone(".auto_read_files()", "Dataset.Tabular.from_delimited_files(path)")

    @staticmethod
    def from_excel_files(
        path: Any,
        sheet_name: str | None = None,
        use_column_headers: bool = False,
        skip_rows: int = 0,
        include_path: bool = False,
        infer_column_types: bool = True,
        partition_format: str | None = None,
    ) -> NoReturn:
        """Not available: read them with pandas."""
        raise _gone(".from_excel_files()", "Dataset.Tabular.register_pandas_dataframe(pandas.read_excel(path), …)")

    @staticmethod
    def from_json_files(
        path: Any,
        encoding: FileEncoding = FileEncoding.UTF8,
        flatten_nested_arrays: bool = False,
        include_path: bool = False,
        partition_format: str | None = None,
    ) -> NoReturn:
        """Not available: JSON lines can be read."""
        raise _gone(".from_json_files()", "Dataset.Tabular.from_json_lines_files(path)")


def _old(name: str, now: str) -> None:
    warnings.warn(f"Dataset.{name} is deprecated; use Dataset.{now}.", DeprecationWarning, stacklevel=3)


def _gone(what: str, now: str | None = None) -> NotAvailableError:
    """The error for a part that v1 itself gave up."""
    return NotAvailableError(
        f"Dataset{what} belongs to the first releases of SDK v1, which gave it up; it is not available in aml_nb.",
        hint=now or "Dataset.Tabular.from_delimited_files(path), Dataset.File.from_files(path) or Dataset.get_by_name",
    )
