"""``%%batch_script``, ``%batch`` and ``%pipeline``: from a cell to rows, errors, going on, a service and a schedule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aml_nb import cli, magics
from aml_nb.core import plane
from aml_nb.core.pipelines.pipeline_run import PipelineRun
from aml_nb.core.pipelines.published import PublishedPipeline
from aml_nb.core.pipelines.schedule import Schedule
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ActivityFailedException, UserErrorException
from aml_nb.verbs import batch_results
from tests.loud_shell import LoudShell, loud_shell

pytestmark = pytest.mark.timeout(120)

SCRIPT = """import os, sys
def init():
    print("ready", *[word for word in sys.argv if word.startswith("x")])
def run(mini_batch):
    rows = []
    for path in mini_batch:
        if os.path.exists(os.path.join(os.path.dirname(path), "..", "broken")) and path.endswith("7.csv"):
            raise ValueError("cannot read " + os.path.basename(path))
        rows.append(os.path.basename(path) + ": " + open(path).read())
    return rows
"""
OPTIONS = "--data ./data --mini-batch-size 3 --processes 1"


@pytest.fixture
def shell(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoudShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    Path("data").mkdir()
    for number in range(10):
        Path(f"data/{number}.csv").write_text(str(number * number))
    with loud_shell() as shell:
        magics.register(shell)
        yield shell
        magics.unregister(shell)
        plane.down(ws)


def test_a_cell_is_tried_on_the_first_mini_batch(shell: LoudShell) -> None:
    tried = shell.value(f"%%batch_script batch/score.py --try ./data --mini-batch-size 3 --param x=1\n{SCRIPT}")
    assert tried.lines == ["0.csv: 0", "1.csv: 1", "2.csv: 4"] and Path("batch/score.py").read_text() == SCRIPT
    assert "2.csv: 4" in shell.html(tried) and tried.printed == "ready\n"
    with pytest.raises(UserErrorException) as caught:
        shell.run_cell(f"%%batch_script batch/score.py --try ./data\n{SCRIPT.replace('open(path)', 'opn(path)')}")
    said = caught.value._text()
    assert "batch/score.py, line 9" in said and "NameError" in said and "-->    9" in said and "printed:\nready" in said
    short = SCRIPT.replace("return rows", "return rows[1:]")
    card = shell.value(f"%%batch_script batch/short.py --try ./data --mini-batch-size 3\n{short}")
    assert card.lines == ["1.csv: 1", "2.csv: 4"] and "2 elements for 3 files" in repr(card)


def test_a_table_is_tried_by_rows(shell: LoudShell, ws: Workspace) -> None:
    from aml_nb.core.data.datasets.tabular_factory import TabularDatasetFactory

    Path("table.csv").write_text("a,b\n" + "".join(f"{n},{n * n}\n" for n in range(1000)))
    table = TabularDatasetFactory.from_delimited_files(str(Path("table.csv").resolve()))
    shell.user_ns["table"] = table
    cell = "def init(): pass\ndef run(mini_batch):\n    return mini_batch[['b']] + 1\n"
    tried = shell.value(f"%%batch_script rows.py --try $table --mini-batch-size 100\n{cell}")
    assert tried.lines[:3] == ["1", "2", "5"] and len(tried.lines) < 100


def test_from_a_script_to_a_service(
    shell: LoudShell, ws: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run_cell(f"%%batch_script batch/score.py\n{SCRIPT}")
    run = shell.value(f"run = %batch run batch/score.py {OPTIONS} --name first\nrun")
    said = capsys.readouterr().out
    assert "score: Running" in said and "10 of 10 items" in said
    assert isinstance(run, PipelineRun) and run.display_name == "first" and run.get_status() == "Finished"
    frame = shell.value("frame = %batch results --columns File,Square --to rows/squares.csv\nframe")
    assert sorted(frame["Square"]) == [n * n for n in range(10)] and frame["File"].nunique() == 10
    assert Path("rows/squares.csv").read_text().startswith("File,Square\n")
    with monkeypatch.context() as elsewhere:  # a datastore whose files are not on this machine
        elsewhere.setattr(batch_results, "local_path", lambda place: None)
        assert len(shell.value("%batch results first")) == 10
    assert len(shell.value("%batch errors $run")) == 0
    assert shell.value("%batch status").progress["rows"] == 10
    assert "score" in shell.html(shell.value("%pipeline graph"))

    published = shell.value("pub = %pipeline publish first --name squares --version 2 --endpoint squares-api\npub")
    assert isinstance(published, PublishedPipeline) and published.version == "2"
    Path("data/10.csv").write_text("100")
    again = shell.value("again = %pipeline run squares-api --experiment weekly\nagain")
    assert again.experiment.name == "weekly" and again.properties["azureml.pipelineid"] == published.id
    assert len(shell.value("%batch results $again")) == 11
    schedule = shell.value("s = %pipeline schedule $pub --every week --on monday --at 08:00\ns")
    assert isinstance(schedule, Schedule) and schedule.get_pipeline_runs() == []
    assert "running at http://127.0.0.1:" in repr(shell.value("%aml")) and "1 schedule)" in repr(shell.value("%aml"))
    shell.value("%pipeline disable squares-schedule")
    plane.down(ws)
    assert "stopped (1 published pipeline)" in repr(shell.value("%aml"))


def test_a_batch_that_fails_is_mended_and_goes_on(shell: LoudShell, ws: Workspace) -> None:
    shell.run_cell(f"%%batch_script batch/score.py\n{SCRIPT}")
    Path("broken").touch()
    with pytest.raises(ActivityFailedException) as caught:
        shell.run_cell(f"%batch run batch/score.py {OPTIONS} --error-threshold 0 --tries 1 --output rows.txt")
    said = caught.value._text()
    assert "cannot read 7.csv" in said and "score.py, line 8" in said and "%batch resume" in said
    (error,) = shell.value("%batch errors")
    assert [Path(path).name for path in error["files"]] == ["6.csv", "7.csv", "8.csv"] and error["line"] == 8
    partial = shell.value("%batch results --partial")
    assert 0 < len(partial) < 10
    Path("broken").unlink()
    resumed = shell.value("done = %batch resume\ndone")
    assert resumed.get_status() == "Finished"
    assert sorted(shell.value("%batch results")[1]) == [n * n for n in range(10)]
    assert len(shell.value("%batch errors")) == 0 and len(shell.value("%batch errors --all")) == 1
    with pytest.raises(Exception, match="there is nothing to go on with"):
        shell.run_cell("%batch resume")


def test_one_that_goes_on_meanwhile_is_stopped(shell: LoudShell) -> None:
    cell = "import time\ndef init(): pass\ndef run(mini_batch):\n    time.sleep(60)\n    return mini_batch\n"
    shell.run_cell(f"%%batch_script slow.py\n{cell}")
    run = shell.value(f"run = %batch run slow.py {OPTIONS} --output summary_only --no-wait\nrun")
    assert run.get_status() in ("NotStarted", "Running")
    assert shell.value("%batch cancel --wait") == f"{run.display_name} is Canceled."
    assert shell.value("%batch cancel").endswith("is Canceled already.")
    with pytest.raises(Exception, match="keeps no rows"):
        shell.run_cell("%batch results")


def test_the_commands(shell: LoudShell, capsys: pytest.CaptureFixture[str]) -> None:
    def command(*words: str) -> Any:
        assert cli.main([*words, "--json", "--workspace", "test-ws"]) == 0
        return json.loads(capsys.readouterr().out)

    Path("score.py").write_text(SCRIPT)
    done = command("batch", "run", "score.py", *OPTIONS.split(), "--experiment", "lab")
    assert (done["status"], done["progress"]["items"], done["experiment"]) == ("Completed", 10, "lab")
    assert command("batch", "status", "lab:1")["id"] == done["id"]
    assert {"0": "3.csv", "1": 9} in command("batch", "results")
    assert command("batch", "results", "--to", "out.txt")["message"].startswith("10 rows of score-")
    assert len(Path("out.txt").read_text().splitlines()) == 10
    assert command("pipeline", "publish", "--name", "squares")["steps"] == ["score"]
    called = command("pipeline", "run", "squares", "--experiment", "lab")
    assert called["status"] == "Finished" and called["steps"][0]["state"] == "Finished"
    assert [each["status"] for each in command("batch", "list")] == ["Completed", "Completed"]
