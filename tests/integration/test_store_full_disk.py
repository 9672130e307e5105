"""A disk without room, and a folder that turns read-only: an error that says so, and a whole workspace after it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace
from aml_nb.errors import StoreError

MIB = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file system of two MiB as AML_NB_HOME."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)], capture_output=True).returncode:
        pytest.skip("this machine does not let a small file system be mounted")
    monkeypatch.setenv("AML_NB_HOME", str(disk))
    monkeypatch.chdir(tmp_path)
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def register(ws: Workspace, size: int, name: str = "iris") -> Model:
    Path("model.pkl").write_bytes(os.urandom(size))
    return Model.register(ws, "model.pkl", name)


def test_a_file_that_does_not_fit_leaves_nothing(small_disk: Path) -> None:
    ws = Workspace.create("small", show_output=False)
    kept = register(ws, MIB // 2)
    with pytest.raises(StoreError, match="no room left") as caught:
        register(ws, 3 * MIB)
    assert "AML_NB_HOME" in str(caught.value.hint)
    assert [model.id for model in Model.list(ws)] == [kept.id]
    assert len(list(ws._artifacts)) == 1
    assert list((ws._folder / "artifacts" / ".staging").iterdir()) == []
    assert register(ws, 1000).version == 2


def test_a_database_that_cannot_grow_changes_nothing(small_disk: Path) -> None:
    ws = Workspace.create("small", show_output=False)
    model = register(ws, 1000)
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(b"x" * 4096)
    with pytest.raises(StoreError, match="no room left"):
        for turn in range(500):
            model.add_tags({f"key{turn}": "x" * 500})
    filler.unlink()
    tags = Model(ws, "iris").tags
    assert sorted(tags, key=lambda key: int(key[3:])) == [f"key{n}" for n in range(len(tags))]
    model.add_tags({"after": "it goes on"})
    assert Model(Workspace.get("small"), "iris").tags["after"] == "it goes on"


def test_a_workspace_that_does_not_fit_is_not_made(small_disk: Path) -> None:
    with (small_disk / "filler").open("wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(b"x" * 4096)
    with pytest.raises(StoreError, match="no room left"):
        Workspace.create("small")
    (small_disk / "filler").unlink()
    assert Workspace.create("small").models == {}


def test_a_read_only_disk_is_explained(small_disk: Path) -> None:
    ws = Workspace.create("small", show_output=False)
    register(ws, 1000)
    ws._store.close()  # a disk in use cannot be made read-only
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreError, match="cannot be written") as caught:
        register(Workspace.get("small"), 1000)
    assert caught.value.hint
    with pytest.raises(StoreError, match="cannot be written"):
        Workspace.create("another")
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert register(ws, 1000).version == 2


LIMITED = """
import resource, sys
from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace
from aml_nb.errors import StoreError

ws = Workspace.get("test-ws")
Model.list(ws)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
try:
    Model.register(ws, "big.pkl", "iris")
except StoreError as error:
    print("refused:", error.message)
"""


@pytest.mark.parametrize("limit", [100_000, 4096])
def test_a_limit_on_file_sizes_is_met_in_the_same_way(ws: Workspace, limit: int) -> None:
    Path("big.pkl").write_bytes(os.urandom(MIB))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", LIMITED, str(limit)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert "refused:" in done.stdout, done.stderr
    assert Model.list(ws) == []
    assert Model.register(ws, "big.pkl", "iris").version == 1
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
