"""Rows that are written: registered DataFrames, files, partitions, Dask's parts; and the files that a column names."""

from __future__ import annotations

import csv
import sys
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aml_nb.core.data.datapath import DataPath
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.file_dataset import FileDataset
from aml_nb.core.data.datasets.tabular.dataset import TabularDataset
from aml_nb.core.data.datasets.tabular_factory import DataType
from aml_nb.core.workspace import Workspace
from aml_nb.errors import NotAvailableError, UserErrorException

from .test_delimited import listed

register = Dataset.Tabular.register_pandas_dataframe
Make = Callable[..., TabularDataset]


@pytest.fixture
def store(ws: Workspace) -> Any:
    return ws.get_default_datastore()


def test_registering_a_frame(ws: Workspace, store: Any, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.DataFrame({"id": [1, 2], 'we"ird;': ["x", None]}, index=[5, 6])
    for version, target in enumerate([store, (store, "data"), DataPath(store, "data")], 1):
        dataset = register(frame, target, "rows", "what it is", {"a": "b"}, show_progress=version == 1)
        assert (dataset.name, dataset.version, dataset.tags) == ("rows", version, {"a": "b"})
        folder, name = dataset._definition.sources[0].path.removeprefix("data/").split("/")
        assert (str(uuid.UUID(folder)), name) == (folder, "dataframe.parquet")
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Validating arguments." and told[-1] == "Successfully created and registered a new dataset."
    assert len(told) == 7
    assert listed(ws.datasets["rows"]) == {"id": [1, 2], 'we"ird;': ["x", None]}
    plain = register(frame, (store, "plain"), "rows", show_progress=False, make_target_path_unique=False)
    assert plain._definition.sources[0].path == "plain/dataframe.parquet"


def test_kinds_of_columns_come_back(store: Any) -> None:
    frame = pd.DataFrame(
        {
            "category": pd.Categorical(["u", None, "u"]),
            "zoned": pd.to_datetime(["2020-01-01 10:00+02:00"] * 3, utc=True).tz_convert("Europe/Berlin"),
            "maybe": pd.Series([True, None, False], dtype=object),
            "nullable": pd.Series([1, None, 3], dtype="Int64"),
            "small": pd.Series([1.5, np.nan, 2], dtype="float32"),
            "days": [datetime(2020, 1, 1).date()] * 3,
            "list": pd.Series([[1], None, [2, 3]], dtype=object),
            "bytes": pd.Series([b"x", None, b""], dtype=object),
            "period": pd.period_range("2020-01", periods=3, freq="M"),
            "nothing": pd.Series([None] * 3, dtype=object),
            7: ["a", "b", "c"],
        }
    )
    found = listed(register(frame, store, "kinds", show_progress=False).drop_columns(["list"]))
    assert found == {
        "category": ["u", None, "u"],
        "zoned": [pd.Timestamp("2020-01-01 08:00")] * 3,
        "maybe": [True, None, False],
        "nullable": [1, None, 3],
        "small": [1.5, None, 2],
        "days": [pd.Timestamp("2020-01-01")] * 3,
        "bytes": [b"x", None, b""],
        "period": ["2020-01", "2020-02", "2020-03"],
        "nothing": [None] * 3,
        "7": ["a", "b", "c"],
    }


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ([1], "must be a pandas DataFrame"),
        (pd.DataFrame({"a": [1, "x"]}), "column 'a' of the DataFrame holds mixed"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns named 'a'"),
        (pd.DataFrame(), "no columns"),
        (pd.DataFrame({"a": [1j]}), "complex"),
    ],
)
def test_frames_that_cannot_be_written(store: Any, frame: Any, message: str) -> None:
    with pytest.raises(UserErrorException, match=message):
        register(frame, store, "rows", show_progress=False)


@pytest.mark.parametrize("target", [None, "folder", [1], ("store", "folder")])
def test_targets_that_are_none(ws: Workspace, target: Any) -> None:
    with pytest.raises(UserErrorException, match="target must be"):
        register(pd.DataFrame({"a": [1]}), target, "rows", show_progress=False)


def test_csv_files(ws: Workspace, delimited: Make) -> None:
    content = 'a;b;c;d\n1;"x;\ny";true;2020-01-01\n2;;False;\n'
    dataset = delimited(content, separator=";", support_multi_line=True).skip(0)
    files = dataset.to_csv_files()
    assert isinstance(files, FileDataset) and files.to_path() == ["/part-00000.csv"]
    with open(files.download("out")[0], newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["a", "b", "c", "d"],
            ["1", "x;\ny", "True", "2020-01-01 00:00:00"],
            ["2", "", "False", ""],
        ]
    again = Dataset.Tabular.from_delimited_files((ws.get_default_datastore(), files._definition.sources[0].path))
    assert listed(again) == listed(dataset)
    assert dataset.to_csv_files()._definition == files._definition
    assert dataset.to_csv_files("\t")._definition != files._definition


