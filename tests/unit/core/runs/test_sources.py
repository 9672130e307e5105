"""The copy of a source directory: what goes along, and what stays behind."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aml_nb.core.runs import snapshots
from aml_nb.core.runs.files import RunFiles
from aml_nb.core.runs.submitting import ignoring, sources
from aml_nb.core.runs.submitting.git import properties
from aml_nb.core.workspace import Workspace
from aml_nb.errors import SnapshotException, UserErrorException


def _make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def _names(root: Path, avoid: Path) -> list[str]:
    return [source.name for source in sources.scan(str(root), avoid)]


def test_files_are_copied_with_their_modes_and_caches_stay(tmp_path: Path) -> None:
    root = tmp_path / "src"
    _make(root, "train.py", "lib/util.py", "run.sh", "__pycache__/x.pyc", ".git/HEAD", ".azureml/config.json")
    (root / "run.sh").chmod(0o755)
    found = sources.scan(str(root), tmp_path / "home")
    sources.copy(found, tmp_path / "work")
    assert sorted(source.name for source in found) == ["lib/util.py", "run.sh", "train.py"]
    assert (tmp_path / "work" / "lib" / "util.py").read_text() == "lib/util.py"
    assert os.access(tmp_path / "work" / "run.sh", os.X_OK)


def test_the_workspaces_and_links_that_lead_round_are_not_taken(tmp_path: Path) -> None:
    _make(tmp_path, "train.py", "home/workspaces/w/store.db", "data/a.csv")
    (tmp_path / "data" / "up").symlink_to(tmp_path)
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert _names(tmp_path, tmp_path / "home") == ["data/a.csv", "train.py"]


def test_amlignore_goes_before_gitignore(tmp_path: Path) -> None:
    _make(tmp_path, "a.py", "b.csv", "c.log")
    (tmp_path / ".gitignore").write_text("*.log\n")
    assert _names(tmp_path, tmp_path / "h") == [".gitignore", "a.py", "b.csv"]
    (tmp_path / ".amlignore").write_text("*.csv\n.*ignore\n")
    assert _names(tmp_path, tmp_path / "h") == ["a.py", "c.log"]


def test_what_goes_while_it_is_copied_is_left_out(tmp_path: Path, ws: Workspace) -> None:
    root = tmp_path / "src"
    _make(root, "train.py", ".~train.ipynb", "a/b.tmp")
    found = sources.scan(str(root), tmp_path / "home")
    (root / ".~train.ipynb").unlink()
    (root / "a" / "b.tmp").unlink()
    sources.copy(found, tmp_path / "work")
    assert [path.name for path in (tmp_path / "work").rglob("*") if path.is_file()] == ["train.py"]
    snapshot_id = snapshots.keep_files(ws, [(source.name, source.path) for source in found])
    with RunFiles(ws, f"snapshot-{snapshot_id}").open("snapshot.zip") as file, zipfile.ZipFile(file) as packed:
        assert packed.namelist() == ["train.py"]


def test_a_pattern_that_is_none_fits_nothing(tmp_path: Path) -> None:
    _make(tmp_path, "a.py", "b.csv")
    (tmp_path / ".amlignore").write_text("[z-a]\n*.csv\n.amlignore\n")
    assert _names(tmp_path, tmp_path / "h") == ["a.py"]


def test_too_much_is_refused_before_it_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make(tmp_path, "train.py", "small.bin", "large.bin")
    (tmp_path / "large.bin").write_bytes(b"x" * 5000)
    monkeypatch.setattr(sources, "MAX_BYTES", 4096)
    with pytest.raises(SnapshotException, match=r"exceeds the limit.*large\.bin"):
        sources.scan(str(tmp_path), tmp_path / "h")
    monkeypatch.setattr(sources, "MAX_BYTES", 1 << 20)
    monkeypatch.setattr(sources, "MAX_FILES", 2)
    with pytest.raises(SnapshotException, match="more than 2 files"):
        sources.scan(str(tmp_path), tmp_path / "h")


def test_a_missing_folder_and_a_file_are_told_apart(tmp_path: Path) -> None:
    _make(tmp_path, "train.py")
    with pytest.raises(UserErrorException, match="is not there"):
        sources.scan(str(tmp_path / "none"), tmp_path)
    with pytest.raises(UserErrorException, match="is a file"):
        sources.scan(str(tmp_path / "train.py"), tmp_path)


PATHS = ["a.py", "b.csv", "data/a.csv", "data/deep/b.csv", "data/deep/c.py", "out/x.log", "deep/y.log", "a b.txt"]
PATTERNS = [
    "*.csv", "/a.py", "data/", "deep/", "data/deep", "/deep", "**/deep", "data/**", "out/*.log", "?.py", "[ab].*",
    "!a.csv", "!data/a.csv", "# note", "", "a b.txt", "data/*/b.csv", "**/*.py", "[!a].py", "*", "!*.py", "!data/",
]  # fmt: skip


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    _make(root, *PATHS)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.sampled_from(PATTERNS), max_size=4))
def test_patterns_mean_what_git_means(tree: Path, lines: list[str]) -> None:
    (tree / ".gitignore").write_text("\n".join(lines) + "\n")
    command = ["git", "-C", str(tree), "ls-files", "-zo", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    kept = sorted(name for name in listed.split("\0") if name and name != ".gitignore")
    ours = sorted(name for name in _names(tree, tree / "none") if name != ".gitignore")
    assert ours == kept, lines


def test_without_a_file_nothing_stays_behind(tmp_path: Path) -> None:
    assert not ignoring.rules(tmp_path)("anything", False)


def test_a_repository_is_told_with_its_changes(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        command = ["git", "-C", str(tmp_path), *who, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    (tmp_path / "src").mkdir()
    assert properties(str(tmp_path / "src")) == {}
    git("init", "-q", "-b", "trunk")
    git("remote", "add", "origin", "https://me:s3cret@example.com/r.git")
    _make(tmp_path, "src/train.py")
    git("add", "src")
    git("commit", "-qm", "first")
    found = properties(str(tmp_path / "src"))
    assert found["azureml.git.branch"] == found["mlflow.source.git.branch"] == "trunk"
    assert found["azureml.git.commit"] == git("rev-parse", "HEAD") and found["azureml.git.dirty"] == "False"
    assert found["azureml.git.repository_uri"] == "https://****@example.com/r.git"
    (tmp_path / "src" / "train.py").write_text("changed")
    assert properties(str(tmp_path / "src"))["azureml.git.dirty"] == "True"
