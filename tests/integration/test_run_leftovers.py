"""What a run's script leaves behind: ended with the run, unless it is a run or a service of its own."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.keeper.leftovers import marked
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.core.runs.submitting import launch
from aml_nb.core.webservice.local import LocalWebservice
from aml_nb.core.workspace import Workspace

pytestmark = pytest.mark.slow

BRANCHES = """
import os, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
subprocess.Popen(sleep)
subprocess.Popen(sleep, start_new_session=True)
print("ready", flush=True)
while not os.path.exists("go"):
    time.sleep(0.02)
"""
CHILD = """
import os
from azureml.core import Run, ScriptRunConfig
os.makedirs("inner")
with open("inner/inner.py", "w") as file:
    file.write("import time; from azureml.core import Run; time.sleep(1); Run.get_context().log('value', 1)")
print(Run.get_context().submit_child(ScriptRunConfig("inner", "inner.py")).id)
"""
SERVICE = """
from azureml.core import Run
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import LocalWebservice
with open("score.py", "w") as file:
    file.write("def init(): pass\\ndef run(data): return data")
ws = Run.get_context().experiment.workspace
service = Model.deploy(ws, "of-a-run", [], InferenceConfig("score.py"), LocalWebservice.deploy_configuration())
service.wait_for_deployment()
"""


@pytest.fixture
def submit(ws: Workspace, tmp_path: Path) -> Callable[..., Any]:
    def start(code: str, *arguments: Any) -> Any:
        folder = tmp_path / "train"
        folder.mkdir()
        (folder / "train.py").write_text(code, encoding="utf-8")
        return Experiment(ws, "branches").submit(ScriptRunConfig(str(folder), "train.py", list(arguments)))

    return start


def alive(ws: Workspace, run: Any) -> list[int]:
    mark = str(RunFolder(ws, run.id).path)
    return [process.pid for process in psutil.process_iter() if marked(process, mark)]


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.05)


def keeper_of(ws: Workspace, run: Any) -> int:
    """The process that keeps the run; it writes itself down a moment after it has started the script."""
    state = RunFolder(ws, run.id).path / "keeper.json"
    until(state.exists)
    return int(json.loads(state.read_text())["pid"])


@pytest.mark.parametrize("how", ["ends", "cancelled", "killed"])
def test_nothing_that_a_script_starts_outlives_its_run(ws: Workspace, submit: Callable[..., Any], how: str) -> None:
    run = submit(BRANCHES)
    until(lambda: len(alive(ws, run)) == 3)
    if how == "ends":
        (RunFolder(ws, run.id).work / "go").touch()
    elif how == "cancelled":
        run.cancel()
    elif how == "killed":
        os.kill(keeper_of(ws, run), signal.SIGKILL)
    ends = {"ends": "Completed", "cancelled": "Canceled", "killed": "Failed"}
    until(lambda: run.get_status() == ends[how])
    until(lambda: not alive(ws, run))


def test_what_a_command_leaves_behind_that_is_done_at_once(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    command = "setsid sleep 600 >/dev/null 2>&1 & exit 0"
    runs = [Experiment(ws, "branches").submit(ScriptRunConfig(str(tmp_path / "train"), command=command)) for _ in "abc"]
    for run in runs:
        assert run.wait_for_completion()["status"] == "Completed"
    until(lambda: not any(alive(ws, run) for run in runs))


def test_a_script_whose_keeper_was_killed_before_it_wrote_its_group_down(
    ws: Workspace, submit: Callable[..., Any]
) -> None:
    run = submit(BRANCHES)
    until(lambda: len(alive(ws, run)) == 3)
    keeper = keeper_of(ws, run)
    (RunFolder(ws, run.id).path / "keeper.json").write_text(json.dumps({"pid": keeper}))
    os.kill(keeper, signal.SIGKILL)
    until(lambda: run.get_status() == "Failed")
    until(lambda: not alive(ws, run))


def test_a_child_run_that_a_script_submits_goes_on(submit: Callable[..., Any]) -> None:
    run = submit(CHILD)
    run.wait_for_completion()
    (child,) = run.get_children()
    child.wait_for_completion()
    assert child.get_metrics() == {"value": 1}
    assert child.parent.id == run.id


def test_a_service_that_a_script_deploys_goes_on(ws: Workspace, submit: Callable[..., Any]) -> None:
    submit(SERVICE).wait_for_completion()
    service = LocalWebservice(ws, "of-a-run")
    assert service.run("alive") == "alive"
    service.delete()


def test_the_copy_of_a_script_that_never_started_goes(
    ws: Workspace, submit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = launch.start

    def cancelled_before(folder: Path, *given: Any) -> int:
        assert (folder / "work" / "train.py").exists()
        (folder / "cancel").touch()
        return begin(folder, *given)

    monkeypatch.setattr(launch, "start", cancelled_before)
    run = submit("print('never')")
    run.wait_for_completion()
    assert run.get_status() == "Canceled"
    assert not RunFolder(ws, run.id).work.exists()


def test_a_keeper_that_cannot_start_says_why(submit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "KEEPER", "aml_nb.core.runs.nobody")
    run = submit("print('never')")
    until(lambda: run.get_status() == "Failed")
    assert "No module named aml_nb.core.runs.nobody" in str(run.get_details()["error"])
