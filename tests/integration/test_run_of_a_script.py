"""A submitted script and its run, from both sides: what the script does to it, and what the notebook sees."""

from __future__ import annotations

import zipfile
from pathlib import Path
from textwrap import dedent

import pytest

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.run import Run
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ActivityFailedException, ModelPathNotFoundException

pytestmark = pytest.mark.slow

TRAIN = """
import os, sys, time
from multiprocessing import get_context
from azureml.core import Run

def log(number):
    Run.get_context().log("from workers", number)

if __name__ == "__main__":
    run = Run.get_context()
    run.log("accuracy", 0.5)
    run.log("accuracy", float("nan"))
    with get_context("fork").Pool(2) as pool:
        pool.map(log, range(20))
    left = run.child_run("left open")
    left.log("a", 1)
    with run.child_run("closed") as closed:
        closed.upload_file("note.txt", __file__)
    os.makedirs("outputs")if not os.path.isdir("outputs") else None
    with open("outputs/model.pkl", "w") as file:
        file.write("weights")
    run.upload_file("extra/script.py", __file__)
    run.tag("from", "script")
    model = run.register_model("in-script", "outputs/model.pkl")
    print("registered", model.id, "in", run.experiment.name, "of", run.experiment.workspace.name)
    time.sleep(0.5)
    run.complete()
"""


def submit(ws: Workspace, code: str) -> Run:
    Path("src").mkdir(exist_ok=True)
    Path("src/train.py").write_text(dedent(code))
    run: Run = Experiment(ws, "train").submit(ScriptRunConfig(source_directory="src", script="train.py"))
    return run


def test_a_script_and_its_notebook_see_the_same_run(ws: Workspace) -> None:
    run = submit(ws, TRAIN)
    # Asked for while the script runs: it is waited for, as a notebook that runs straight through needs it.
    model = run.register_model("iris", "outputs/model.pkl", tags={"a": "b"})
    assert run.get_status() == "Completed"
    assert (model.run_id, model.run.experiment.name) == (run.id, "train")
    assert Path(model.download("down")).read_text() == "weights"
    assert ws.models["in-script"].run_id == run.id
    metrics = run.get_metrics()
    assert str(metrics["accuracy"]) == "[0.5, nan]"
    assert sorted(metrics["from workers"]) == list(range(20))
    assert run.get_file_names() == ["extra/script.py", "outputs/model.pkl", "user_logs/std_log.txt"]
    assert run.tags == {"from": "script"}
    assert {child.name: child.get_status() for child in run.get_children()} == {
        "left open": "Completed",
        "closed": "Completed",
    }
    [log] = run.get_all_logs()
    assert "registered in-script:1 in train of test-ws" in Path(log).read_text()
    with zipfile.ZipFile(run.restore_snapshot()) as archive:
        assert archive.namelist() == ["train.py"]
    assert run.get_environment().python is not None


def test_a_script_may_fail_its_run_and_go_on(ws: Workspace) -> None:
    run = submit(
        ws,
        """
        from azureml.core import Run
        run = Run.get_context()
        run.fail("the data has no rows", error_code="NoData")
        run.log("after", 1)
        """,
    )
    with pytest.raises(ActivityFailedException, match="the data has no rows"):
        run.wait_for_completion()
    assert run.get_details()["error"]["error"]["code"] == "NoData"
    assert run.get_metrics() == {"after": 1}
    with pytest.raises(ModelPathNotFoundException, match="The run is Failed"):
        run.register_model("iris", "outputs/model.pkl")
