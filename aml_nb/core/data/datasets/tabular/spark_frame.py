"""Spark DataFrames, where pyspark is installed."""

from __future__ import annotations

import glob
import os
import uuid
from importlib import import_module
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.tabular.registering import registered, teller
from aml_nb.core.data.datasets.tabular.targets import read_target
from aml_nb.core.scratch import Scratch
from aml_nb.errors import NotAvailableError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.tabular.dataset import TabularDataset


def to_spark(dataset: TabularDataset) -> Any:
    """The rows as a DataFrame of the session that is active, or of a new one."""
    session = _sql("to_spark_dataframe()").SparkSession.builder.getOrCreate()
    frame = dataset.to_pandas_dataframe()
    return session.createDataFrame(frame.astype(object).where(frame.notna(), None))


def register_spark(
    dataframe: Any, target: Any, name: str, description: str | None, tags: dict[str, str] | None, show_progress: bool
) -> TabularDataset:
    """Write a Spark DataFrame as Parquet files and register them as a new version."""
    if not isinstance(dataframe, _sql("register_spark_dataframe()").DataFrame):
        raise UserErrorException(
            f"dataframe must be a Spark DataFrame, not {type(dataframe).__name__}.",
            hint="Dataset.Tabular.register_pandas_dataframe(df, target, name)",
        )
    say = teller(show_progress)
    place = read_target(target).below(str(uuid.uuid4()))
    with Scratch("spark") as folder:
        out = os.path.join(folder, "rows")
        dataframe.write.parquet(out)
        say(f"Uploading file to {place.source.path}")
        place.deliver({os.path.basename(path): path for path in sorted(glob.glob(os.path.join(out, "*.parquet")))})
    return registered(place, "*.parquet", name, description, tags, say)


def _sql(call: str) -> Any:
    try:
        return import_module("pyspark.sql")
    except ImportError as error:
        raise NotAvailableError(
            f"{call} needs pyspark, which is not installed.", hint="pip install pyspark, or to_pandas_dataframe()"
        ) from error
