"""Uploads and downloads of a datastore that is a folder: what is printed, what is refused, nothing half."""

from __future__ import annotations

import errno
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.data import transfer_local
from aml_nb.core.data.datastore import Datastore
from aml_nb.core.workspace import Workspace
from aml_nb.errors import StoreError, UserErrorException


@pytest.fixture
def store(ws: Workspace) -> Any:
    return ws.get_default_datastore()


def make(files: dict[str, str], root: str = "data") -> Path:
    for name, text in files.items():
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Path(root)


def held(store: Any) -> dict[str, str]:
    """What the datastore holds: path and text; nothing else may be in or beside it."""
    root = store._local()
    assert sorted(path.name for path in root.parent.iterdir()) in ([root.name], [])
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in root.rglob("*") if path.is_file()}


def test_an_upload_prints_what_v1_prints(store: Any, capsys: pytest.CaptureFixture[str]) -> None:
    make({"a.csv": "1", "sub/b.csv": "2"}, "winedata")
    reference = store.upload(src_dir="./winedata", target_path="winedata", overwrite=True, show_progress=True)
    assert capsys.readouterr().out.splitlines() == [
        "Uploading an estimated of 2 files",
        "Uploading ./winedata/a.csv",
        "Uploaded ./winedata/a.csv, 1 files out of an estimated total of 2",
        "Uploading ./winedata/sub/b.csv",
        "Uploaded ./winedata/sub/b.csv, 2 files out of an estimated total of 2",
        "Uploaded 2 files",
    ]
    assert (reference.datastore.name, reference.path_on_datastore) == ("workspaceblobstore", "winedata")
    assert held(store) == {"winedata/a.csv": "1", "winedata/sub/b.csv": "2"}


def test_a_file_that_is_there_is_skipped_and_told(store: Any, capsys: pytest.CaptureFixture[str]) -> None:
    make({"a.csv": "1"})
    store.upload("data", "x", show_progress=False)
    assert capsys.readouterr().out == ""
    make({"a.csv": "new", "b.csv": "2"})
    store.upload("data", "x")
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == "Target already exists. Skipping upload for x/a.csv"
    assert printed[-1] == "Uploaded 1 files"
    assert held(store) == {"x/a.csv": "1", "x/b.csv": "2"}
    store.upload("data", "x", overwrite=True, show_progress=False)
    assert held(store)["x/a.csv"] == "new"


def test_a_download_tells_what_it_skips_and_returns_how_many(store: Any, capsys: pytest.CaptureFixture[str]) -> None:
    make({"a.csv": "1", "b.csv": "2"})
    store.upload("data", "x", show_progress=False)
    make({"x/a.csv": "mine"}, "back")
    assert store.download("back", prefix="x") == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        "Path already exists. Skipping download for back/x/a.csv",
        "Downloading x/b.csv",
        "Downloaded x/b.csv, 1 files out of an estimated total of 2",
        "Downloaded 1 files",
    ]
    assert Path("back/x/a.csv").read_text() == "mine"
    assert store.download("back", prefix="x", overwrite=True, show_progress=False) == 2
    assert sorted(os.listdir("back")) == ["x"]


@pytest.mark.parametrize(
    ("prefix", "count"),
    [(None, 4), ("", 4), ("x", 3), ("x/", 2), ("/x/s", 1), ("./x/sub/", 1), ("xy", 1), ("none", 0), ("x/a.csv/", 0)],
)
def test_a_prefix_is_the_beginning_of_a_path(store: Any, prefix: str | None, count: int) -> None:
    make({"x/a.csv": "", "x/sub/b.csv": "", "xy.csv": "", "z/x": ""})
    store.upload("data", show_progress=False)
    assert store.download("back", prefix=prefix, show_progress=False) == count


def test_single_files_keep_what_they_do_not_have_in_common(store: Any) -> None:
    make({"a.csv": "1", "b.csv": "2", "sub/c.csv": "3"})
    store.upload_files(files=["./data/a.csv", "./data/b.csv"], target_path="both/", show_progress=False)
    store.upload_files(["data/sub/c.csv"], target_path="one", show_progress=False)
    store.upload_files([Path("data/a.csv"), Path("data/sub/c.csv")], target_path="tree", show_progress=False)
    store.upload_files(["data/sub/c.csv"], relative_root=".", target_path="rooted", show_progress=False)
    assert set(held(store)) == {
        "both/a.csv",
        "both/b.csv",
        "one/c.csv",
        "tree/a.csv",
        "tree/sub/c.csv",
        "rooted/data/sub/c.csv",
    }


