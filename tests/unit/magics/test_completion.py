"""Completion comes from the parsers and from what the workspace holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter

from aml_nb.core import current
from aml_nb.core.model import Model
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.workspace import Workspace

# IPython's own older entry point, which consoles and many tests still call.
pytestmark = pytest.mark.filterwarnings("ignore:`Completer.complete`:PendingDeprecationWarning")


def complete(shell: Any, line: str) -> list[str]:
    """Both ways that front ends ask; they must agree."""
    _, simple = shell.complete(None, line, len(line))
    with provisionalcompleter():
        rich = [line[: c.start] + c.text for c in shell.Completer.completions(line, len(line))]
    word = line.split(" ")[-1]
    start = line[: len(line) - len(word)]
    assert [text.removeprefix(start) for text in rich] == simple
    return list(simple)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%service st", ["status"]),
        ("%deploy ", ["local", "aci", "aks"]),
        ("svc = %deploy ac", ["aci"]),
        ("%deploy local x --scr", ["--script"]),
        ("%service logs --level W", ["WARNING"]),
        ("%service logs --li", ["--lines"]),
        ("%aml en", ["engine"]),
        ("%aml engine ", ["auto", "process", "docker"]),
        ("%aml set sc", ["script"]),
        ("%register a b --framework Sc", ["ScikitLearn"]),
        ("%register a b --framework=Sc", ["--framework=ScikitLearn"]),
        ("%runs lo", ["logs"]),
        ("%runs show --li", ["--live"]),
        ("%experiment --re", ["--reactivate"]),
        ("%train --exp", ["--experiment"]),
    ],
)
def test_words_of_the_verbs(shell: Any, line: str, expected: list[str]) -> None:
    assert complete(shell, line) == expected


def test_options_of_a_cell_magic(shell: Any) -> None:
    assert "--sample" in complete(shell, "%%score_script score.py --")


@pytest.mark.parametrize("line", ["%deploy local x --model ", "%models ", "%deploy local x --model=", "%register "])
def test_names_of_models(shell: Any, ws: Workspace, line: str) -> None:
    Path("m.pkl").write_text("x")
    for name in ("iris", "churn-2"):
        Model.register(ws, "m.pkl", name)
    found = complete(shell, line)
    assert sorted(name.removeprefix("--model=") for name in found) == ["churn-2", "iris"]


def test_names_with_hyphens_are_completed_whole(shell: Any, ws: Workspace) -> None:
    Path("m.pkl").write_text("x")
    Model.register(ws, "m.pkl", "churn-2")
    assert complete(shell, "%models churn-") == ["churn-2"]


def test_names_of_experiments_runs_and_datasets(shell: Any, ws: Workspace) -> None:
    run = Experiment(ws, "iris").start_logging(snapshot_directory=None, run_id="iris_1")
    run.complete()
    ws._store.versioned("dataset").append("iris-data", {"id": "1"})
    assert complete(shell, "%experiment ir") == complete(shell, "%%train --experiment ir") == ["iris"]
    assert complete(shell, "%runs show ") == complete(shell, "%runs compare x iris") == ["iris_1"]
    assert complete(shell, "%%train --data iris=") == ["iris=iris-data"]


def test_files(shell: Any, home: Path) -> None:
    Path("data").mkdir()
    Path("data/one.py").write_text("")
    Path("data/two.txt").write_text("")
    assert complete(shell, "%%score_script da") == ["data/"]
    assert complete(shell, "%%score_script data/") == ["data/one.py"]
    assert complete(shell, "%service run iris @data/t") == ["@data/two.txt"]


def test_variables(shell: Any, ws: Workspace) -> None:
    shell.user_ns["payload"] = {}
    assert complete(shell, "%service run iris $pay") == ["$payload"]


def test_other_peoples_cells_are_left_alone(shell: Any, bare_shell: Any) -> None:
    for line in ("service = de", "deploy = loc", "%timeit sor", "x = 5 % de", "import os; os.pa"):
        assert not {"delete", "local", "--script"} & set(shell.complete(None, line, len(line))[1])


def test_completion_makes_no_workspace_and_says_nothing(
    shell: Any, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    complete(shell, "%models ")
    complete(shell, "%service status ")
    assert list(home.iterdir()) == []
    assert capsys.readouterr().out == ""


def test_the_default_workspace_is_found_without_being_opened(shell: Any, home: Path) -> None:
    default = Workspace.from_config()
    Path("m.pkl").write_text("x")
    Model.register(default, "m.pkl", "iris")
    current.forget(default)
    assert complete(shell, "%models ir") == ["iris"]
    assert current.workspace() is None


def test_a_broken_workspace_breaks_no_completion(shell: Any, home: Path) -> None:
    folder = Workspace.create("default", show_output=False)._folder
    (folder / "workspace.json").write_text("{")
    current._last = None
    assert complete(shell, "%models --al") == ["--all-versions"]
    complete(shell, "%models ")
