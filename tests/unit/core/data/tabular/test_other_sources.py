"""Parquet, JSON lines, queries, files elsewhere, and what the engine may not do."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pandas as pd
import pytest

from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.errors import DatasetExecutionError, DatasetValidationError
from aml_nb.core.data.datasets.tabular import sql_query
from aml_nb.core.data.datasets.tabular.engine import Engine
from aml_nb.core.data.datasets.tabular_factory import DataType
from aml_nb.core.workspace import Workspace
from aml_nb.errors import NotAvailableError, UserErrorException

from .test_delimited import listed

Write = Callable[..., str]
from_parquet = Dataset.Tabular.from_parquet_files
from_json = Dataset.Tabular.from_json_lines_files


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[[str, str], str]:
    """Write the answer of a query as a Parquet file."""

    def make(name: str, query: str) -> str:
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"COPY ({query}) TO '{tmp_path / name}' (FORMAT parquet)")
        return str(tmp_path / name)

    return make


def test_parquet_types_are_v1s(parquet: Any) -> None:
    path = parquet(
        "types.parquet",
        """SELECT 1::TINYINT AS a, 2::UBIGINT AS b, 1.5::FLOAT AS c, 2.5::DECIMAL(5, 2) AS d, true AS e, 'x' AS f,
        DATE '2020-01-31' AS g, TIMESTAMPTZ '2020-01-31 10:00:00+02' AS h, [1, NULL] AS i, {'k': 'v'} AS j,
        'b'::BLOB AS k, NULL::BIGINT AS l, NULL::BOOLEAN AS m, TIMESTAMP_NS '2020-01-01 00:00:00.123456789' AS n,
        TIME '10:00:00' AS o, DATE '1066-10-14' AS p""",
    )
    frame = from_parquet(path).to_pandas_dataframe()
    kinds = "int64 uint64 float64 float64 bool object datetime64[ns] datetime64[ns] object object object float64 object"
    assert [str(kind) for kind in frame.dtypes] == [*kinds.split(), "datetime64[ns]", "object", "datetime64[ns]"]
    row = frame.iloc[0].to_dict()
    assert row["g"] == pd.Timestamp("2020-01-31") and row["h"] == pd.Timestamp("2020-01-31 08:00")
    assert (row["i"], row["j"], row["k"], row["m"]) == ([1, None], {"k": "v"}, b"b", None)
    assert row["n"] == pd.Timestamp("2020-01-01 00:00:00.123456789")
    assert (row["o"], row["p"] is pd.NaT) == ("10:00:00", True)


def test_parquet_files_of_other_columns(parquet: Any) -> None:
    paths = [parquet("1.parquet", "SELECT 1 AS a, 'x' AS b"), parquet("2.parquet", "SELECT 'y' AS a, 2.5 AS c")]
    found = listed(from_parquet(paths, include_path=True, partition_format="/{number}.parquet"))
    assert found == {"Path": paths, "number": ["1", "2"], "a": ["1", "y"], "b": ["x", None], "c": [None, 2.5]}


def test_parquet_types_can_be_set(parquet: Any) -> None:
    path = parquet("set.parquet", "SELECT 1 AS a, 1.5::DOUBLE AS b, '2020-01-31' AS c, true AS d, 2 AS e")
    kinds = {
        "a": DataType.to_string(),
        "b": DataType.to_long(),
        "c": DataType.to_datetime("%Y-%m-%d"),
        "d": DataType.to_long(),
        "e": DataType.to_bool(),
    }
    dataset = from_parquet(path, set_column_types=kinds)
    assert listed(dataset) == {"a": ["1"], "b": [None], "c": [pd.Timestamp("2020-01-31")], "d": [1], "e": [None]}
    with pytest.raises(DatasetExecutionError, match=r"'b' has the value '1\.5'"):
        dataset.to_pandas_dataframe(on_error="fail")


def test_what_writers_put_beside_their_tables_is_left_out(parquet: Any, write: Write, tmp_path: Path) -> None:
    write("_SUCCESS", "")
    write(".part.crc", "x")
    parquet("part-0.parquet", "SELECT 1 AS a")
    assert listed(from_parquet(str(tmp_path))) == {"a": [1]}


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "", "PAR1" + "x" * 40 + "PAR1"])
def test_files_that_are_no_parquet_are_told(write: Write, content: str) -> None:
    with pytest.raises(DatasetValidationError, match=r"no\.parquet of the dataset is no Parquet file"):
        from_parquet(write("no.parquet", content))


def test_json_lines(write: Write) -> None:
    lines = [
        {"a": 1, "b": "x", "c": {"d": [1, 2]}, "A": 2.5, "e/~f": None, "t": True},
        {},
        {"a": 3, "b": "", "A": 3, "g": ["y"]},
    ]
    path = write("rows.jsonl", "\n".join(map(json.dumps, lines)) + "\n\n")
    frame = from_json(path).to_pandas_dataframe()
    assert frame.astype(object).where(frame.notna(), None).to_dict("list") == {
        "a": [1, None, 3],
        "b": ["x", None, ""],
        "c": [{"d": [1, 2]}, None, None],
        "A": [2.5, None, 3.0],
        "e/~f": [None, None, None],
        "t": [True, None, None],
        "g": [None, None, ["y"]],
    }


def test_json_that_only_later_lines_have(write: Write) -> None:
    first = "".join(f'{{"a": {number}}}\n' for number in range(10_500))
    dataset = from_json(write("late.jsonl", first + '{"late": [1], "n": 2}\n{"a": "text", "n": 2.5}\n'))
    assert listed(dataset.skip(10_499)) == {"a": [10_499, None, None], "late": [None, [1], None], "n": [None, 2, 2.5]}


def test_lines_that_are_no_json(write: Write) -> None:
    path = write("bad.jsonl", '{"a": 1}\nnothing\n{"a": 2}\n')
    with pytest.raises(DatasetValidationError, match=r"Line 2 of .*bad\.jsonl is no JSON"):
        from_json(path)
    with pytest.raises(DatasetExecutionError, match="no JSON"):
        from_json(path, validate=False).to_pandas_dataframe()
    assert listed(from_json(path, invalid_lines="drop")) == {"a": [1, 2]}
    with pytest.raises(UserErrorException, match="invalid_lines"):
        from_json(path, invalid_lines="ignore")


def test_json_in_other_encodings(write: Write) -> None:
    path = write("e.jsonl", '{"ü": "é"}\n'.encode("utf-16"))
    assert listed(from_json(path, encoding="utf16", include_path=True)) == {"Path": [path], "ü": ["é"]}


class Counting(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and counts."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Counting, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_files_of_the_web(web: str, write: Write, parquet: Any) -> None:
    write("rows.csv", "a,b\n1,x\n2,y\n")
    dataset = Dataset.Tabular.from_delimited_files(f"{web}/rows.csv", include_path=True)
    Counting.asked = 0
    assert listed(dataset) == {"Path": [f"{web}/rows.csv"] * 2, "a": [1, 2], "b": ["x", "y"]}
    assert Counting.asked == 1
    parquet("rows.parquet", "SELECT 1 AS a")
    assert listed(from_parquet(f"{web}/rows.parquet")) == {"a": [1]}
    with pytest.raises(DatasetValidationError, match=r"none\.csv"):
        Dataset.Tabular.from_delimited_files(f"{web}/none.csv")


def test_of_files_elsewhere_only_what_is_needed_is_read(parquet: Any) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    path = parquet("big.parquet", "SELECT i AS a, hash(i) AS b FROM range(400000) AS r(i)")
    whole = Path(path).read_bytes()
    memory.pipe("/e-rows/big.parquet", whole)
    memory.pipe("/e-rows/x.csv", b"a,b\n1,x\n")
    read = 0

    class Watched:
        def __init__(self, file: Any) -> None:
            self._file = file

        def read(self, size: int = -1) -> bytes:
            nonlocal read
            data: bytes = self._file.read(size)
            read += len(data)
            return data

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    dataset = from_parquet("memory://e-rows/big.parquet", validate=False)
    real = type(memory)._open
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(memory), "_open", lambda self, *a, **k: Watched(real(self, *a, **k)))
        assert listed(dataset.keep_columns("a").take(3)) == {"a": [0, 1, 2]}
    assert 0 < read < len(whole) / 2
    assert listed(Dataset.Tabular.from_delimited_files("memory://e-rows/*.csv")) == {"a": [1], "b": ["x"]}
    assert len(dataset.to_pandas_dataframe()) == 400_000


def test_the_engine_goes_nowhere_by_itself() -> None:
    with Engine() as engine:
        for setting in ("autoload_known_extensions", "autoinstall_known_extensions", "allow_community_extensions"):
            assert str(engine.rows(f"SELECT current_setting('{setting}')")[0][0]).lower() == "false"
        with pytest.raises(duckdb.Error):
            engine.rows("SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')")
        frame = pd.DataFrame({"a": [1]})
        with pytest.raises(duckdb.Error):
            engine.rows("SELECT * FROM frame")
        assert len(frame) == 1
        folder = Path(engine.folder)
        assert folder.is_dir()
    assert not folder.exists()


@pytest.fixture
def database(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A registered datastore whose database is a file of SQLite."""
    import sqlalchemy as sa

    url = f"sqlite:///{tmp_path / 'rows.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (id INTEGER, name TEXT, x REAL, note TEXT)"))
        connection.execute(
            sa.text("INSERT INTO t VALUES (1, 'a:b', 1.5, NULL), (2, NULL, NULL, NULL), (3, 'c', 3, NULL)")
        )
    engine.dispose()
    monkeypatch.setattr(sql_query, "connect", lambda datastore, timeout: sa.create_engine(url, poolclass=sa.NullPool))
    from aml_nb.core.data.datastore import Datastore

    return Datastore.register_azure_postgre_sql(ws, "db", "server", "rows", "user", "secret")


