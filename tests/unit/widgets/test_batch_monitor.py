"""The panel of a batch: its counts as traits, what failed, and its end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aml_nb.core.pipelines.parallel import progress
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace
from aml_nb.engines.batch.spec import ERRORS_FILE, PROGRESS_FILE
from aml_nb.errors import UserErrorException
from aml_nb.widgets import BatchMonitor

BAD = "<script>alert(1)</script>"
COUNTS = {"done": 3, "failed": 1, "batches": 8, "items": 20, "items_failed": 5, "items_total": 40, "rate": 2.5}


def step(ws: Workspace, status: str = "Running", name: str = BAD) -> Any:
    """The run of a parallel step, with a job in its folder."""
    experiment = Experiment(ws, "batch")
    record = RunRecord(
        run_id="step-1",
        experiment="batch",
        experiment_id=experiment.id,
        status=status,
        run_type="azureml.StepRun",
        display_name=name,
        payload={progress.OWNER: "step-1"},
    )
    RunRecords(ws._store).create(record)
    folder = progress.job_folder(ws, "step-1")
    folder.mkdir(parents=True)
    told = {**COUNTS, "retries": 2, "rows": 15, "seconds": 8.0, "seconds_left": 70.0, "status": "Running"}
    (folder / PROGRESS_FILE).write_text(json.dumps(told))
    failed = {"mini_batch": 4, "files": ["/data/<b>1.csv"], "message": BAD, "file": "s.py", "line": 3, "final": True}
    (folder / ERRORS_FILE).write_text(json.dumps(failed) + "\n")
    return Run.get(ws, "step-1")


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that no process holds would be found out as failed."""
    monkeypatch.setattr("aml_nb.core.runs.watch.settle", lambda workspace, record: record)
    monkeypatch.setattr("aml_nb.core.runs.watch.look", lambda ws, run_id: RunRecords(ws._store).get(run_id))


@pytest.mark.usefixtures("alive")
def test_counts_are_synced_traits_and_failures_have_file_names(ws: Workspace) -> None:
    monitor = BatchMonitor(step(ws))
    box = monitor.widget
    told = {"status": "Running", "done": 3, "failed": 1, "total": 8, "items": 20, "rate": 2.5, "seconds_left": 70.0}
    for name, value in told.items():
        assert box.trait_metadata(name, "sync"), name
        assert getattr(box, name) == value
    panel: Any = monitor._now().panel()
    page = panel._head.value + panel._errors.value
    assert BAD not in page and page.count("&lt;script&gt;") >= 2
    assert "&lt;b&gt;1.csv" in page
    assert "1 min 10 s left" in page
    assert BAD not in monitor._repr_html_() and "<b>1.csv" in repr(monitor)


@pytest.mark.usefixtures("alive")
def test_new_counts_are_seen_and_the_end_is(ws: Workspace) -> None:
    run = step(ws)
    subject: Any = BatchMonitor(run)._now().subject
    panel = subject.panel()
    assert subject.refresh() == set()
    path = progress.job_folder(ws, "step-1") / PROGRESS_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "done": 7, "failed": 2}))
    (progress.job_folder(ws, "step-1") / ERRORS_FILE).unlink()
    changed = subject.refresh()
    assert changed == {"head", "errors"} and not subject.over
    panel.update(changed)
    assert (panel.box.done, panel.box.failed) == (7, 2)
    assert RunRecords(ws._store).transition("step-1", "Completed")
    assert subject.refresh() == {"head"} and subject.over
    panel.close()


@pytest.mark.usefixtures("alive")
def test_it_is_stopped_after_a_question(ws: Workspace) -> None:
    monitor = BatchMonitor(step(ws))
    panel: Any = monitor._now().panel()
    panel.cancel.click()
    assert "it can be resumed" in panel.question._words.value and BAD not in panel.question._words.value
    panel.question._yes.click()
    panel.worker.join(20)
    record = RunRecords(ws._store).get("step-1")
    assert record is not None and record.status in ("CancelRequested", "Canceled")


def test_only_batches_are_monitored(ws: Workspace) -> None:
    with pytest.raises(UserErrorException, match="not str"):
        BatchMonitor("run")
    with pytest.raises(UserErrorException, match="scores no mini-batches"):
        BatchMonitor(Experiment(ws, "iris").start_logging(snapshot_directory=None))
