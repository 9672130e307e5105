"""Waiting for pipelines and steps, with what v1 prints meanwhile."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aml_nb.core.interrupting import only_waiting
from aml_nb.core.pipelines import states
from aml_nb.core.runs.waiting import _Stream, failed
from aml_nb.errors import ExperimentExecutionException

if TYPE_CHECKING:
    from aml_nb.core.pipelines.pipeline_run import PipelineRun
    from aml_nb.core.pipelines.step_run import StepRun

_FIRST_S, _SLOWEST_S = 0.02, 0.25


class Clock:
    """How long may still be waited."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + float(seconds)
        self._pause = _FIRST_S

    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._until

    def wait(self) -> None:
        """Wait a little; longer each time."""
        time.sleep(max(0.0, min(self._pause, self._until - time.monotonic())))
        self._pause = min(self._pause * 1.3, _SLOWEST_S)

    def again(self) -> None:
        """Something has happened: look again soon."""
        self._pause = _FIRST_S

    def left(self) -> float:
        """The seconds that are left."""
        return max(0.0, self._until - time.monotonic())


def pipeline(run: PipelineRun, show_output: bool, timeout_seconds: float, raise_on_error: bool) -> str:
    """As ``PipelineRun.wait_for_completion`` says; interrupting it leaves the run alone."""
    again = "pipeline_run.wait_for_completion(show_output=True), or pipeline_run.cancel()"
    try:
        with only_waiting("the pipeline", again):
            return _pipeline(run, show_output, timeout_seconds, raise_on_error)
    except KeyboardInterrupt:
        if not show_output:
            raise
        raise ExperimentExecutionException(
            "The output streaming for the run interrupted.\nBut the run is still executing on the compute target.",
            hint="pipeline_run.cancel() ends it; pipeline_run.wait_for_completion(show_output=True) shows it again",
        ) from None


def _pipeline(run: PipelineRun, show_output: bool, timeout_seconds: float, raise_on_error: bool) -> str:
    clock, write = Clock(timeout_seconds), _writer(show_output)
    write(f"PipelineRunId: {run.id}\nLink to Azure Machine Learning Portal: {run.get_portal_url()}\n")
    last, shown = None, set[str]()
    while True:
        over = run._over()
        state = run.get_status()
        if state != last and state not in states.TERMINAL:
            write(f"PipelineRun Status: {state}\n")
            last = state
            clock.again()
        for step in _new_steps(run, shown):
            clock.again()
            step_run(step, show_output, clock.left(), False)
        if over or clock.over():
            break
        clock.wait()
    return _conclude(run, write, over, timeout_seconds, raise_on_error)


def _conclude(
    run: PipelineRun, write: Callable[[str], None], over: bool, timeout_seconds: float, raise_on_error: bool
) -> str:
    state = run.get_status()
    if not over:
        write(f"Timed out of waiting, status:{state}. {timeout_seconds:g} seconds are over; the pipeline goes on.\n")
        return state
    _summary(write, "PipelineRun Execution Summary", f"PipelineRun Status: {state}", run.get_details())
    if raise_on_error and state == states.FAILED:
        raise failed(run._look())
    return state


def _new_steps(run: PipelineRun, shown: set[str]) -> list[StepRun]:
    """The steps that began since the last look, in the order in which they did."""
    steps = [step for step in run._steps_by_time() if step.id not in shown]
    shown.update(step.id for step in steps)
    return steps


def step_run(step: StepRun, show_output: bool, timeout_seconds: float, raise_on_error: bool) -> str:
    """As ``StepRun.wait_for_completion`` says."""
    clock, write = Clock(timeout_seconds), _writer(show_output)
    title = f"StepRun( {step.name} )"
    write(f"\n\nStepRunId: {step.id}\nLink to Azure Machine Learning Portal: {step.get_portal_url()}\n")
    if step._reused_from():
        write(f"{title} Status: {states.FINISHED}\nNot run again: this is the output of run {step._reused_from()}.\n")
        return _told(step, write, raise_on_error)
    stream = _Stream(step._folder.logs)
    last = None
    while True:
        over = step._over()
        state = step.get_status()
        if state != last and state not in states.TERMINAL:
            write(f"{title} Status: {state}\n")
            last = state
            clock.again()
        if show_output and stream._step(over):
            clock.again()
        if over or clock.over():
            break
        clock.wait()
    return _told(step, write, raise_on_error)


def _told(step: StepRun, write: Callable[[str], None], raise_on_error: bool) -> str:
    state = step.get_status()
    title = f"StepRun( {step.name} )"
    _summary(write, f"StepRun({step.name}) Execution Summary", f"{title} Status: {state}", step.get_details())
    if raise_on_error and state == states.FAILED:
        raise failed(step._look())
    return state


def _summary(write: Callable[[str], None], title: str, status: str, details: dict[str, Any]) -> None:
    write(f"\n{title}\n{'=' * len(title)}\n{status}\n")
    warnings = details.get("warnings")
    if warnings:
        write(f"\nWarnings:\n{json.dumps(warnings, indent=4)}\n")
    error = details.get("error")
    if error:
        write(f"\nError:\n{json.dumps(error, indent=4)}\n")
    kept = {key: value for key, value in details.items() if key not in ("runDefinition", "warnings", "error")}
    write(f"{kept!r}\n\n")


def _writer(show: bool) -> Callable[[str], None]:
    def write(text: str) -> None:
        if show:
            sys.stdout.write(text)
            sys.stdout.flush()

    return write