def test_queries(database: Any) -> None:
    dataset = Dataset.Tabular.from_sql_query((database, "SELECT * FROM t WHERE name <> 'x:y' OR name IS NULL"))
    assert listed(dataset) == {"id": [1, 2, 3], "name": ["a:b", None, "c"], "x": [1.5, None, 3.0], "note": [None] * 3}
    assert listed(dataset.filter(dataset["id"] > 2).keep_columns("name")) == {"name": ["c"]}
    registered = dataset.register(database.workspace, "query")
    assert listed(registered.take(1)) == {"id": [1], "name": ["a:b"], "x": [1.5], "note": [None]}
    assert "secret" not in repr(registered) and '"ReadQuery"' in repr(registered)


def test_columns_without_values_at_first_are_of_the_kind_that_follows(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_query, "_BATCH", 1)
    rows = "SELECT NULL AS n, NULL AS x, NULL AS s UNION ALL SELECT 7, 0.5, 'a' UNION ALL SELECT 8, NULL, 'b'"
    dataset = Dataset.Tabular.from_sql_query((database, rows))
    assert listed(dataset) == {"n": [None, 7, 8], "x": [None, 0.5, None], "s": [None, "a", "b"]}


def test_queries_that_cannot_be(database: Any, ws: Workspace) -> None:
    with pytest.raises(DatasetValidationError, match="did not answer the query: no such table: nobody"):
        Dataset.Tabular.from_sql_query((database, "SELECT * FROM nobody"))
    for query in ("SELECT 1", (database, ""), (1, "SELECT 1")):
        with pytest.raises(UserErrorException, match="query must be"):
            Dataset.Tabular.from_sql_query(query)
    with pytest.raises(DatasetValidationError, match="Cannot load any data"):
        Dataset.Tabular.from_sql_query((database, "SELECT * FROM t WHERE id > 9"))


