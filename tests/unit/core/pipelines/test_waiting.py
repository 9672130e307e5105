"""Waiting for pipelines: the states in v1's words, and what is printed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb.core.pipelines import states, waiting
from aml_nb.core.runs import status as runs
from aml_nb.errors import ActivityFailedException, ExperimentExecutionException

STEP_WORDS = {"NotStarted", "Queued", "Running", "Finished", "Failed", "Canceled"}


class Pipeline:
    """A pipeline run that is as ``history`` says at each look."""

    def __init__(self, *history: str, error: str = "it broke") -> None:
        self.id = "the-run"
        self._history = list(history)
        self._record = SimpleNamespace(run_id=self.id, payload={"error": {"error": {"message": error}}})

    def get_portal_url(self) -> str:
        return "file:///run"

    def get_details(self) -> dict[str, Any]:
        return {"runId": self.id, "runDefinition": "long", "warnings": ["be warned"]}

    def get_status(self) -> str:
        state = self._history.pop(0) if len(self._history) > 1 else self._history[0]
        if state == "interrupt":
            raise KeyboardInterrupt
        return state

    def _steps_by_time(self) -> list[Any]:
        return []

    def _over(self) -> bool:
        return self._history[0] in states.TERMINAL

    def _look(self) -> Any:
        return self._record


def test_every_status_of_a_run_has_a_word_for_pipelines_and_steps() -> None:
    assert {states.of_step(status) for status in runs.ALL} == STEP_WORDS
    assert {states.of_pipeline(status) for status in runs.ALL} == STEP_WORDS - {"Queued"}
    for status in runs.ALL:
        over = status in runs.OVER
        assert (states.of_step(status) in states.TERMINAL) == (states.of_pipeline(status) in states.TERMINAL) == over


def test_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    run: Any = Pipeline("NotStarted", "Running", "Running", "Finished")
    assert waiting.pipeline(run, True, 60, True) == "Finished"
    assert capsys.readouterr().out == (
        "PipelineRunId: the-run\n"
        "Link to Azure Machine Learning Portal: file:///run\n"
        "PipelineRun Status: NotStarted\n"
        "PipelineRun Status: Running\n"
        "\nPipelineRun Execution Summary\n"
        "=============================\n"
        "PipelineRun Status: Finished\n"
        '\nWarnings:\n[\n    "be warned"\n]\n'
        "{'runId': 'the-run'}\n\n"
    )
    run = Pipeline("Running", "Finished")
    assert waiting.pipeline(run, False, 60, True) == "Finished"
    assert capsys.readouterr().out == ""


def test_a_failure_is_raised_or_told() -> None:
    run: Any = Pipeline("Failed")
    with pytest.raises(ActivityFailedException, match="it broke"):
        waiting.pipeline(run, False, 60, True)
    assert waiting.pipeline(run, False, 60, False) == "Failed"


def test_waiting_ends_before_the_pipeline_does(capsys: pytest.CaptureFixture[str]) -> None:
    run: Any = Pipeline("Running")
    assert waiting.pipeline(run, True, 0.05, True) == "Running"
    assert "Timed out of waiting, status:Running" in capsys.readouterr().out


def test_interrupting_leaves_the_pipeline_alone() -> None:
    run: Any = Pipeline("Running", "interrupt")
    with pytest.raises(ExperimentExecutionException, match="still executing"):
        waiting.pipeline(run, True, 60, True)
    with pytest.raises(KeyboardInterrupt):
        waiting.pipeline(Pipeline("Running", "interrupt"), False, 60, True)  # type: ignore[arg-type]