def test_parquet_files(ws: Workspace, delimited: Make) -> None:
    dataset = delimited("a,b\n1,x\n2,\n")
    files = dataset.take(1).to_parquet_files()
    again = Dataset.Tabular.from_parquet_files((ws.get_default_datastore(), files._definition.sources[0].path))
    assert listed(again) == {"a": [1], "b": ["x"]}


def test_files_without_a_workspace(home: Path, delimited: Make) -> None:
    assert Path(delimited("a\n1\n").to_csv_files().download("here")[0]).read_text() == "a\n1\n"


def test_names_that_differ_in_capitals_are_told(ws: Workspace, delimited: Make) -> None:
    with pytest.warns(UserWarning, match="differ in capital letters only"):
        files = delimited("a,A\n1,2\n").to_parquet_files()
    assert len(files.to_path()) == 1


def test_partitions(ws: Workspace, store: Any, delimited: Make, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "id,country,day,note\n1,US,2020-01-31,x\n2,it's é,2020-01-31,y\n3,US,2020-02-01,\n4,US,2020-01-31,z\n"
    dataset = delimited(rows).partition_by(["country", "day"], (store, "parts"), name="parted")
    assert capsys.readouterr().out.endswith("Successfully created and registered a new dataset.\n")
    assert (dataset.name, dataset.partition_keys) == ("parted", ["country", "day"])
    assert {"country": "it's é", "day": datetime(2020, 1, 31)} in dataset.get_partition_key_values()
    assert len(dataset.get_partition_key_values(["country"])) == 2
    frame = ws.datasets["parted"].to_pandas_dataframe().sort_values("id")
    assert list(frame) == ["country", "day", "id", "note"]
    assert frame["country"].tolist() == ["US", "it's é", "US", "US"]
    assert frame["note"].tolist() == ["x", "y", None, "z"]
    again = dataset.partition_by(["country"], store, show_progress=False, partition_as_file_dataset=True)
    assert sorted(Path(path).parent.name for path in again.to_path()) == ["US", "it's é"]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (["a"], "value None"),
        (["b"], "value 'x/y'"),
        (["zz"], "no column 'zz'"),
        (["a", "b", "c{d"], "cannot be a partition key"),
        (["a", "b", "n"], "All columns are partition keys"),
        ([], "given by name"),
    ],
)
def test_partitions_that_cannot_be(store: Any, delimited: Make, keys: list[str], message: str) -> None:
    dataset = delimited("a,b,n\n1,x/y,1\n,z,2\n")
    with pytest.raises(UserErrorException, match=message):
        dataset.partition_by(keys, store, show_progress=False)


def test_dask(ws: Workspace, store: Any, tmp_path: Path) -> None:
    frames = pytest.importorskip("dask.dataframe")
    for number in range(3):
        (tmp_path / f"{number}.csv").write_text(f"n,s\n{number},{'x' if number else ''}\n")
    dataset = Dataset.Tabular.from_delimited_files(str(tmp_path / "*.csv"))
    lazy = dataset.filter(dataset["n"] > 0).to_dask_dataframe()
    assert lazy.npartitions == 3
    assert lazy.compute(scheduler="synchronous")["n"].tolist() == [1, 2]
    assert dataset.take(2).to_dask_dataframe(dtypes={"n": "float64"}).npartitions == 1
    made = frames.from_pandas(pd.DataFrame({"a": range(10)}), npartitions=2)
    registered = Dataset.Tabular.register_dask_dataframe(made, store, "dask", show_progress=False)
    assert sorted(listed(registered)["a"]) == list(range(10))
    with pytest.raises(UserErrorException, match="must be a Dask DataFrame"):
        Dataset.Tabular.register_dask_dataframe(pd.DataFrame({"a": [1]}), store, "dask")


def test_spark_needs_spark(store: Any, delimited: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(NotAvailableError, match="needs pyspark"):
        delimited("a\n1\n").to_spark_dataframe()
    with pytest.raises(NotAvailableError, match="needs pyspark"):
        Dataset.Tabular.register_spark_dataframe(None, store, "spark")


def test_the_files_that_a_column_names(ws: Workspace, store: Any, delimited: Make, tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "a b.txt").write_text("hi")
    store.upload(str(tmp_path / "up"), "f", show_progress=False)
    rows = "p,q\nAmlDatastore://workspaceblobstore/f/a%20b.txt,1\nAmlDatastore://workspaceblobstore/f/none.txt,2\n"
    dataset = delimited(rows, set_column_types={"p": DataType.to_stream(ws, escaped=True)})
    assert [Path(path).read_text() for path in dataset.download("p", "out")] == ["hi"]
    with pytest.raises(DatasetExecutionError, match=r"none\.txt"):
        dataset.download("p", "strict", ignore_not_found=False)
    with dataset.mount("p") as mounted:
        assert [path.name for path in Path(mounted.mount_point).rglob("*.txt")] == ["a b.txt"]
    with pytest.raises(UserErrorException, match="holds long values, not the paths"):
        dataset.download("q")
    with pytest.raises(UserErrorException, match="mode 'mount'"):
        dataset.as_named_input("rows").as_mount()
