"""What mini-batches are made of: paths, groups of partitions, rows of tables."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.pipelines.parallel import files_source, tables_source
from aml_nb.core.workspace import Workspace
from aml_nb.engines.batch import frames
from aml_nb.errors import UserErrorException


def never() -> bool:
    return False


def paths_in(file: Path) -> list[list[str]]:
    """The paths of each group of a file of items."""
    groups: list[list[str]] = [[]]
    for path in file.read_bytes().split(b"\0")[:-1]:
        if path:
            groups[-1].append(path.decode())
        else:
            groups.append([])
    return groups


def made(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name}\n")
    return folder


def test_the_paths_are_those_of_the_dataset_and_inputs_are_kept_apart(ws: Workspace, tmp_path: Path) -> None:
    data = made(tmp_path / "data", "b.csv", "a.csv", "below/c.csv", "d.txt", "a name [1].csv")
    sets = [Dataset.File.from_files(str(data)), Dataset.File.from_files([str(data / "*.csv"), str(data / "d.txt")])]
    file = files_source.write_items(ws, [each._definition for each in sets], tmp_path / "job", never)
    for found, dataset in zip(paths_in(file), sets, strict=True):
        relative = ["/" + str(Path(path).relative_to(data)) for path in found]
        assert relative == dataset.to_path()
    stamp = file.stat().st_mtime_ns
    (data / "a.csv").unlink()
    assert files_source.write_items(ws, [sets[0]._definition], tmp_path / "job", never).stat().st_mtime_ns == stamp


def test_operations_hold(ws: Workspace, tmp_path: Path) -> None:
    data = made(tmp_path / "data", *(f"{n}.csv" for n in range(9)))
    dataset = Dataset.File.from_files(str(data)).skip(2).take(3)
    file = files_source.write_items(ws, [dataset._definition], tmp_path / "job", never)
    assert [Path(path).name for path in paths_in(file)[0]] == ["2.csv", "3.csv", "4.csv"]


def test_a_datastores_files_are_read_where_they_lie(ws: Workspace, tmp_path: Path) -> None:
    data = made(tmp_path / "data", "x/1.csv", "x/2.csv")
    store = ws.get_default_datastore()
    store.upload(str(data), "batch", show_progress=False)
    dataset = Dataset.File.from_files((store, "batch/**/*.csv"))
    (found,) = paths_in(files_source.write_items(ws, [dataset._definition], tmp_path / "job", never))
    assert [Path(path).read_text() for path in found] == ["x/1.csv\n", "x/2.csv\n"]


@pytest.mark.parametrize("there", [True, False])
def test_an_empty_folder_is_told_in_the_datasets_words(ws: Workspace, tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "empty").mkdir()
    dataset = Dataset.File.from_files(str(tmp_path / "empty"), validate=False)
    with pytest.raises(DatasetExecutionError, match="has no file"):
        files_source.write_items(ws, [dataset._definition], tmp_path / "job", never)
    assert not list((tmp_path / "job").glob("*")), "nothing half made is left"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The address of two files."""
    made(tmp_path / "web", "a.csv", "b.csv")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "web"))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_files_of_elsewhere_are_fetched_and_keep_their_names(ws: Workspace, tmp_path: Path, web: str) -> None:
    local = made(tmp_path / "data", "c.csv")
    sets = [
        Dataset.File.from_files([f"{web}/b.csv", f"{web}/a.csv"], validate=False),
        Dataset.File.from_files(str(local)),
    ]
    file = files_source.write_items(ws, [each._definition for each in sets], tmp_path / "job", never)
    found = paths_in(file)
    assert [[Path(path).read_text() for path in group] for group in found] == [["b.csv\n", "a.csv\n"], ["c.csv\n"]]
    assert [Path(path).name for path in found[0]] == ["b.csv", "a.csv"]


def test_a_partition_is_a_mini_batch(ws: Workspace, tmp_path: Path) -> None:
    names = [f"{store}/{day}/{n}.csv" for store in ("north", "south") for day in ("mon", "tue") for n in range(2)]
    data = made(tmp_path / "data", *names)
    dataset = Dataset.File.from_files(str(data / "**"), partition_format="/{store}/{day}/*.csv")
    job = tmp_path / "job"
    file = files_source.write_groups(ws, [dataset._definition], ["store"], job, never)
    source = files_source.grouped({"file": str(file)}, None)
    assert source.counted() == (8, 2)
    found = list(source.batches(skip=set()))
    assert [batch.keys for batch in found] == [{"store": "north"}, {"store": "south"}]
    assert [{Path(path).parts[-3] for path in batch.payload} for batch in found] == [{"north"}, {"south"}]
    assert [batch.number for batch in source.batches(skip={0})] == [1]
    with pytest.raises(UserErrorException, match="no partition key 'country'"):
        files_source.write_groups(ws, [dataset._definition], ["country"], tmp_path / "other", never)


