from __future__ import annotations

import csv
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aml_nb.azureml.monitoring import ModelDataCollector
from aml_nb.scoring.collecting import csv_file
from aml_nb.scoring.collecting.table import Table, cell


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {
        "AML_MODEL_DC_STORAGE_ENABLED": "true", "AML_NB_MODEL_DATA": str(tmp_path), "AML_NB_SCOPE": "sub/group/ws",
        "AZUREML_MODEL_DIR": "/var/azureml-app/azureml-models/iris/3", "AZUREML_SERVICE_NAME": "svc",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AML_MODEL_DC_DEBUG", raising=False)
    return tmp_path


def stored(folder: Path, designation: str = "inputs", model: str = "iris/3") -> list[dict[str, str]]:
    day = datetime.now(timezone.utc).strftime("%Y/%m/%d")
    path = folder / f"sub/group/ws/svc/{model}/{designation}/{day}/data.csv"
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "data",
    [
        [[1, 2], [3, 4]],
        np.array([[1, 2], [3, 4]]),
        pd.DataFrame({"a": [1, 3], "b": [2, 4]}),
        [{"a": 1, "b": 2}, {"a": 3, "b": 4}],
        ((1, 2), (3, 4)),
    ],
)
def test_rows_of_every_make_are_kept_where_v1_keeps_them(folder: Path, data: Any) -> None:
    collector = ModelDataCollector("iris", designation="inputs", feature_names=["a", "b"])
    collector.collect(data)
    rows = stored(folder)
    assert [(row["a"], row["b"]) for row in rows] == [("1", "2"), ("3", "4")]
    assert len({row["$aml_dc_correlation_id"] for row in rows}) == 2
    assert all(datetime.fromisoformat(row["$aml_dc_scoring_timestamp"]) for row in rows)
    assert str(collector.data_collector_storage_path).startswith("/modeldata/sub/group/ws/svc/iris/3/inputs/")
    assert collector.headersUpdated


def test_predictions_can_be_known_by_what_their_inputs_are_known_by(folder: Path) -> None:
    inputs = ModelDataCollector("iris", "inputs", ["a"])
    predictions = ModelDataCollector("iris", identifier="predictions", feature_names=["y"])
    known = inputs.collect(np.array([[1.5], [2.5]]))
    assert predictions.collect(predictions.add_correlations(np.array([0, 1]), known)) is None
    both = [stored(folder), stored(folder, "predictions")]
    ids = [[row["$aml_dc_correlation_id"] for row in rows] for rows in both]
    assert ids[0] == ids[1]
    assert [row["y"] for row in both[1]] == ["0", "1"]
    with pytest.raises(ValueError, match="3 rows for the correlations of 2"):
        predictions.add_correlations([1, 2, 3], known)


def test_a_correlation_id_of_the_users_own(folder: Path) -> None:
    collector = ModelDataCollector("iris", "inputs", ["a", "b"])
    collector.collect([5, 6], "order-7")
    assert [(row["$aml_dc_correlation_id"], row["a"], row["b"]) for row in stored(folder)] == [("order-7", "5", "6")]


