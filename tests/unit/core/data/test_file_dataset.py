"""File datasets: which files, copies of them, mounts, and that nothing lands outside the folder that was named."""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.data.datasets import cache, placing
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.errors import DatasetExecutionError, DatasetValidationError
from aml_nb.core.data.datasets.file_dataset import FileDataset
from aml_nb.core.data.datasets.files import DataFile
from aml_nb.core.workspace import Workspace
from aml_nb.errors import NotAvailableError, UserErrorException


@pytest.fixture
def dataset(home: Path) -> FileDataset:
    for name in ("a/1.csv", "a/2.txt", "b/3.csv"):
        path = Path("data", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name * int(path.stem), encoding="utf-8")
    return Dataset.File.from_files("data/**")


def names(dataset: FileDataset) -> list[str]:
    return [Path(path).name for path in dataset.to_path()]


def test_which_files(dataset: FileDataset) -> None:
    assert dataset.to_path() == ["/a/1.csv", "/a/2.txt", "/b/3.csv"]
    assert names(dataset.take(2)) == ["1.csv", "2.txt"]
    assert names(dataset.skip(2)) == ["3.csv"]
    assert names(dataset.skip(1).take(1)) == ["2.txt"]
    assert names(dataset.take(0)) == []


def test_a_split_has_every_file_once(home: Path) -> None:
    Path("many").mkdir()
    for number in range(200):
        Path("many", f"{number:03}").touch()
    dataset = Dataset.File.from_files("many")
    first, rest = dataset.random_split(0.7)
    assert sorted(names(first) + names(rest)) == names(dataset)
    assert 90 < len(names(first)) < 190  # 140, and seven standard deviations: another seed each time
    assert names(first) == names(first)
    assert names(dataset.random_split(0.7, seed=3)[0]) == names(dataset.random_split(0.7, seed=3)[0])
    assert 5 < len(names(dataset.take_sample(0.2, seed=1))) < 80


def test_files_by_what_they_are(dataset: FileDataset) -> None:
    assert names(dataset.filter(dataset.file_metadata("Size") > 10)) == ["2.txt", "3.csv"]
    csv = dataset.file_metadata("Extension") == ".csv"
    assert names(dataset.filter(csv & ~(dataset.file_metadata("Size") < 10))) == ["3.csv"]
    assert names(dataset.filter(csv | dataset.file_metadata("CanSeek"))) == ["1.csv", "2.txt", "3.csv"]
    soon = datetime.now(timezone.utc) + timedelta(hours=1)
    assert names(dataset.filter(dataset.file_metadata("LastModifiedTime") < soon)) == ["1.csv", "2.txt", "3.csv"]
    assert names(dataset.filter(dataset.file_metadata("LastModifiedTime") > soon.replace(tzinfo=None))) == []
    for wrong in ("Size > 1", True, None):
        with pytest.raises(UserErrorException, match="condition"):
            dataset.filter(wrong)  # type: ignore[arg-type]
    with pytest.raises(UserErrorException, match="and | not"):
        bool(csv)
    with pytest.raises(UserErrorException, match="Owner"):
        dataset.file_metadata("Owner")
    with pytest.raises(UserErrorException, match="country"):
        dataset.filter(dataset["country"] == "x").to_path()


def test_partition_keys(dataset: FileDataset) -> None:
    folders = Dataset.File.from_files("data/**/*.csv", partition_format="/{folder}/{name}.csv")
    assert folders.partition_keys == ["folder", "name"]
    assert folders.get_partition_key_values(["folder"]) == [{"folder": "a"}, {"folder": "b"}]
    assert names(folders.filter(folders["folder"] == "b")) == ["3.csv"]
    assert folders.filter(folders["name"].starts_with("1")).get_partition_key_values() == [{"folder": "a", "name": "1"}]
    assert dataset.partition_keys == []
    with pytest.raises(UserErrorException, match="no partition keys"):
        dataset.get_partition_key_values()
    with pytest.raises(UserErrorException, match="country"):
        folders.get_partition_key_values(["country"])
    with pytest.raises(DatasetValidationError, match="partition_format"):
        Dataset.File.from_files("data/a", partition_format="/{y:yyyy}/*")


