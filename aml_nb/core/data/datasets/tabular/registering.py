"""``register_pandas_dataframe``: rows of memory as a Parquet file and a new version of a dataset."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import TABULAR, Definition
from aml_nb.core.data.datasets.tabular.dataset import TabularDataset
from aml_nb.core.data.datasets.tabular.engine import Engine, identifier, literal
from aml_nb.core.data.datasets.tabular.targets import Target, read_target
from aml_nb.core.scratch import Scratch
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from collections.abc import Callable

FILE_NAME = "dataframe.parquet"


def register_frame(
    dataframe: Any,
    target: Any,
    name: str,
    description: str | None,
    tags: dict[str, str] | None,
    show_progress: bool,
    row_group_size: int | None,
    unique: bool,
) -> TabularDataset:
    """Write a pandas DataFrame and register it; see ``TabularDatasetFactory.register_pandas_dataframe``."""
    import pandas as pd

    say = teller(show_progress)
    say("Validating arguments.")
    if not isinstance(dataframe, pd.DataFrame):
        raise UserErrorException(
            f"dataframe must be a pandas DataFrame, not {type(dataframe).__name__}.", hint="pandas.DataFrame(rows)"
        )
    place = read_target(target)
    frame = prepared(dataframe)
    say("Arguments validated.")
    place = place.below(str(uuid.uuid4())) if unique else place
    with Scratch("frame") as folder:
        path = os.path.join(folder, FILE_NAME)
        write_frame(frame, [str(column) for column in dataframe.columns], path, row_group_size)
        say("Successfully obtained datastore reference and path.")
        say(f"Uploading file to {place.source.path}")
        place.deliver({FILE_NAME: path})
    say("Successfully uploaded file to datastore.")
    return registered(place, FILE_NAME, name, description, tags, say)


def registered(
    place: Target,
    names: str,
    name: str,
    description: str | None,
    tags: dict[str, str] | None,
    say: Callable[[str], None],
) -> TabularDataset:
    """Register the Parquet files at a place as a new version."""
    say("Creating and registering a new dataset.")
    definition = Definition(TABULAR, (place.below(names).source,), {"format": "parquet"})
    dataset = TabularDataset._create(definition, place.workspace)
    new: TabularDataset = dataset.register(place.workspace, name, description, tags, create_new_version=True)
    say("Successfully created and registered a new dataset.")
    return new


def teller(show_progress: bool) -> Callable[[str], None]:
    """What prints v1's progress, or nothing."""
    return print if show_progress else lambda text: None


def prepared(dataframe: Any) -> Any:
    """A copy of a DataFrame, its columns ``c0``, ``c1``, …, of values that the engine knows.

    Raises
    ------
    UserErrorException : two columns have one name, or a column mixes values of different kinds.
    """
    import pandas as pd

    names = [str(column) for column in dataframe.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or twice:
        raise UserErrorException(
            f"The DataFrame has two columns named {twice[0]!r}." if twice else "The DataFrame has no columns.",
            hint="df.columns = ['a', 'b', 'c']",
        )
    columns = {f"c{place}": _column(dataframe.iloc[:, place], name) for place, name in enumerate(names)}
    return pd.DataFrame(columns)


def write_frame(frame: Any, names: list[str], path: str, row_group_size: int | None = None) -> None:
    """Write a prepared DataFrame as a Parquet file whose columns have these names."""
    import duckdb

    floats = {column for column in frame.columns if frame[column].dtype.kind == "f"}
    parts = [
        f"{f'CASE WHEN NOT isnan(c{place}) THEN c{place} END' if f'c{place}' in floats else f'c{place}'} "
        f"AS {identifier(name)}"
        for place, name in enumerate(names)
    ]
    size = f", ROW_GROUP_SIZE {int(row_group_size)}" if row_group_size else ""
    with Engine() as engine:
        engine.register("frame", frame)
        try:
            engine.execute(f"COPY (SELECT {', '.join(parts)} FROM frame) TO {literal(path)} (FORMAT parquet{size})")
        except duckdb.Error as error:
            raise UserErrorException(
                f"The DataFrame cannot be written as a Parquet file: {str(error).splitlines()[0]}",
                inner_exception=error,
                hint="df.astype(str) for the columns with values of other kinds",
            ) from error


def _column(series: Any, name: str) -> Any:
    import pandas as pd

    series = series.reset_index(drop=True)
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _column(series.astype(dtype.categories.dtype if not series.isna().any() else object), name)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return series.dt.tz_convert("UTC").dt.tz_localize(None)
    if isinstance(dtype, pd.SparseDtype):
        return _column(series.sparse.to_dense(), name)
    if isinstance(dtype, (pd.PeriodDtype, pd.IntervalDtype)):
        return _objects(series.astype(str).where(series.notna(), None))
    if dtype.kind == "m":
        return series.astype("int64").astype("Int64").where(series.notna(), pd.NA)
    if dtype.kind == "O" or isinstance(dtype, pd.StringDtype):
        return _mixed(series, name)
    if dtype.kind == "f" and dtype.itemsize == 2:
        return series.astype("float32")
    if dtype.kind in "biufM":
        return series
    raise _unknown(name, str(dtype))


def _mixed(series: Any, name: str) -> Any:
    """A column of objects: of texts, or of one kind of value that it turns out to hold."""
    import pandas as pd

    kind = pd.api.types.infer_dtype(series, skipna=True)
    if kind in ("string", "empty"):
        return _objects(series.astype(object).where(series.notna(), None))
    if kind == "boolean":
        return series.astype("boolean")
    if kind in ("integer", "floating", "mixed-integer-float", "decimal"):
        return pd.to_numeric(series.astype(float) if kind == "decimal" else series)
    if kind in ("datetime", "datetime64", "date"):
        return pd.to_datetime(series, utc=True).dt.tz_localize(None)
    first = type(next(value for value in series if value is not None))
    if first in (bytes, list, dict) and all(value is None or isinstance(value, first) for value in series):
        return _objects(series)
    raise _unknown(name, kind)


def _objects(series: Any) -> Any:
    import pandas as pd

    return pd.Series(series.to_list(), dtype=object)


def _unknown(name: str, kind: str) -> UserErrorException:
    return UserErrorException(
        f"The column {name!r} of the DataFrame holds {kind} values, which a dataset's file cannot hold.",
        hint=f"df[{name!r}] = df[{name!r}].astype(str)",
    )
