"""``RunDetails`` in a real kernel, in a plain IPython, and in no IPython at all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.pipelines.parallel import progress
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException
from aml_nb.widgets import ParallelRunStepDetails, RunDetails, following, panel
from aml_nb.widgets.run_subject import RunSubject
from aml_nb.widgets.showing import kept
from tests.kernels import Kernel
from tests.loud_shell import loud_shell

BAD = "<script>alert(1)</script>"


@pytest.fixture
def run(ws: Workspace) -> Any:
    return Experiment(ws, "iris").start_logging(snapshot_directory=None)


@pytest.fixture
def kernel(ws: Workspace, tmp_path: Path) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path)
    kernel.run(
        "from aml_nb import alias; alias.enable_here()\n"
        "from azureml.core import Experiment, Workspace\n"
        "from azureml.widgets import RunDetails\n"
        f"ws = Workspace.get({ws.name!r}); run = Experiment(ws, 'iris').start_logging(snapshot_directory=None)"
    )
    yield kernel
    kernel.stop()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_panel_follows_the_run_and_leaves_a_page_in_the_cell(kernel: Kernel) -> None:
    kernel.run(f"run.display_name = {BAD!r}; RunDetails(run).show()")
    assert panel.VIEW in kernel.output()
    assert "Running" in kernel.output()["text/html"]
    kernel.run("for n in range(20): run.log('loss', 1 / (n + 1))\nrun.log('<b>bold</b>', 1)")
    kernel.until(lambda: "<title>loss</title>" in kernel.page())
    kernel.run("run.child_run('fold-1').complete()")
    kernel.until(lambda: "fold-1" in kernel.page())
    assert BAD not in kernel.page() and "&lt;script&gt;" in kernel.page()
    assert "<b>bold</b>" not in kernel.page()
    kernel.run("run.complete()")
    kernel.until(lambda: panel.VIEW not in kernel.output())
    left = kernel.output()
    assert "Completed" in left["text/html"] and "fold-1" in left["text/plain"]
    assert BAD not in left["text/html"]
    kernel.until(lambda: len(kernel.closed) >= 5)
    kernel.run("import threading; print([t.name for t in threading.enumerate() if 'aml-nb-panel' in t.name])")
    assert kernel.printed.endswith("[]\n")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_kernel_without_ipywidgets_refreshes_the_page_and_a_closed_panel_is_left_alone(kernel: Kernel) -> None:
    kernel.run("import sys; sys.modules['ipywidgets'] = None; RunDetails(run).show()")
    assert set(kernel.output()) == {"text/plain", "text/html"}
    kernel.run("run.log('auc', 0.25)")
    kernel.until(lambda: "0.25" in kernel.output()["text/html"])
    kernel.run(
        "del sys.modules['ipywidgets']; RunDetails(run).show()\nimport ipywidgets\nipywidgets.Widget.close_all()"
    )
    kernel.run("RunDetails(run).show()")
    kernel.close(next(data[panel.VIEW]["model_id"] for data in reversed(kernel.outputs.values()) if panel.VIEW in data))
    kernel.run(
        "import threading, time\nend = time.time() + 30\n"
        "def left(): return [t for t in threading.enumerate() if 'aml-nb-panel' in t.name]\n"
        "while len(left()) > 1 and time.time() < end: time.sleep(0.1)\nprint(len(left()))"
    )
    assert kernel.printed.endswith("1\n")


def test_a_plain_ipython_shows_the_run_as_it_stands(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    with loud_shell() as shell:
        monkeypatch.setattr("IPython.get_ipython", lambda: shell)
        published: list[dict[str, Any]] = []
        monkeypatch.setattr(shell.display_pub, "publish", lambda data, *_, **__: published.append(data))
        details = RunDetails(run)
        assert details.show() is None
    (data,) = published
    assert set(data) == {"text/plain", "text/html"} and run.id in data["text/plain"]


def test_outside_ipython_it_is_printed(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run.log("accuracy", 0.9)
    RunDetails(run).show(render_lib=None, widget_settings={"debug": True})
    said = capsys.readouterr().out
    assert run.id in said and "accuracy" in said and "Running" in said


def test_the_data_of_the_panel_has_v1s_keys(run: Any) -> None:
    run.log("loss", 2.0)
    run.log("loss", 1.0)
    run.complete()
    data = RunDetails(run).get_widget_data({"log_level": "DEBUG"})
    assert data["status"] == "Completed" and data["run_id"] == run.id
    assert data["run_metrics"] == [
        {"name": "loss", "run_id": run.id, "categories": [0, 1], "series": [{"data": [2.0, 1.0]}]}
    ]
    assert data["run_properties"]["run_number"] == 1
    assert data["widget_settings"]["log_level"] == "DEBUG"


def test_only_runs_have_details(run: Any) -> None:
    with pytest.raises(UserErrorException, match="shows a run, not str"):
        RunDetails("run")


def _parallel(ws: Workspace, name: str, **facts: Any) -> Any:
    """The run of a parallel step, with a job in its folder."""
    records = RunRecords(ws._store)
    run_id = f"step-{name}-{len(facts)}"
    payload = {progress.OWNER: run_id}
    experiment = Experiment(ws, "batch")
    records.create(
        RunRecord(
            run_id=run_id,
            experiment="batch",
            experiment_id=experiment.id,
            parent_id=facts.get("parent"),
            status="Completed",
            run_type="azureml.StepRun",
            display_name=name,
            payload=payload,
        )
    )
    folder = progress.job_folder(ws, run_id)
    folder.mkdir(parents=True)
    counts = {"done": 3, "failed": 1, "batches": 8, "items": 20, "items_failed": 5, "items_total": 40, "rate": 2.5}
    told = {**counts, "retries": 2, "rows": 15, "seconds": 8.0, "seconds_left": 70.0, "status": "Running"}
    (folder / "progress.json").write_text(json.dumps(told))
    return Run.get(ws, run_id)


def test_a_parallel_step_shows_how_far_it_is(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    step = _parallel(ws, "score")
    details = ParallelRunStepDetails(step)
    assert details.step_run.id == step.id
    details.show()
    assert "3 of 8 mini-batches, 20 of 40 items, 1 mini-batch and 5 items failed, 2 tried again" in (
        capsys.readouterr().out
    )
    found = progress.read(ws, step._look())
    assert found is not None and progress.share(found) == 0.5
    assert progress.sentence(found, over=False).endswith("2 items/s, 1 min 10 s left")


def test_the_parallel_step_of_a_pipelines_run_is_found(ws: Workspace, run: Any) -> None:
    first, second = (_parallel(ws, name, parent=run.id) for name in ("score", "again"))
    assert ParallelRunStepDetails(run, step_name="again").step_run.id == second.id
    assert ParallelRunStepDetails(workspace=ws, run_id=run.id, step_name="score").step_run.id == first.id
    assert ParallelRunStepDetails(workspace=ws, step_run_id=first.id).step_run.id == first.id
    with pytest.raises(UserErrorException, match="'score', 'again'|'again', 'score'"):
        ParallelRunStepDetails(run)
    with pytest.raises(UserErrorException, match="parallel steps are: none"):
        ParallelRunStepDetails(Experiment(ws, "iris").start_logging(snapshot_directory=None))
    with pytest.raises(UserErrorException, match="not NoneType"):
        ParallelRunStepDetails()


class Recorded:
    """A view that keeps what it is shown."""

    closed = unseen = False

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.ended: list[Any] = []

    def update(self, changed: set[str]) -> None:
        self.seen.append(changed)

    def finish(self, error: Any) -> None:
        self.ended.append(error)


def followed(run: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[following.Follower, Recorded]:
    monkeypatch.setattr(following, "LEAST_PAUSE", 0.01)
    monkeypatch.setattr(following, "LONGEST_PAUSE", 0.02)
    view = Recorded()
    follower = following.Follower(RunSubject(RunDetails(run)._facts()), view)
    follower.start()
    return follower, view


def test_the_end_of_the_run_ends_the_following(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    follower, view = followed(run, monkeypatch)
    run.log("loss", 1.0)
    run.complete()
    follower.join(10)
    assert not follower.is_alive() and view.ended == [None]


def test_a_run_that_is_deleted_meanwhile_is_said(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    follower, view = followed(run, monkeypatch)
    run._records.remove(run.id)
    follower.join(10)
    assert not follower.is_alive()
    (error,) = view.ended
    assert "not found" in str(error)
    assert "not found" in kept(follower._followed, error)["text/html"]


def test_nothing_is_imported_before_a_panel_is_shown() -> None:
    heavy = {"ipywidgets", "IPython", "sqlalchemy"}
    code = f"import sys, aml_nb.widgets as w; w.RunDetails; print({heavy!r} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