def test_off_it_does_nothing_and_in_debug_it_prints(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AML_MODEL_DC_STORAGE_ENABLED", "false")
    collector = ModelDataCollector("iris", "inputs", ["a"])
    assert collector.collect([[1]]) is None and collector.add_correlations([[1]], None) == [[1]]
    monkeypatch.setenv("AML_MODEL_DC_DEBUG", "true")
    ModelDataCollector("iris", "inputs", ["a"]).collect([[1]])
    assert "inputs of iris:3" in capsys.readouterr().out
    assert list(folder.iterdir()) == []


def test_default_is_general_and_no_other_word_is_taken(folder: Path) -> None:
    assert ModelDataCollector("iris").designation == "general"
    assert ModelDataCollector("iris", identifier="anything").designation == "anything"
    with pytest.raises(ValueError, match="designation 'output'.*inputs, predictions, labels, signals, general"):
        ModelDataCollector("iris", "output")
    with pytest.raises(ValueError, match="resource group"):
        ModelDataCollector("iris", workspace="just-a-name")


def test_no_name_leads_out_of_the_folder(folder: Path) -> None:
    ModelDataCollector("../../etc", identifier="..", webservice_name="a/b\n", model_version="..").collect([1])
    (path,) = folder.rglob("*.csv")
    assert path.resolve().is_relative_to(folder.resolve())
    assert path.relative_to(folder).parts[:7] == ("sub", "group", "ws", "a_b_", "_.._etc", "_", "_")


def test_a_version_is_found_among_several_models(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    models = tmp_path / "azureml-models"
    (models / "iris" / "12").mkdir(parents=True)
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(models))
    assert ModelDataCollector("iris").model_version == "12"


def test_a_disk_that_takes_nothing_stops_no_request(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("AML_NB_MODEL_DATA", str(folder / "file"))
    collector = ModelDataCollector("iris", "inputs")
    for _ in range(3):
        assert len(collector.collect([[1]]).rows) == 1
    assert len([r for r in caplog.records if "cannot be kept" in r.message]) == 1


def test_several_writers_write_one_header_and_whole_rows(tmp_path: Path) -> None:
    path = tmp_path / "2026" / "data.csv"

    def write(name: int) -> None:
        for number in range(100):
            csv_file.append(path, b"who,number\n", csv_file.lines([(name, number)]))

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    header, *rows = path.read_text().splitlines()
    assert header == "who,number"
    assert sorted(rows) == sorted(f"{name},{number}" for name in range(4) for number in range(100))


def test_a_torn_row_is_dropped_and_other_columns_go_beside(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,2\n3,")
    assert csv_file.append(path, b"a,b\n", b"5,6\n") == path
    beside = csv_file.append(path, b"a,c\n", b"7,8\n")
    assert path.read_bytes() == b"a,b\n1,2\n5,6\n"
    assert beside != path and beside.parent == path.parent and beside.read_bytes() == b"a,c\n7,8\n"


def test_a_torn_row_with_lines_in_a_cell_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    whole = csv_file.lines([["a", "b"], ["one\ntwo", 'said "no"\n'], ["x" * 2**20, "\n" * 7]])
    torn = csv_file.lines([["three\nfour\nfive " + "y" * 2**20, "6"]])
    for cut in (1, 8, 13, len(torn) - 1):
        path.write_bytes(whole + torn[:cut])
        csv_file.append(path, b"a,b\n", b"7,8\n")
        assert path.read_bytes() == whole + b"7,8\n"


@pytest.mark.parametrize(
    ("names", "columns"),
    [(None, ["b", "a", "c"]), (["a", "b", "c", "d"], ["a", "b", "c", "d"]), (["x"], ["b", "a", "c"])],
)
def test_values_with_names_go_under_them_in_any_order(names: Any, columns: list[str]) -> None:
    table = Table.of([{"b": 2, "a": 1}, {"a": 3, "c": 4}], names)
    assert table.columns == columns
    rows = [{key: value for key, value in zip(columns, row, strict=True) if value is not None} for row in table.rows]
    assert rows == [{"a": 1, "b": 2}, {"a": 3, "c": 4}]
    assert Table.of({"a": 1, "b": 2}, None) == Table(["a", "b"], [[1, 2]])


def test_a_sparse_matrix_is_rows(folder: Path) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    assert Table.of(sparse.csr_matrix(np.eye(2)), ["a", "b"]) == Table(["a", "b"], [[1.0, 0.0], [0.0, 1.0]])


@pytest.mark.parametrize("text", ["a\rb", "a\r\nb", "\ud800 half", 'a,"b"\n,c', "é\u2028\U0001f600", "\r", ""])
def test_any_text_leaves_the_file_readable(folder: Path, text: str) -> None:
    ModelDataCollector("iris", "inputs", ["said", "more"]).collect([[text, "1"], ["next", "2"]])
    (path,) = folder.rglob("data.csv")
    frame = pd.read_csv(path, keep_default_na=False, lineterminator=None)
    readable = text.encode("utf-8", "backslashreplace").decode()
    assert frame["said"].tolist() == [readable, "next"] and frame["more"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.int64(3), 3), (float("nan"), None), (np.float32(0.5), 0.5), ([1, 2], "[1, 2]"), (b"ab", "ab"),
        (np.array([1, 2]), "[1, 2]"), (pd.Timestamp("2026-01-02"), "2026-01-02T00:00:00"), (None, None),
        (pd.NA, None), (pd.NaT, None), (np.datetime64("NaT", "ns"), None), (1 + 2j, "(1+2j)"),
        ({"a": {1}}, '{"a": "{1}"}'),
    ],
)  # fmt: skip
def test_cells(value: Any, text: Any) -> None:
    assert cell(value) == text


def test_columns_without_names_are_numbered() -> None:
    assert Table.of([[1, 2, 3]], ["a"]).columns == ["a", "1", "2"]
    assert Table.of([1, 2, 3], None).rows == [[1], [2], [3]]
    assert Table.of(7, None).rows == [[7]]
    assert Table.of([[1], [2, 3]], None).rows == [[1, None], [2, 3]]
    assert Table.of(pd.Series([1, 2], name="x"), None) == Table(["x"], [[1], [2]])
