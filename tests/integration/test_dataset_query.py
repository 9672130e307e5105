"""Queries of a real database: types, a time limit, and what a server that is away says."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.errors import DatasetExecutionError, DatasetValidationError
from aml_nb.core.data.datastore import Datastore
from aml_nb.core.workspace import Workspace

from .test_store_postgresql import Server

pytestmark = [pytest.mark.postgresql, pytest.mark.slow]
TABLE = """CREATE TABLE t AS SELECT i AS id, 'name: ' || i AS name, i / 4.0 AS share, i % 2 = 0 AS even,
    TIMESTAMPTZ '2020-01-01 01:00:00+01' + i * INTERVAL '1 day' AS at, NULL::TEXT AS nothing
    FROM generate_series(1, 25000) AS r(i)"""


@pytest.fixture(scope="module")
def server(require: Callable[[str], None]) -> Iterator[Server]:
    require("postgresql")
    pytest.importorskip("psycopg")
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        if os.geteuid() == 0:
            shutil.chown(name, "postgres", "postgres")
        server = Server(Path(name))
        server.run("initdb", "-A", "trust", "-U", "postgres", "-D", f"{name}/data", "--no-sync")
        server.start()
        server.run("psql", "-h", name, "-U", "postgres", "-c", TABLE)
        yield server
        server.stop()


@pytest.fixture
def store(server: Server, ws: Workspace) -> Any:
    return Datastore.register_azure_postgre_sql(ws, "pg", str(server.folder), "postgres", "postgres", "secret")


def test_rows_of_a_query(store: Any) -> None:
    dataset = Dataset.Tabular.from_sql_query((store, "SELECT * FROM t ORDER BY id"))
    frame = dataset.to_pandas_dataframe()
    kinds = {"id": "int64", "name": "object", "share": "float64", "even": "bool", "at": "datetime64[ns]"}
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {**kinds, "nothing": "object"}
    assert len(frame) == 25_000 and frame["name"].iloc[-1] == "name: 25000"
    assert frame["at"].iloc[0] == pd.Timestamp("2020-01-02")
    late = dataset.filter((dataset["id"] > 24_998) & dataset["name"].ends_with("0")).to_pandas_dataframe()
    assert late["share"].tolist() == [6250.0]
    assert dataset.skip(3).take(2).to_pandas_dataframe()["id"].tolist() == [4, 5]


def test_queries_have_their_time(store: Any) -> None:
    with pytest.raises(DatasetValidationError, match="statement timeout"):
        Dataset.Tabular.from_sql_query((store, "SELECT pg_sleep(30)"), query_timeout=1)


def test_a_server_that_is_away_is_told(server: Server, store: Any) -> None:
    dataset = Dataset.Tabular.from_sql_query((store, "SELECT 1 AS one"))
    server.stop()
    try:
        with pytest.raises(DatasetExecutionError, match="The database of the datastore pg did not answer") as error:
            dataset.to_pandas_dataframe()
    finally:
        server.start()
    assert "secret" not in str(error.value)
    assert dataset.to_pandas_dataframe()["one"].tolist() == [1]
