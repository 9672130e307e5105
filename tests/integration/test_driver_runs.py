"""Runs that are functions of ours: how they end, and how they are ended."""

from __future__ import annotations

import json
from typing import Any

import psutil
import pytest

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.run import Run
from aml_nb.core.runs.submitting import submit_driver
from aml_nb.core.workspace import Workspace

from .test_script_runs import gone, log_of, until

LOG = "azureml-logs/driver.txt"


def begin(ws: Workspace, do: str, **more: Any) -> Run:
    experiment = Experiment(ws, "drivers")
    payload = {"do": do, **more.pop("payload", {})}
    return submit_driver(experiment, "tests.integration.drive_for_tests", payload, run_type="test.driver", **more)


def test_a_function_logs_and_completes(ws: Workspace) -> None:
    run = begin(ws, "log", payload={"value": 3}, tags={"a": "b"}, target="cpu", run_payload={"mine": 1})
    details = run.wait_for_completion()
    assert (details["status"], details["target"]) == ("Completed", "cpu")
    assert run.get_metrics() == {"value": 3} and run.get_tags() == {"a": "b"} and run.type == "test.driver"
    assert log_of(run, LOG).startswith(f"driving {run.id} ") and LOG in run.get_file_names()
    assert run._look().payload["mine"] == 1


@pytest.mark.parametrize(
    "do, message, hint",
    [("raise", "The space is empty.", "give it something"), ("fall over", "ZeroDivisionError: by zero", None)],
)
def test_what_it_raises_is_the_runs_error(ws: Workspace, do: str, message: str, hint: str | None) -> None:
    run = begin(ws, do)
    error = run.wait_for_completion(raise_on_error=False)["error"]["error"]
    assert (error["message"], error.get("hint")) == (message, hint)
    assert message in log_of(run, LOG) and (hint or "") in log_of(run, LOG)
    assert ("Traceback" in log_of(run, LOG)) == (hint is None), "our frames, though the mistake is the user's"


def test_it_is_told_when_it_is_cancelled(ws: Workspace) -> None:
    run = begin(ws, "wait")
    until(lambda: "driving" in log_of(run, LOG))
    run.cancel()
    assert run.wait_for_completion()["status"] == "Canceled"


def test_a_thread_that_stays_does_not_hold_the_run(ws: Workspace) -> None:
    assert begin(ws, "leave a thread").wait_for_completion()["status"] == "Completed"


def test_one_that_does_not_listen_is_ended(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_NB_DRIVER_GRACE_SECONDS", "0.2")
    run = begin(ws, "hang")
    until(lambda: log_of(run, LOG).count("\n") == 2)
    run.cancel()
    assert run.wait_for_completion()["status"] == "Canceled"
    until(lambda: gone(int(log_of(run, LOG).split()[-1])))


def test_one_that_is_killed_has_failed_with_its_last_lines(ws: Workspace) -> None:
    run = begin(ws, "hang")
    until(lambda: log_of(run, LOG).count("\n") == 2)
    psutil.Process(json.loads((run._folder.path / "keeper.json").read_text())["pid"]).kill()
    until(lambda: run.get_status() == "Failed")
    assert "driving" in run.get_details()["error"]["error"]["message"]
    until(lambda: gone(int(log_of(run, LOG).split()[-1])))