@pytest.mark.parametrize("call", ["take(-1)", "take('x')", "take(True)", "random_split(2)", "take_sample(None)"])
def test_counts_and_parts_that_cannot_be(dataset: FileDataset, call: str) -> None:
    with pytest.raises(UserErrorException):
        eval(f"dataset.{call}", {"dataset": dataset})


def test_files_that_were_never_there_and_files_that_vanished(dataset: FileDataset) -> None:
    with pytest.raises(DatasetValidationError, match="nothing"):
        Dataset.File.from_files("nothing/*.csv")
    later = Dataset.File.from_files("later", validate=False)
    with pytest.raises(DatasetExecutionError, match="later"):
        later.to_path()
    Path("later").mkdir()
    Path("later", "x").touch()
    assert later.to_path() == ["/x"]


def test_download(dataset: FileDataset, capsys: pytest.CaptureFixture[str]) -> None:
    there = dataset.download("copy")
    assert there == [os.path.abspath(f"copy/{name}") for name in ("a/1.csv", "a/2.txt", "b/3.csv")]
    assert Path(there[1]).read_text() == "a/2.txt" * 2
    Path(there[0]).write_text("mine")
    with pytest.raises(DatasetExecutionError, match="overwrite is False") as caught:
        dataset.download("copy")
    assert "overwrite=True" in str(caught.value.hint)
    assert Path(there[0]).read_text() == "mine"
    assert dataset.download("copy", overwrite=True) == there
    assert Path(there[0]).read_text() == "a/1.csv"
    assert not list(Path("copy").rglob("*.part"))
    elsewhere = dataset.download()
    assert all(Path(path).is_file() and not Path(path).is_relative_to(Path.cwd()) for path in elsewhere)


def test_an_address_that_cannot_be_opened_gives_no_secret_away(home: Path) -> None:
    dataset = Dataset.File.from_files("nosuch://me:hush@host/data?sig=token", validate=False)
    with pytest.raises(DatasetExecutionError, match=r"nosuch://\*+@host/data") as caught:
        dataset.to_path()
    assert "hush" not in str(caught.value) and "token" not in str(caught.value)
    assert "hush" not in repr(dataset) and "token" not in repr(dataset)
    container = "wasbs://data@account.blob.core.windows.net/a.csv"
    assert container in repr(Dataset.File.from_files(container, validate=False))


def test_the_longest_name_comes_down(home: Path) -> None:
    Path("data").mkdir()
    Path("data", "a" * 255).write_text("x")
    (there,) = Dataset.File.from_files("data").download("copy")
    assert Path(there).name == "a" * 255 and Path(there).read_text() == "x"