def test_no_files_at_all(store: Any, capsys: pytest.CaptureFixture[str]) -> None:
    Path("data/empty").mkdir(parents=True)
    store.upload("data")
    store.upload_files([])
    assert capsys.readouterr().out.splitlines() == ["Uploading an estimated of 0 files", "Uploaded 0 files"] * 2
    assert held(store) == {}


def test_names_of_any_language(store: Any) -> None:
    make({"données/é ☃ 'q' #1%20.csv": "1", ".hidden": "2"})
    store.upload("data", "zielordner/ä", show_progress=False)
    assert set(held(store)) == {"zielordner/ä/données/é ☃ 'q' #1%20.csv", "zielordner/ä/.hidden"}
    assert store.download("back", "zielordner/ä/d", show_progress=False) == 1


@pytest.mark.parametrize("target", ["..", "../x", "a/../../x", "/../x", "a/\0b"])
def test_a_target_outside_is_refused(store: Any, target: str) -> None:
    make({"a.csv": "1"})
    with pytest.raises(UserErrorException, match="target_path"):
        store.upload("data", target)
    with pytest.raises(UserErrorException, match="target_path"):
        store.upload_files(["data/a.csv"], target_path=target)


def test_a_link_in_the_store_does_not_lead_an_upload_out(store: Any, tmp_path: Path) -> None:
    make({"a.csv": "1"})
    (tmp_path / "elsewhere").mkdir()
    store._filesystem()
    os.symlink(tmp_path / "elsewhere", store._local("out"))
    with pytest.raises(UserErrorException, match="leads out"):
        store.upload("data", "out/sub", show_progress=False)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_links_are_taken_as_what_they_point_to(store: Any, tmp_path: Path) -> None:
    make({"far/c.csv": "3"}, str(tmp_path / "big"))
    make({"a.csv": "1"})
    os.symlink("a.csv", "data/b.csv")
    os.symlink(tmp_path / "big", "data/linked")
    store.upload("data", show_progress=False)
    assert held(store) == {"a.csv": "1", "b.csv": "1", "linked/far/c.csv": "3"}
    assert not any(path.is_symlink() for path in store._local().rglob("*"))


def test_what_is_no_file_is_named_before_anything_is_copied(store: Any) -> None:
    make({"a.csv": "1", "sub/b.csv": ""})
    os.symlink("nowhere", "data/z")
    with pytest.raises(UserErrorException, match="data/z is a symbolic link that leads nowhere"):
        store.upload("data")
    os.unlink("data/z")
    os.symlink("..", "data/sub/up")
    with pytest.raises(UserErrorException, match="links to a folder that it lies in"):
        store.upload("data")
    os.unlink("data/sub/up")
    os.mkfifo("data/z")
    with pytest.raises(UserErrorException, match="neither a file nor a folder"):
        store.upload("data")
    os.unlink("data/z")
    Path("data/new\nline").touch()
    with pytest.raises(UserErrorException, match="cannot be shown"):
        store.upload("data")
    assert not store._local().exists() or held(store) == {}


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda store: store.upload("none"), "none is not there"),
        (lambda store: store.upload("data/a.csv"), "is a file, not a folder"),
        (lambda store: store.upload_files(["none.csv"]), "none.csv is not there"),
        (lambda store: store.upload_files(["data"]), "data is a folder"),
        (lambda store: store.upload_files("data/a.csv"), "list of paths"),
        (lambda store: store.upload_files(["data/a.csv"], relative_root="data/sub"), "relative_root"),
        (lambda store: store.upload_files(["data/../x.csv"], relative_root="data"), "relative_root"),
        (lambda store: store.download("data/a.csv"), "is a file"),
        (lambda store: store.download("back", prefix="../x"), "prefix"),
    ],
)
def test_what_the_user_got_wrong(store: Any, call: Any, text: str) -> None:
    make({"a.csv": "1"})
    make({"x.csv": "1"}, ".")
    with pytest.raises(UserErrorException, match=text) as failure:
        call(store)
    assert failure.value.hint


