"""TabularDataset: rows of files or of a query, read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import TABULAR
from aml_nb.core.data.datasets.tabular import arguments
from aml_nb.core.data.datasets.tabular.times import Timed
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.expressions import Expression
    from aml_nb.core.data.datasets.file_dataset import FileDataset
    from aml_nb.core.data.datasets.tabular.dataset_profile import DatasetProfile
    from aml_nb.core.data.datasets.tabular.profile_run import DatasetProfileRun


class TabularDataset(Timed):
    """Rows and columns. Made by ``Dataset.Tabular``; each operation gives a new dataset and reads nothing."""

    _kind = TABULAR

    # Reading

    def to_pandas_dataframe(self, on_error: str = "null", out_of_range_datetime: str = "null") -> Any:
        """The rows as a pandas DataFrame.

        Parameters
        ----------
        on_error : what becomes of a value that is not of its column's type: ``null`` or ``fail``.
        out_of_range_datetime : what becomes of a time that pandas cannot hold: ``null`` or ``throw``.

        Raises
        ------
        DatasetExecutionError : a file is gone or cannot be read, a column is not there, or a value is refused.
        """
        from aml_nb.core.data.datasets.tabular.frame import fetch
        from aml_nb.core.data.datasets.tabular.running import run

        strict, throw = arguments.on_error(on_error, out_of_range_datetime)
        return run(self._workspace, self._definition, lambda engine, plan: fetch(engine, plan, throw), strict)

    def to_dask_dataframe(
        self,
        sample_size: int = 10000,
        dtypes: dict[str, Any] | None = None,
        on_error: str = "null",
        out_of_range_datetime: str = "null",
    ) -> Any:
        """The rows as a Dask DataFrame, whose parts are read when they are computed.

        Parameters
        ----------
        sample_size : of how many rows the types are taken where ``dtypes`` does not say them.
        dtypes : the types of columns by name.
        on_error, out_of_range_datetime : as for ``to_pandas_dataframe``.

        Raises
        ------
        NotAvailableError : Dask's DataFrame is not installed.
        """
        from aml_nb.core.data.datasets.tabular.dask_frame import to_dask

        arguments.on_error(on_error, out_of_range_datetime)
        return to_dask(self, arguments.count(sample_size), dtypes, on_error, out_of_range_datetime)

    def to_spark_dataframe(self) -> Any:
        """The rows as a Spark DataFrame of the session that is active, or of a new one.

        Raises
        ------
        NotAvailableError : pyspark is not installed.
        """
        from aml_nb.core.data.datasets.tabular.spark_frame import to_spark

        return to_spark(self)

    # Rows

    def skip(self, count: int) -> TabularDataset:
        """All rows but the first ``count``."""
        return self._then("skip", count=arguments.count(count))

    def take(self, count: int) -> TabularDataset:
        """The first ``count`` rows."""
        return self._then("take", count=arguments.count(count))

    def take_sample(self, probability: float, seed: int | None = None) -> TabularDataset:
        """Each row with this probability; the same ones each time, and with the same seed always."""
        return self._then(
            "sample", probability=arguments.fraction(probability, "probability"), seed=arguments.seed(seed)
        )

    def random_split(self, percentage: float, seed: int | None = None) -> tuple[TabularDataset, TabularDataset]:
        """Two datasets: about this part of the rows, and the rest."""
        how = {"fraction": arguments.fraction(percentage, "percentage"), "seed": arguments.seed(seed)}
        return self._then("split", **how, part=0), self._then("split", **how, part=1)

    def filter(self, expression: Expression) -> TabularDataset:
        """The rows for which a condition holds.

        Parameters
        ----------
        expression : such as ``(dataset['age'] > 30) & dataset['name'].starts_with('A')``.
        """
        from aml_nb.core.data.datasets.expressions import Expression

        if not isinstance(expression, Expression):
            raise UserErrorException(
                f"filter takes a condition, not {expression!r}.", hint="dataset.filter(dataset['age'] > 30)"
            )
        return self._then("filter", expression=expression.to_dict())

    # Columns

    def keep_columns(self, columns: str | list[str], validate: bool = False) -> TabularDataset:
        """Only these columns, in the order that they have in the dataset.

        Parameters
        ----------
        columns : a name, or a list of them.
        validate : look now whether there are such columns.
        """
        names = arguments.columns(columns)
        dataset = self._then("keep_columns", columns=names)
        if validate:
            from aml_nb.core.data.datasets.tabular.validation import check_columns

            check_columns(self, names)
        return dataset._without_times(lambda name: name not in names)

    def drop_columns(self, columns: str | list[str]) -> TabularDataset:
        """All columns but these."""
        names = arguments.columns(columns)
        return self._then("drop_columns", columns=names)._without_times(lambda name: name in names)

    # Files

    def to_csv_files(self, separator: str = ",") -> FileDataset:
        """The rows as a CSV file; the file dataset that holds it."""
        from aml_nb.core.data.datasets.tabular.writing import write_files

        return write_files(self, "csv", arguments.separator(separator))

    def to_parquet_files(self) -> FileDataset:
        """The rows as a Parquet file; the file dataset that holds it."""
        from aml_nb.core.data.datasets.tabular.writing import write_files

        return write_files(self, "parquet")

    def partition_by(
        self,
        partition_keys: list[str],
        target: Any,
        name: str | None = None,
        show_progress: bool = True,
        partition_as_file_dataset: bool = False,
    ) -> Any:
        """Write the rows into one folder for each combination of values, and return the dataset of these files.

        Parameters
        ----------
        partition_keys : the columns whose values are the names of the folders.
        target : where to: a DataPath, a datastore, or a datastore with a path in it.
        name : register the new dataset under this name.
        show_progress : print what is done.
        partition_as_file_dataset : return a file dataset.
        """
        from aml_nb.core.data.datasets.tabular.partitioning import partition

        keys = arguments.columns(partition_keys)
        return partition(self, keys, target, name, show_progress, partition_as_file_dataset)

    def download(
        self,
        stream_column: str,
        target_path: str | None = None,
        overwrite: bool = False,
        ignore_not_found: bool = True,
    ) -> list[str]:
        """Copy the files that a column names into a folder and return where they are.

        Parameters
        ----------
        stream_column : a column that is ``DataType.to_stream``.
        target_path : the folder; a new one in the temporary directory when left out.
        overwrite : replace files that are there already, in place of an error.
        ignore_not_found : leave out files that are not there, in place of an error.
        """
        from aml_nb.core.data.datasets.tabular.streams import files_of_column

        return files_of_column(self, stream_column, ignore_not_found).download(target_path, overwrite, ignore_not_found)

    def mount(self, stream_column: str, mount_point: str | None = None) -> Any:
        """A folder that shows the files which a column names; see ``download``."""
        from aml_nb.core.data.datasets.tabular.streams import files_of_column

        return files_of_column(self, stream_column, True).mount(mount_point)

    # Profiles

    def submit_profile_run(
        self, compute_target: Any, experiment: Any, cache_datastore_name: str | None = None
    ) -> DatasetProfileRun:
        """Compute the profile in a run of its own.

        Parameters
        ----------
        compute_target : ``local`` or a cluster, or its name.
        experiment : whose run it is.
        cache_datastore_name : taken for v1's sake: the files are read where they are.
        """
        from aml_nb.core.data.datasets.tabular.profile_run import DatasetProfileRunConfig

        run: DatasetProfileRun = experiment.submit(DatasetProfileRunConfig(self, compute_target, cache_datastore_name))
        return run

    def get_profile(self, workspace: Any = None) -> DatasetProfile:
        """What the columns hold: counts, extremes, means, quantiles.

        That of the last run for these data; where there was none it is computed now.

        Parameters
        ----------
        workspace : where to look for runs; the dataset's own when left out.
        """
        from aml_nb.core.data.datasets.tabular.profile_run import latest_profile

        return latest_profile(self, workspace)

    def get_profile_runs(self, workspace: Any = None) -> Any:
        """The runs that computed this dataset's profile, the newest first."""
        from aml_nb.core.data.datasets.tabular.profile_run import profile_runs

        return profile_runs(self, workspace)

    def _partitioned_files(self) -> Iterable[Any]:
        from aml_nb.core.data.datasets.definition import expand

        return expand(self._workspace, self._definition)

    def _steps(self) -> list[str]:
        read = _READS.get(self._definition.read.get("format", ""), "Read")
        first = [read] if read == "ReadQuery" else [*super()._steps(), read]
        done = [_WORDS[operation["do"]] for operation in self._definition.operations if operation["do"] in _WORDS]
        return [*first, *(["SetColumnTypes"] if self._definition.read.get("set_types") else []), *done]


_READS = {
    "delimited": "ParseDelimited",
    "parquet": "ReadParquetFile",
    "json_lines": "ParseJsonLines",
    "sql": "ReadQuery",
}
_WORDS = {
    "take": "Take",
    "skip": "Skip",
    "sample": "Sample",
    "split": "RandomSplit",
    "filter": "Filter",
    "time": "Filter",
    "keep_columns": "KeepColumns",
    "drop_columns": "DropColumns",
}
