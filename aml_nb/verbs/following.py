"""Follow a pipeline or a batch while it goes on: a card that changes in a notebook, lines in a terminal."""

from __future__ import annotations

import sys
import time
import uuid
from typing import TYPE_CHECKING, Any, TextIO

from aml_nb.display.pipelines import StepFacts, StepsView, step_of_run, steps_of_run
from aml_nb.display.run_words import error_of, name_of
from aml_nb.errors import AmlError, ExperimentExecutionException
from aml_nb.verbs import MAGIC

if TYPE_CHECKING:
    from aml_nb.verbs.context import Context

_FIRST_S, _SLOWEST_S = 0.02, 0.25
_SAID_S = 10.0


def follow(context: Context, run: Any, verb: str = "pipeline") -> None:
    """Show how a run goes on until it is over.

    Parameters
    ----------
    run : of a pipeline, or of one step.
    verb : the magic that looks after it, for hints.

    Raises
    ------
    ActivityFailedException : it failed.
    ExperimentExecutionException : the waiting was interrupted; the run goes on.
    """
    show = _shower(context)
    pause = _FIRST_S
    try:
        while True:
            over = run._over()
            record = run._look()
            if show(view_of(run.experiment.workspace, record), over):
                pause = _FIRST_S
            if over:
                break
            time.sleep(pause)
            pause = min(pause * 1.3, _SLOWEST_S)
    except KeyboardInterrupt:
        raise ExperimentExecutionException(
            f"{run.id} goes on; only the waiting was interrupted.",
            hint=f"%{verb} status shows how far it is, {_cancel(verb, run.id)} ends it",
        ) from None
    if record.status in ("Failed", "NotResponding"):
        raise _failed(record, verb)


def view_of(workspace: Any, record: Any) -> StepsView:
    """A pipeline's run with its steps, or a step's run alone, as it is now."""
    from aml_nb.core.pipelines import states

    graph = record.payload.get("pipeline")
    steps = steps_of_run(workspace, record) if graph else [step_of_run(workspace, record)]
    return StepsView(name_of(record), states.of_pipeline(record.status), steps, error_of(record))


def _failed(record: Any, verb: str) -> AmlError:
    from aml_nb.core.runs.waiting import failed

    error = failed(record)
    if verb == "batch":
        error.hint = "%batch errors says what failed; %batch resume goes on where it was"
    elif "get_all_logs" in (error.hint or ""):
        error.hint = f"%pipeline status {record.run_id}, %runs logs RUN of a step"
    return error


def _cancel(verb: str, run_id: str) -> str:
    return "%batch cancel" if verb == "batch" else f"%runs cancel {run_id}"


class _Nothing:
    """Shows nothing: the answer is JSON."""

    def __call__(self, view: StepsView, over: bool) -> bool:
        return False


class _Lines:
    """Lines in a terminal: a step's states, and its progress, in place where the terminal can."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._in_place = stream, stream.isatty()
        self._states: dict[str, str] = {}
        self._said, self._width, self._last = time.monotonic(), 0, ""

    def __call__(self, view: StepsView, over: bool) -> bool:
        """Say what is new; whether a step's state was."""
        changed = False
        for step in view.steps:
            if step.state not in ("", "NotStarted", self._states.get(step.name)):
                self._states[step.name] = step.state
                self._line(_sentence(step))
                changed = True
        going = next((step.progress for step in view.steps if step.progress and step.state == "Running"), "")
        if going and going != self._last:
            self._progress(going)
        if over and self._in_place:
            self._clear()
        return changed

    def _line(self, said: str) -> None:
        self._clear()
        self._stream.write(f"{said}\n")
        self._stream.flush()

    def _progress(self, said: str) -> None:
        if self._in_place:
            self._stream.write(f"\r{said.ljust(self._width)}")
            self._stream.flush()
            self._width, self._last = len(said), said
        elif time.monotonic() - self._said >= _SAID_S:
            self._said, self._last = time.monotonic(), said
            self._line(said)

    def _clear(self) -> None:
        if self._width:
            self._stream.write(f"\r{' ' * self._width}\r")
            self._width = 0


class _Page:
    """One output of a cell, which is replaced as the run goes on."""

    def __init__(self, publisher: Any) -> None:
        self._publisher, self._id = publisher, uuid.uuid4().hex
        self._shown: dict[str, str] = {}
        self._states: list[str] = []

    def __call__(self, view: StepsView, over: bool) -> bool:
        page = view._repr_mimebundle_()
        if page != self._shown:
            transient = {"display_id": self._id}
            self._publisher.publish(page, {}, transient=transient, update=bool(self._shown))
            self._shown = page
        states = [step.state for step in view.steps]
        changed, self._states = states != self._states, states
        return changed


def _shower(context: Context) -> Any:
    if context.quiet:
        return _Nothing()
    if context.surface != MAGIC:
        return _Lines(sys.stderr)
    from IPython import get_ipython

    shell: Any = get_ipython()
    if getattr(shell, "kernel", None) is not None:
        return _Page(shell.display_pub)
    return _Lines(sys.stdout)


def _sentence(step: StepFacts) -> str:
    said = step.progress if step.state not in ("Queued", "Running") else ""
    return (
        f"{step.name}: {step.state}{f' after {step.took}' if said and step.took else ''}{f', {said}' if said else ''}"
    )