def test_a_file_that_may_not_be_read(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make({"a.csv": "1", "b.csv": "2", "c.csv": "3"})
    real = os.open

    def refusing(path: Any, *arguments: Any, **named: Any) -> int:
        if str(path).endswith("b.csv"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", refusing)
    with pytest.raises(UserErrorException, match=r"data/b\.csv cannot be read"):
        store.upload("data", show_progress=False)
    monkeypatch.undo()
    assert held(store) == {"a.csv": "1"}


def test_a_full_disk_leaves_nothing_half(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make({"a.csv": "1", "b.csv": "22222222"})
    real = os.write

    def full(handle: int, block: bytes) -> int:
        if len(block) > 4:
            return real(handle, block[:4])
        if block == b"2222":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, block)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreError, match="no room left"):
        store.upload("data", show_progress=False)
    monkeypatch.undo()
    assert held(store) == {"a.csv": "1"}


def test_a_file_that_changes_meanwhile_is_copied_again(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make({"a.csv": "old"})
    real, seen = os.read, list[int]()

    def changing(handle: int, size: int) -> bytes:
        block = real(handle, size)
        if block == b"old" and not seen:
            seen.append(1)
            Path("data/a.csv").write_text("newer")
        return block

    monkeypatch.setattr(os, "read", changing)
    store.upload("data", show_progress=False)
    assert seen
    assert held(store) == {"a.csv": "newer"}


def test_a_file_that_never_stands_still_is_told(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make({"a.log": "x"})
    real = os.read

    def growing(handle: int, size: int) -> bytes:
        block = real(handle, size)
        with open("data/a.log", "a") as file:
            file.write("y")
        return block

    monkeypatch.setattr(os, "read", growing)
    with pytest.raises(UserErrorException, match="changes while it is copied"):
        store.upload("data", show_progress=False)
    monkeypatch.undo()
    assert held(store) == {}


def test_a_large_file_arrives_whole_by_either_way(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data").mkdir()
    block = bytes(range(256)) * 5000
    Path("data/large").write_bytes(block)
    store.upload("data", "one", show_progress=False)
    if sys.platform == "linux":
        monkeypatch.delattr(os, "copy_file_range")
    store.upload("data", "two", show_progress=False)
    assert store._local("one/large").read_bytes() == store._local("two/large").read_bytes() == block


def test_a_file_where_a_folder_should_be(store: Any) -> None:
    make({"a": "1"})
    store.upload("data", show_progress=False)
    make({"a/b.csv": "1"}, "other")
    with pytest.raises(UserErrorException, match="a file and a folder have the same name"):
        store.upload("other", show_progress=False)
    assert held(store) == {"a": "1"}


def test_many_at_once(store: Any) -> None:
    make({f"{number}.csv": str(number) for number in range(20)})
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: store.upload("data", "x", overwrite=True, show_progress=False), range(8)))
    assert held(store) == {f"x/{number}.csv": str(number) for number in range(20)}


def test_what_a_killed_upload_left_goes_and_what_a_living_one_has_stays(store: Any) -> None:
    make({"a.csv": "1"})
    store.upload("data", show_progress=False)
    staging = store._local().parent / ".staging"
    for name in ("dead", "living"):
        (staging / name).mkdir(parents=True)
        (staging / name / "0").write_text("half")
        os.utime(staging / name, (0, 0))
    with transfer_local._locked(staging / "living"):
        store.upload("data", "again", show_progress=False)
        assert os.listdir(staging) == ["living"]
    store.upload("data", "again", show_progress=False)
    assert not staging.exists()


def test_a_folder_of_ones_own_is_a_datastore(ws: Workspace) -> None:
    make({"a.csv": "1", "sub/b.csv": "2"}, "mine")
    store = Datastore.register_local_folder(ws, "mine", "mine")
    make({"c.csv": "3"})
    store.upload("data", "new", show_progress=False)
    assert sorted(str(path) for path in Path("mine").rglob("*.csv")) == [
        "mine/a.csv",
        "mine/new/c.csv",
        "mine/sub/b.csv",
    ]
    assert os.listdir("mine/new") == ["c.csv"]
    assert ws.datastores["mine"].download("back", show_progress=False) == 3
    assert store._local("sub/b.csv") == Path("mine/sub/b.csv").absolute()
    store.unregister()
    assert Path("mine/a.csv").is_file()