def rows_of(batches: Any) -> list[Any]:
    return [frames.decode(batch.payload) for batch in batches]


def tables(ws: Workspace, folder: Path, size: int, *datasets: Any, keys: list[str] | None = None) -> Any:
    definitions = [each._definition for each in datasets]
    names = [f"table_{n}" for n in range(len(datasets))]
    count = tables_source.keep(ws, definitions, names, keys, folder)
    return tables_source.Tables(folder, count, size)


@how(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 4000), st.integers(1, 30_000), st.sets(st.integers(0, 5)))
def test_every_row_is_in_one_mini_batch_and_in_its_order(
    ws: Workspace, tmp_path: Path, count: int, size: int, skip: set[int]
) -> None:
    folder = tmp_path / f"{count}-{size}"
    folder.mkdir(exist_ok=True)
    path = folder / "rows.csv"
    path.write_text("n,word\n" + "".join(f"{n},w{n}\n" for n in range(count)))
    source = tables(ws, folder / "job", size, Dataset.Tabular.from_delimited_files(str(path)))
    whole = list(source.batches(skip=set()))
    assert source.counted() == (count, len(whole))
    assert [n for frame in rows_of(whole) for n in frame["n"].tolist()] == list(range(count))
    assert all(frame.index.tolist() == list(range(len(frame))) for frame in rows_of(whole))
    left = list(source.batches(skip))
    assert [batch.number for batch in left] == [batch.number for batch in whole if batch.number not in skip]
    assert [batch.payload for batch in left] == [batch.payload for batch in whole if batch.number not in skip]


def test_a_mini_batch_has_about_so_many_bytes_of_text(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "".join(f"{n:09d}x,{n:09d}y\n" for n in range(5000)))
    source = tables(ws, tmp_path / "job", 10 * 1024, Dataset.Tabular.from_delimited_files(str(path)))
    sizes = [batch.count for batch in source.batches(set())]
    assert set(sizes[:-1]) == {10 * 1024 // 22}, "22 bytes a row"


def test_columns_have_the_types_of_the_whole_table(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    lines = [f"{n},{n if n else ''},{str(n % 2 == 0) if n else ''},2020-01-0{n % 9 + 1}" for n in range(6000)]
    path.write_text("full,gaps,flag,day\n" + "\n".join(lines))
    dataset = Dataset.Tabular.from_delimited_files(str(path))
    found = rows_of(tables(ws, tmp_path / "job", 4096, dataset).batches(set()))
    assert len(found) > 5
    expected = dataset.to_pandas_dataframe().dtypes.tolist()
    assert all(frame.dtypes.tolist() == expected for frame in found)


def test_tables_follow_one_another_and_a_mini_batch_is_of_one(ws: Workspace, tmp_path: Path) -> None:
    sets = []
    for name, count in (("first", 3), ("second", 5)):
        (tmp_path / f"{name}.csv").write_text(f"{name}\n" + "".join(f"{n}\n" for n in range(count)))
        sets.append(Dataset.Tabular.from_delimited_files(str(tmp_path / f"{name}.csv")))
    batches = list(tables(ws, tmp_path / "job", 1 << 20, *sets).batches(set()))
    assert [(batch.number, batch.count, batch.label) for batch in batches] == [
        (0, 3, "rows 0 to 2 of table_0"),
        (1, 5, "rows 0 to 4 of table_1"),
    ]
    assert [frame.columns.tolist() for frame in rows_of(batches)] == [["first"], ["second"]]


def test_partitions_of_a_table(ws: Workspace, tmp_path: Path) -> None:
    for store in ("south", "north"):
        for day in ("1", "2"):
            made(tmp_path / "data", f"{store}/{day}.csv")
            (tmp_path / "data" / store / f"{day}.csv").write_text("sold\n" + f"{store}{day}\n" * 3)
    dataset = Dataset.Tabular.from_delimited_files(str(tmp_path / "data" / "**"), partition_format="/{store}/{day}.csv")
    source = tables(ws, tmp_path / "job", 1, dataset, keys=["store"])
    batches = list(source.batches(set()))
    assert source.counted() == (12, 2)
    assert [batch.keys for batch in batches] == [{"store": "north"}, {"store": "south"}]
    assert [set(frame["sold"]) for frame in rows_of(batches)] == [{"north1", "north2"}, {"south1", "south2"}]
    with pytest.raises(UserErrorException, match="no partition key 'sold'"):
        tables(ws, tmp_path / "other", 1, dataset, keys=["sold"])


def test_a_table_that_cannot_be_read_leaves_nothing_half_made(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("n\n1\n")
    dataset = Dataset.Tabular.from_delimited_files(str(path))
    path.unlink()
    with pytest.raises(DatasetExecutionError):
        tables(ws, tmp_path / "job", 100, dataset)
    path.write_text("n\n1\n2\n")
    assert tables(ws, tmp_path / "job", 100, dataset).counted()[0] == 2