def test_files_that_vanish_while_they_are_downloaded(dataset: FileDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    files = dataset._files()
    monkeypatch.setattr(FileDataset, "_files", lambda self: files)
    Path("data/a/2.txt").unlink()
    with pytest.raises(DatasetExecutionError, match=r"2\.txt.*not there any more"):
        dataset.download("copy")
    assert [Path(path).name for path in dataset.download("copy2", ignore_not_found=True)] == ["1.csv", "3.csv"]
    monkeypatch.undo()
    assert Dataset.File.from_files("gone", validate=False).download("copy3", ignore_not_found=True) == []


HOSTILE = ["/../x", "/a/../../x", "/..", "/", "", "/a/\0b"]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "source").write_text("x")
    file = DataFile(name, name, str(tmp_path / "source"))
    for place in (lambda root: placing.copy([file], root), lambda root: placing.link([file], root, tmp_path)):
        with pytest.raises(DatasetExecutionError, match="leads out"):
            place(str(tmp_path / "target"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source"]


def test_an_absolute_name_stays_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("x")
    file = DataFile("//etc//passwd", "x", str(tmp_path / "source"))
    assert placing.copy([file], str(tmp_path / "target")) == [str(tmp_path / "target/etc/passwd")]


def test_no_link_in_the_folder_leads_out_of_it(dataset: FileDataset) -> None:
    Path("copy").mkdir()
    Path("outside").mkdir()
    Path("copy/a").symlink_to(Path("outside").absolute())
    with pytest.raises(DatasetExecutionError, match="is a link to"):
        dataset.download("copy", overwrite=True)
    Path("copy/a").unlink()
    Path("copy/a").mkdir()
    Path("copy/a/1.csv").symlink_to(Path("outside/1.csv").absolute())
    dataset.download("copy", overwrite=True)
    assert not Path("copy/a/1.csv").is_symlink()
    assert list(Path("outside").iterdir()) == []


def test_a_file_that_is_a_folder_of_another_is_told(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("x")
    files = [DataFile(name, name, str(tmp_path / "source")) for name in ("/a", "/a/b")]
    with pytest.raises(DatasetExecutionError, match="both as a file and as a folder"):
        placing.copy(files, str(tmp_path / "target"))


def test_mount(dataset: FileDataset) -> None:
    with dataset.mount() as mounted:
        point = Path(mounted.mount_point)
        assert (point / "a/1.csv").read_text() == "a/1.csv"
        assert sorted(name for _, _, found in os.walk(point) for name in found) == ["1.csv", "2.txt", "3.csv"]
        assert not point.stat().st_mode & stat.S_IWUSR
    assert not point.exists()
    assert Path("data/a/1.csv").read_text() == "a/1.csv"


def test_mount_at_a_point(dataset: FileDataset) -> None:
    Path("point").mkdir()
    context = dataset.mount("point")
    context.start()
    assert context.mount_point == os.path.abspath("point")
    with pytest.raises(UserErrorException, match="mounted at"):
        dataset.mount("point").start()
    context.stop()
    context.stop()
    assert list(Path("point").iterdir()) == []
    Path("point/mine").touch()
    with pytest.raises(UserErrorException, match="not empty"):
        dataset.mount("point").start()
    assert Path("point/mine").exists()


def test_a_mount_that_a_killed_process_left_gives_way(dataset: FileDataset) -> None:
    placing.link(dataset._files(), os.path.abspath("point"), "cache")
    placing.write_protect("point")
    with dataset.mount("point") as mounted:
        assert len(os.listdir(mounted.mount_point)) == 2


def test_a_mount_that_fails_leaves_nothing(dataset: FileDataset) -> None:
    with pytest.raises(DatasetExecutionError), Dataset.File.from_files("gone", validate=False).mount("point"):
        pass
    assert not Path("point").exists()


def test_ten_thousand_files(home: Path) -> None:
    for folder in range(100):
        Path("many", str(folder)).mkdir(parents=True)
        for number in range(100):
            Path("many", str(folder), str(number)).touch()
    dataset = Dataset.File.from_files("many/*/*")
    started = time.process_time()  # not by the clock: other work on this machine is no slowness of ours
    with dataset.mount() as mounted:
        assert len(list(Path(mounted.mount_point).rglob("*"))) == 10_100
    assert len(dataset.download("copy")) == 10_000
    assert time.process_time() - started < 15


def test_upload_directory(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("up/a.csv", "up/b/c.csv", "up/d.txt"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name)
    store = ws.get_default_datastore()
    dataset = Dataset.File.upload_directory("up", (store, "here"), pattern="**/*.csv")
    assert dataset.to_path() == ["/a.csv", "/b/c.csv"]
    with pytest.raises(UserErrorException, match="no file that matches"):
        Dataset.File.upload_directory("up", (store, "here"), pattern="*.png")
    with pytest.raises(UserErrorException, match="no folder"):
        Dataset.File.upload_directory("nowhere", (store, "here"))
    with pytest.raises(UserErrorException, match="one path on a datastore"):
        Dataset.File.upload_directory("up", "elsewhere")


@pytest.mark.parametrize("call", ["as_cache(None)", "hydrate(None)"])
def test_what_a_laptop_has_no_use_for_is_told(dataset: FileDataset, call: str) -> None:
    with pytest.raises(NotAvailableError, match="where they are"):
        eval(f"dataset.{call}", {"dataset": dataset})


@pytest.mark.parametrize(
    "call", ["auto_read_files('x')", "from_excel_files('x')", "from_pandas_dataframe(None)", "from_json_files('x')"]
)
def test_what_v1_gave_up_is_told(call: str) -> None:
    with pytest.raises(NotAvailableError, match="gave it up") as caught:
        eval(f"Dataset.{call}", {"Dataset": Dataset})
    assert "Dataset" in str(caught.value.hint)
    with pytest.raises(NotAvailableError, match="gave it up"):
        Dataset("definition")


def test_repr_is_v1s(dataset: FileDataset) -> None:
    import json

    shown: dict[str, Any] = json.loads(repr(dataset.take(1)))
    assert shown == {"source": [os.path.abspath("data") + "/**"], "definition": ["GetFiles", "Take"]}
    assert str(dataset).startswith("FileDataset\n{")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """Two files behind an address."""
    site = tmp_path / "site"
    (site / "d").mkdir(parents=True)
    (site / "d" / "x.gz").write_bytes(b"x" * 3_000_000)
    (site / "y.csv").write_text("a\n1\n")

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, directory=str(site), **named)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_files_of_the_web(home: Path, web: str, tmp_path: Path) -> None:
    dataset = Dataset.File.from_files([f"{web}/d/x.gz", f"{web}/y.csv?sig=secret"])
    host = web.removeprefix("http://")
    assert dataset.to_path() == [f"/http/{host}/d/x.gz", f"/http/{host}/y.csv"]
    there = dataset.download("copy")
    assert [Path(path).stat().st_size for path in there] == [3_000_000, 4]
    assert there[0] == os.path.abspath(f"copy/http/{host}/d/x.gz")
    with dataset.mount() as mounted:
        assert Path(mounted.mount_point, "http", host, "y.csv").read_text() == "a\n1\n"
    assert "secret" not in repr(dataset)
    (tmp_path / "site" / "y.csv").write_text("changed")
    with dataset.mount() as mounted:
        assert Path(mounted.mount_point, "http", host, "y.csv").read_text() == "changed"
    kept = list((home / "cache" / "datasets").iterdir())
    assert len(kept) == 3
    os.utime(kept[0], (0, 0))
    cache.sweep(home)
    assert sorted((home / "cache" / "datasets").iterdir()) == sorted(kept[1:])


def test_what_the_web_does_not_have(home: Path, web: str) -> None:
    for address in (f"{web}/none.csv?sig=secret", "http://127.0.0.1:1/x.csv?sig=secret", "http://[x/?sig=secret"):
        with pytest.raises(UserErrorException) as caught:
            Dataset.File.from_files(address)
        assert "secret" not in str(caught.value)
    dataset = Dataset.File.from_files(f"{web}/none.csv", validate=False)
    with pytest.raises(DatasetExecutionError, match="404"):
        dataset.download("copy")
    assert not [path for path in Path("copy").rglob("*") if path.is_file()]


def test_names_of_every_kind(home: Path) -> None:
    Path("odd").mkdir()
    odd = [b"a\nb", "ü ☃".encode(), b"-rf", b"$(x)", b"q'\"", b"a\\b", b" ", b"*", b"..."]
    odd += [b"\xff.csv"] if sys.platform == "linux" else []  # macOS has no names that are no UTF-8
    for name in odd:
        Path("odd", os.fsdecode(name)).write_text("x")
    dataset = Dataset.File.from_files("odd")
    assert sorted(os.fsencode(path[1:]) for path in dataset.to_path()) == sorted(odd)
    dataset.download("copy")
    assert sorted(os.listdir(b"copy")) == sorted(odd)
    with dataset.mount("point"):
        assert sorted(os.listdir(b"point")) == sorted(odd)
