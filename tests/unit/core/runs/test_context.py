"""``Run.get_context()``: in a submitted script, and offline."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest

from aml_nb.core.runs.context import VARIABLES, current
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.offline import _OfflineRun
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace
from aml_nb.errors import RunEnvironmentException, UserErrorException

RUN_ID = "train_1_abc"


@pytest.fixture
def script(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The environment that a submitted script has."""
    experiment = Experiment(ws, "train")
    RunRecords(ws._store).create(
        RunRecord(RUN_ID, "train", experiment.id, status="Running", run_type="azureml.scriptrun")
    )
    for name in VARIABLES:
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AZUREML_RUN_ID", RUN_ID)
    monkeypatch.setenv("AZUREML_ARM_PROJECT_NAME", "train")
    monkeypatch.setenv("AML_NB_WORKSPACE", str(ws._folder))
    RunFolder(ws, RUN_ID).hold()
    return ws


def test_a_script_finds_its_run(script: Workspace) -> None:
    run = Run.get_context()
    assert run is Run.get_context(allow_offline=False)
    assert isinstance(run, Run)
    assert (run.id, run.experiment.name, run.type) == (RUN_ID, "train", "azureml.scriptrun")
    assert run.experiment.workspace.name == "test-ws"
    run.log("a", 1)
    child = run.child_run("part")
    child.log("b", 2)
    run.tag("from", "script")
    seen = Run.get(script, RUN_ID)
    assert seen.get_metrics(recursive=True) == {RUN_ID: {"a": 1}, child.id: {"b": 2}}
    assert seen.tags == {"from": "script"}


def status_of(records: RunRecords) -> str:
    record = records.get(RUN_ID)
    assert record is not None
    return record.status


@pytest.mark.parametrize("before", ["Queued", "Preparing", "Starting"])
def test_a_script_that_asks_is_running(script: Workspace, before: str) -> None:
    records, run = RunRecords(script._store), Run.get_context()
    ways = (
        lambda: run.get_details()["status"],
        lambda: Run.get(script, RUN_ID).get_status(),
        lambda: next(script.experiments["train"].get_runs()).status,
    )
    for ask in ways:
        records.transition(RUN_ID, "Queued")
        records.transition(RUN_ID, before)
        assert status_of(records) == before
        assert ask() == "Running"
        assert status_of(records) == "Running"
    records.transition(RUN_ID, "CancelRequested")
    assert run.get_status() == "CancelRequested"


def test_a_script_does_not_end_its_run_by_itself(script: Workspace) -> None:
    run = Run.get_context()
    with run:
        run.complete()
    assert run.get_status() == "Running"
    run.fail("bad data")
    assert run.get_status() == "Running"
    # When its keeper completes it, the script's own word counts.
    RunRecords(script._store).transition(RUN_ID, "Completed")
    assert run.get_details()["error"]["error"]["message"] == "bad data"
    assert run.get_status() == "Failed"


def test_a_script_registers_a_model_without_waiting_for_itself(
    script: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = RunFolder(script, RUN_ID).work
    (work / "outputs").mkdir(parents=True)
    (work / "outputs" / "m.pkl").write_text("weights")
    model = Run.get_context().register_model("m", "outputs/m.pkl")
    assert (model.run_id, model.experiment_name) == (RUN_ID, "train")


def test_logging_needs_no_database(script: Workspace) -> None:
    code = (
        "from aml_nb.core.runs.run import Run\nimport sys\n"
        "run = Run.get_context(); run.log('a', 1.5); run.log_list('l', [1, 2]); run.log_row('r', x=1)\n"
        "run.log_table('t', {'x': [1]}); run.flush(); run.complete()\n"
        "print([name for name in ('sqlalchemy', 'sqlite3', 'numpy', 'pandas', 'inspect') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert Run.get(script, RUN_ID).get_metrics() == {"a": 1.5, "l": [1, 2], "r": {"x": 1}, "t": {"x": [1]}}


@pytest.mark.parametrize("missing", VARIABLES)
def test_without_one_variable_it_is_offline(script: Workspace, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(missing)
    assert isinstance(Run.get_context(), _OfflineRun)
    with pytest.raises(RunEnvironmentException):
        Run.get_context(allow_offline=False)
    with pytest.raises(RunEnvironmentException, match="start_logging"):
        current(allow_offline=False)


def test_offline_everything_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run.get_context()
    run.log("loss", 0.5)
    run.log_list("all", range(2))
    run.log_row("row", x=1)
    run.log_table("table", {"x": [1]})
    run.log_image("image", plot="a plot")
    run.upload_file("outputs/a", "a.txt")
    run.tag("key", "value")
    run.tag("flag")
    said = capsys.readouterr().out.splitlines()
    assert said[:8] == [
        "Attempted to log scalar metric loss:",
        "0.5",
        "Attempted to log list metric all:",
        "[0, 1]",
        "Attempted to log row metric row:",
        "{'x': 1}",
        "Attempted to log table metric table:",
        "{'x': [1]}",
    ]
    assert "Attempted to track file outputs/a at a.txt" in said
    assert said[-2:] == ["Attempted to add tag key with value value", "Attempted to add tag flag"]
    assert run.tags == {"key": "value", "flag": None}


def test_offline_there_is_no_more_than_v1_has() -> None:
    run = Run.get_context()
    assert not isinstance(run, Run)
    assert run.id.startswith("OfflineRun_")
    for name in ("experiment", "input_datasets", "output_datasets", "parent", "get_metrics", "register_model"):
        assert not hasattr(run, name)
    more: dict[str, Any] = {"step": 1}
    with pytest.raises(TypeError):
        run.log("a", 1, **more)
    with pytest.raises(UserErrorException):
        run.log("a", [1])


def test_offline_children_and_endings() -> None:
    with Run.get_context() as run:
        child = run.child_run("fold")
        assert child.id == f"{run.id}.fold"
        assert len(run.create_children(2)) == 2
        child.fail("x")
    assert (run.get_status(), child.status) == ("Completed", "Failed")
    with pytest.raises(ZeroDivisionError), Run.get_context() as bad:
        print(1 / 0)
    assert bad.status == "Failed"


def test_v1s_names_lead_here() -> None:
    import aml_nb

    core, module = import_module("aml_nb.azureml.core"), import_module("aml_nb.azureml.core.run")
    assert core.Experiment is aml_nb.Experiment is Experiment
    assert module.Run is core.Run is aml_nb.Run is Run
    assert module._OfflineRun is _OfflineRun
