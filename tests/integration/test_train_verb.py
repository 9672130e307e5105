"""``%%train``: the cell is a run of its own, with its parameters, its data, its metrics and its errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aml_nb import cli, magics
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ActivityFailedException, UsageError, UserErrorException
from aml_nb.verbs.finding_runs import choose_experiment
from tests.loud_shell import LoudShell, loud_shell

SCRIPT = """import argparse, os
from azureml.core import Run
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
parser.add_argument("--name")
args = parser.parse_args()
run = Run.get_context()
for n in range(3):
    run.log("loss", args.rate / (n + 1), step=n)
print("trained", args.name)
os.makedirs("outputs", exist_ok=True)
with open("outputs/model.txt", "w") as file:
    file.write("a model")
"""


@pytest.fixture
def shell(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoudShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    choose_experiment(ws, "iris")
    with loud_shell() as shell:
        magics.register(shell)
        yield shell
        magics.unregister(shell)


def test_from_a_cell_to_a_model(shell: LoudShell, ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    shell.user_ns.update(rate=0.5, words="two words")
    run = shell.value(f"%%train --param rate=$rate --param name=$words --as job --tag kind=test --name first\n{SCRIPT}")
    said = capsys.readouterr().out
    assert "trained two words" in said and f"{run.id} is Completed" in said
    assert shell.user_ns["job"] is run and isinstance(run, Run)
    assert (run.experiment.name, run.display_name, run.tags["kind"]) == ("iris", "first", "test")
    assert run.get_metrics() == {"loss": [0.5, 0.25, pytest.approx(0.5 / 3)]}
    assert "METRIC" not in shell.html(run) and "data:image/svg" in shell.html(run)
    assert "parameters" in shell.html(run) and "rate=0.5" in shell.html(run)
    assert shell.value("m = %runs metrics\nm")["loss"][0] == 0.5
    assert shell.value("%runs logs").lines == ["trained two words"]
    model = shell.value("model = %runs register iris outputs/model.txt\nmodel")
    assert model.run_id == run.id
    assert list(Path().iterdir()) == []


def test_a_script_that_fails_shows_the_cells_line(shell: LoudShell) -> None:
    with pytest.raises(ActivityFailedException) as caught:
        shell.run_cell("%%train\nprint('going')\nvalue = 1 / 0\n")
    said = caught.value._text()
    assert "the cell, line 2" in said and "-->    2 value = 1 / 0" in said
    assert "ZeroDivisionError" in said and "%runs logs" in said
    assert "ZeroDivisionError" in repr(shell.value("%runs show"))


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%train\nprint(", "was never closed"),
        ("%%train\nfit(table)", "--param table=$table"),
        ("%%train notes.txt\nprint(1)", "is no Python script"),
        ("%%train --as 1x\nprint(1)", "is no name for a variable"),
        ("%train", "which script"),
        ("%train trian.py", "did you mean train.py"),
        ("%%train --compute nowhere\nprint(1)", "no compute target 'nowhere'"),
        ("%%train --environment nothing\nprint(1)", "nothing"),
        ("%%train --data a=nothing\nprint(1)", "nothing"),
        ("%%train --data $table\nprint(1)", "is no dataset"),
    ],
)
def test_what_cannot_run_is_said_before_anything_is_submitted(
    shell: LoudShell, ws: Workspace, cell: str, said: str
) -> None:
    Path("train.py").write_text("print(1)")
    shell.user_ns["table"] = [1, 2]
    with pytest.raises((UsageError, UserErrorException)) as caught:
        shell.run_cell(cell)
    assert said in caught.value._text()
    assert len(shell.value("%runs list --all")) == 0


def test_a_run_goes_on_meanwhile_and_is_stopped(shell: LoudShell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("%%train --no-wait\nprint(1)\n")
    run = shell.value("%%train --no-wait\nimport time\ntime.sleep(60)\n")
    assert capsys.readouterr().out.count("%runs cancel stops it") == 1, "what can be done is said once"
    assert run.get_status() not in ("Completed", "Failed")
    assert shell.value("%runs cancel --wait") == f"{run.id} is Canceled."


def test_data_comes_by_name_version_and_variable(shell: LoudShell, ws: Workspace) -> None:
    Path("data").mkdir()
    Path("data/iris.csv").write_text("1,2\n")
    store = ws.get_default_datastore()
    store.upload("data", target_path="iris", show_progress=False)
    from aml_nb.core.data.datasets.file_factory import FileDatasetFactory

    dataset = FileDatasetFactory.from_files((store, "iris")).register(ws, "iris-data")
    shell.user_ns["table"] = dataset
    cell = (
        "import os, sys\nfrom azureml.core import Run\nfolder = sys.argv[2]\nprint(sys.argv[1], os.listdir(folder))\n"
    )
    for option in ("--data iris=iris-data:1", "--data iris=$table"):
        shell.run_cell(f"%%train {option}\n{cell}")
        assert shell.value("%runs logs").lines == ["--iris ['iris.csv']"]


def test_the_command(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    Path("src").mkdir()
    Path("src/train.py").write_text(SCRIPT)
    words = ["train", "src/train.py", "--experiment", "iris", "--param", "rate=1", "--json", "--workspace", "test-ws"]
    assert cli.main(words) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["status"], done["parameters"], done["experiment"]) == ("Completed", {"rate": "1"}, "iris")
    assert done["metrics"]["loss"] == pytest.approx(1 / 3)
    Path("src/train.py").write_text("raise SystemExit(3)")
    assert cli.main(["train", "src/train.py", "--experiment", "iris", "--workspace", "test-ws"]) == 1
    assert "Try: aml-nb runs logs iris_" in capsys.readouterr().err
