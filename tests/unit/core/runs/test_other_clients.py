"""What another client of the workspace does with a run's files: it replaces and removes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.files import RunFiles
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException


@pytest.fixture
def files(ws: Workspace) -> RunFiles:
    return RunFiles(ws, "r1")


def written(name: str, text: str) -> Path:
    path = Path(name)
    path.write_text(text)
    return path


def test_a_file_is_replaced(files: RunFiles) -> None:
    files.replace_all([("a/x.txt", written("one", "1")), ("b.txt", written("two", "22"))])
    files.replace_all([("./a/x.txt", written("three", "333"))])
    assert files.sizes() == {"a/x.txt": 3, "b.txt": 2}
    assert files.fetch("a/x.txt", "got").read_text() == "333"
    with pytest.raises(UserErrorException, match="already exists"):
        files.upload("b.txt", written("four", "4"))
    with pytest.raises(UserErrorException):
        files.replace_all([("../x", written("five", "5"))])


def test_a_folder_is_taken_over_whole(files: RunFiles, ws: Workspace) -> None:
    files.replace_all([("model/old.txt", written("one", "1")), ("models/x.txt", written("two", "2"))])
    other = RunFiles(ws, "m-1")
    other.replace_all([("new.txt", written("three", "3")), ("deep/er.txt", written("four", "4"))])
    files.adopt(other, "model")
    assert files.names() == ["model/deep/er.txt", "model/new.txt", "models/x.txt"]
    assert files.fetch("model/new.txt", "got").read_text() == "3"
    assert other.names() == ["deep/er.txt", "new.txt"]


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("a", ["A/x.txt", "a%/y.txt", "ab.txt"]),
        ("a/x.txt", ["A/x.txt", "a%/y.txt", "a/z.txt", "ab.txt"]),
        ("a%", ["A/x.txt", "a/x.txt", "a/z.txt", "ab.txt"]),
        ("never", ["A/x.txt", "a%/y.txt", "a/x.txt", "a/z.txt", "ab.txt"]),
    ],
)
def test_what_is_removed_is_what_was_named(files: RunFiles, path: str, left: list[str]) -> None:
    text = written("text", "1")
    files.replace_all([(name, text) for name in ("A/x.txt", "a%/y.txt", "a/x.txt", "a/z.txt", "ab.txt")])
    files.remove(path)
    assert files.names() == left


def test_a_run_that_another_client_deleted_is_not_listed(ws: Workspace) -> None:
    experiment = Experiment(ws, "lab")
    kept, gone = (experiment.start_logging(snapshot_directory=None) for _ in range(2))
    gone._change(lambda fields: fields["payload"].update(deleted=True))
    assert [run.id for run in experiment.get_runs()] == [kept.id]
    gone._change(lambda fields: fields["payload"].update(deleted=False))
    assert [run.id for run in experiment.get_runs()] == [gone.id, kept.id]
