from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.core.store.artifacts import ArtifactStore, LocalArtifacts, open_store
from aml_nb.errors import StoreError, UserErrorException


@pytest.fixture(params=["local", "memory"])
def artifacts(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    if request.param == "local":
        return open_store(tmp_path / "artifacts")
    return open_store(f"memory://{tmp_path}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"weights" * 1000)
    return path


def test_bytes_come_back(artifacts: ArtifactStore, file: Path, tmp_path: Path) -> None:
    digest = artifacts.add_file(file)
    assert digest == (hashlib.sha256(file.read_bytes()).hexdigest(), 7000)
    with artifacts.open(digest) as stored:
        assert stored.read() == file.read_bytes()
    artifacts.materialise(digest, tmp_path / "deep" / "copy.pkl")
    assert (tmp_path / "deep" / "copy.pkl").read_bytes() == file.read_bytes()


def test_a_url_leads_to_the_bytes(artifacts: ArtifactStore, file: Path) -> None:
    digest = artifacts.add_file(file)
    with fsspec.open(artifacts.url(digest), "rb") as stored:
        assert stored.read() == file.read_bytes()


def test_the_same_bytes_are_kept_once(artifacts: ArtifactStore, file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(file.read_bytes())
    assert artifacts.add_file(file) == artifacts.add_file(other) == artifacts.add_file(file)
    assert len(list(artifacts)) == 1


def test_what_is_kept_does_not_follow_the_file(artifacts: ArtifactStore, file: Path) -> None:
    digest = artifacts.add_file(file)
    file.write_bytes(b"changed")
    artifacts.verify(digest)


def test_removed_bytes_are_gone_and_said_to_be(artifacts: ArtifactStore, file: Path) -> None:
    digest = artifacts.add_file(file)
    artifacts.remove(digest.sha256)
    artifacts.remove(digest.sha256)
    assert not artifacts.has(digest.sha256)
    with pytest.raises(StoreError, match="gone"):
        artifacts.open(digest)


def test_nothing_is_left_in_staging(artifacts: ArtifactStore, file: Path) -> None:
    artifacts.add_file(file)
    assert artifacts.sweep(older_than=-1) == 0


def test_a_target_that_is_there_is_not_overwritten(artifacts: ArtifactStore, file: Path, tmp_path: Path) -> None:
    digest = artifacts.add_file(file)
    (tmp_path / "there").write_text("mine")
    with pytest.raises(FileExistsError):
        artifacts.materialise(digest, tmp_path / "there")
    assert (tmp_path / "there").read_text() == "mine"


def test_a_tree_keeps_its_paths_and_hidden_files(artifacts: ArtifactStore, tmp_path: Path) -> None:
    for name in ("a.txt", "sub/b.txt", "sub/.hidden", "sub/deep/c"):
        (tmp_path / "t" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "t" / name).write_text(name)
    (tmp_path / "t" / "empty").mkdir()
    paths = [path for path, _ in artifacts.add_tree(tmp_path / "t", "t")]
    assert paths == ["t/a.txt", "t/sub/.hidden", "t/sub/b.txt", "t/sub/deep/c"]


def test_damaged_bytes_are_told(tmp_path: Path, file: Path) -> None:
    artifacts = LocalArtifacts(tmp_path / "artifacts")
    digest = artifacts.add_file(file)
    path = artifacts.path(digest)
    path.chmod(0o644)
    path.write_bytes(b"x" * digest.size)
    with pytest.raises(StoreError, match="damaged"):
        artifacts.verify(digest)


def test_a_truncated_file_is_kept_anew(tmp_path: Path, file: Path) -> None:
    artifacts = LocalArtifacts(tmp_path / "artifacts")
    digest = artifacts.add_file(file)
    artifacts.path(digest).chmod(0o644)
    os.truncate(artifacts.path(digest), 10)
    artifacts.add_file(file)
    artifacts.verify(digest)


def test_kept_files_are_read_only(tmp_path: Path, file: Path) -> None:
    artifacts = LocalArtifacts(tmp_path / "artifacts")
    assert artifacts.path(artifacts.add_file(file)).stat().st_mode & 0o777 == 0o444


def test_root_never_gets_a_link_it_could_write_through(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifacts = LocalArtifacts(tmp_path / "artifacts")
    digest = artifacts.add_file(file)
    for uid, links in ((0, 1), (1000, 2)):
        monkeypatch.setattr(os, "geteuid", lambda uid=uid: uid)
        artifacts.materialise(digest, tmp_path / f"as-{uid}", link=True)
        assert (tmp_path / f"as-{uid}").stat().st_nlink == links


def test_opening_sweeps_only_old_leftovers(tmp_path: Path) -> None:
    staging = tmp_path / "artifacts" / ".staging"
    staging.mkdir(parents=True)
    for name in ("old", "new"):
        (staging / name).write_text("half")
    hours_ago = time.time() - 7200
    os.utime(staging / "old", (hours_ago, hours_ago))
    open_store(tmp_path / "artifacts")
    assert [path.name for path in staging.iterdir()] == ["new"]


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "real").write_text("x")
    (folder / "link").symlink_to("real")
    kept = dict(open_store(tmp_path / "artifacts").add_tree(folder))
    assert kept["link"] == kept["real"]


@pytest.mark.parametrize("target", ["/etc/hosts", "../outside", "nowhere"])
def test_a_link_that_leads_out_is_refused(tmp_path: Path, target: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "outside").write_text("secret")
    (folder / "link").symlink_to(target)
    artifacts = open_store(tmp_path / "artifacts")
    with pytest.raises(UserErrorException, match="symbolic link"):
        artifacts.add_tree(folder)
    assert list(artifacts) == []


def test_a_folder_that_links_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "again").symlink_to(".")
    with pytest.raises(UserErrorException, match="lies in"):
        open_store(tmp_path / "artifacts").add_tree(tmp_path / "model")


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    os.mkfifo(tmp_path / "model" / "pipe")
    with pytest.raises(UserErrorException, match="neither a file nor a folder"):
        open_store(tmp_path / "artifacts").add_tree(tmp_path / "model")


@pytest.mark.parametrize("name", [b"caf\xe9", b"line\nbreak"])
def test_a_file_name_that_cannot_be_kept_is_refused(tmp_path: Path, name: bytes) -> None:
    (tmp_path / "model").mkdir()
    Path(os.fsdecode(bytes(tmp_path / "model") + b"/" + name)).write_text("x")
    with pytest.raises(UserErrorException, match="file name"):
        open_store(tmp_path / "artifacts").add_tree(tmp_path / "model")


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "AB" * 32, "ab" * 31])
def test_no_path_is_made_of_what_is_no_digest(artifacts: ArtifactStore, digest: str) -> None:
    with pytest.raises(StoreError):
        artifacts.open(digest)


def test_an_unknown_protocol_is_explained() -> None:
    with pytest.raises(StoreError, match="AML_NB_ARTIFACTS|cannot be reached") as caught:
        open_store("nosuch://bucket/path")
    assert caught.value.hint


def test_the_login_of_a_server_is_not_shown() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("nosuch://user:open@sesame@host/path")
    assert "host/path" in caught.value.message
    assert "sesame" not in caught.value.message


@given(data=st.binary(max_size=5000))
def test_any_bytes_come_back(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "in").write_bytes(data)
    artifacts = open_store(folder / "artifacts")
    digest = artifacts.add_file(folder / "in")
    artifacts.verify(digest)
    artifacts.materialise(digest, folder / "out")
    assert (folder / "out").read_bytes() == data