def test_drivers_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"server_name": "s", "database_name": "d", "user_id": "u", "user_password": "p", "port_number": "3306"}
    with pytest.raises(NotAvailableError, match="needs pymysql"):
        sql_query.connect(SimpleNamespace(name="db", datastore_type="AzureMySql", **facts), 30)
    with pytest.raises(UserErrorException, match="holds files"):
        sql_query.connect(SimpleNamespace(name="blob", datastore_type="AzureBlob", **facts), 30)


def test_values_of_databases_become_plain() -> None:
    assert sql_query._value(Decimal("1.5")) == 1.5
    assert sql_query._value(memoryview(b"x")) == b"x"
    assert sql_query._value({"a": 1}) == "{'a': 1}"
    assert sql_query._value(pd.Timestamp("2020-01-01 02:00", tz="Europe/Berlin")) == pd.Timestamp("2020-01-01 01:00")


@pytest.mark.parametrize(
    ("first", "later", "kept"),
    [
        ([1, None], [2.5], [1.0, None, 2.5]),
        ([1, 2], ["a", True], ["1", "2", "a", "True"]),
        ([True, None], [0], ["True", None, "0"]),
        ([1.5], [pd.Timestamp("2020-01-01")], ["1.5", "2020-01-01 00:00:00"]),
        ([None], [3], [None, 3]),
    ],
)
def test_a_later_batch_of_another_type_loses_no_value(first: list[Any], later: list[Any], kept: list[Any]) -> None:
    batches = [[(value,) for value in first], [(value,) for value in later], []]
    answer = SimpleNamespace(keys=lambda: ["c"], fetchmany=lambda most: batches.pop(0))
    with Engine() as engine:
        (column,) = sql_query._keep(engine, answer, None)
        assert [row[0] for row in engine.rows("SELECT c0 FROM fetched")] == kept
        assert column.name == "c"
