"""Dask DataFrames, where Dask's DataFrame is installed: each part is a question of its own, asked when computed."""

from __future__ import annotations

import os
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import Definition, Source, expand
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.tabular.frame import fetch
from aml_nb.core.data.datasets.tabular.registering import prepared, registered, teller, write_frame
from aml_nb.core.data.datasets.tabular.running import run
from aml_nb.core.data.datasets.tabular.targets import read_target
from aml_nb.core.scratch import Scratch
from aml_nb.errors import NotAvailableError, UserErrorException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aml_nb.core.data.datasets.tabular.dataset import TabularDataset

_ROW_BY_ROW = {"filter", "time", "keep_columns", "drop_columns", "timestamps"}


def to_dask(
    dataset: TabularDataset, sample_size: int, dtypes: Mapping[str, Any] | None, on_error: str, out_of_range: str
) -> Any:
    """The rows in parts: one a file where each row stands for itself, else one for all.

    Raises
    ------
    NotAvailableError : Dask's DataFrame is not installed.
    """
    frames = _frames("to_dask_dataframe()")
    sample = dataset.take(sample_size).to_pandas_dataframe(on_error, out_of_range)
    types = {**dict(sample.dtypes), **dict(dtypes or {})}
    parts = _parts(dataset)
    how = (on_error == "fail", out_of_range == "throw")
    meta = sample.iloc[:0].astype({name: kind for name, kind in types.items() if name in sample.columns})
    return frames.from_map(_read, [part.to_json() for part in parts], types=types, how=how, meta=meta)


def _parts(dataset: TabularDataset) -> list[Definition]:
    """One definition a file, where its rows are the same whatever the other files hold."""
    definition = dataset._definition
    alone = {operation["do"] for operation in definition.operations} <= _ROW_BY_ROW
    if not alone or definition.read.get("format") == "sql" or definition.read.get("header") in _TOGETHER:
        return [definition]
    files = expand(dataset._workspace, definition)
    if len(files) == 1 or not all(file.local for file in files):
        return [definition]
    return [replace(definition, sources=(Source(file.path),)) for file in files]


_TOGETHER = ("ONLY_FIRST_FILE_HAS_HEADERS", "COMBINE_ALL_FILES_HEADERS", "NO_HEADERS")


def _read(definition: str, types: Mapping[str, Any], how: tuple[bool, bool]) -> Any:
    """One part as a pandas DataFrame with the columns and types of the whole; its sources say where they are."""
    frame = run(None, Definition.from_json(definition), lambda engine, plan: fetch(engine, plan, how[1]), how[0])
    frame = frame.reindex(columns=list(types))
    try:
        return frame.astype(types)
    except (TypeError, ValueError) as error:
        raise DatasetExecutionError(
            f"A part of the dataset has values that are not of the types of the first rows: {error}",
            error,
            hint="dataset.to_dask_dataframe(dtypes={'column': 'float64'})",
        ) from error


def register_dask(
    dataframe: Any, target: Any, name: str, description: str | None, tags: dict[str, str] | None, show_progress: bool
) -> TabularDataset:
    """Write a Dask DataFrame as Parquet files, one a part, and register them as a new version."""
    if not isinstance(dataframe, _frames("register_dask_dataframe()").DataFrame):
        raise UserErrorException(
            f"dataframe must be a Dask DataFrame, not {type(dataframe).__name__}.",
            hint="Dataset.Tabular.register_pandas_dataframe(df, target, name)",
        )
    say = teller(show_progress)
    place = read_target(target).below(str(uuid.uuid4()))
    names = [str(column) for column in dataframe.columns]
    with Scratch("dask") as folder:
        files = {}
        for number in range(dataframe.npartitions):
            path = os.path.join(folder, f"part-{number:05d}.parquet")
            write_frame(prepared(dataframe.get_partition(number).compute()), names, path)
            files[os.path.basename(path)] = path
        say(f"Uploading file to {place.source.path}")
        place.deliver(files)
    return registered(place, "*.parquet", name, description, tags, say)


def _frames(call: str) -> Any:
    try:
        import dask.dataframe
    except ImportError as error:
        raise NotAvailableError(
            f"{call} needs Dask's DataFrame, which is not installed.",
            hint='pip install "dask[dataframe]", or to_pandas_dataframe()',
        ) from error
    return dask.dataframe
