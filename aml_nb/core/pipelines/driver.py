"""The run of a pipeline: starts each step when what it waits for is over, side by side where it can."""

from __future__ import annotations

import os
import time
import uuid
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import reuse
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.executing import Resolved, executor
from aml_nb.core.pipelines.graph import Graph, Node
from aml_nb.core.pipelines.resolving import Outputs, Scene, outputs_of, register_outputs, resolve
from aml_nb.core.pipelines.step_data import StepData
from aml_nb.core.pipelines.step_records import StepRecords
from aml_nb.core.runs import status as states
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecords, told
from aml_nb.core.runs.watch import look
from aml_nb.errors import AmlError

if TYPE_CHECKING:
    from threading import Event

    from aml_nb.core.runs.run import Run

_FIRST_S, _SLOWEST_S = 0.02, 0.2
_GRACE_S = 20.0
_MOST_HERE = max(4, os.cpu_count() or 1)
"""Steps at once on ``local``: this machine has no queue of its own."""
_FINISHED, _FAILED, _SKIPPED = "finished", "failed", "skipped"


def drive(run: Run, payload: dict[str, Any], cancelled: Event) -> None:
    """Run the pipeline in ``payload``: ``graph``, ``values``, ``continue_on_step_failure``, ``regenerate_outputs``.

    Raises
    ------
    PipelineError : a step failed.
    """
    driver = Driver(run, payload, cancelled)
    try:
        driver.go()
    finally:
        driver.data.close()


class Driver:
    """One pipeline run; what executors see of it is ``executing.DriverContext``."""

    def __init__(self, run: Run, payload: dict[str, Any], cancelled: Event) -> None:
        self.workspace = run.experiment.workspace
        self.experiment = run.experiment
        self.run_id = run.id
        self.graph = Graph.from_dict(payload["graph"])
        self.values: dict[str, Any] = payload["values"]
        self.cancelled = cancelled
        self.data = StepData(self.workspace, RunFolder(self.workspace, self.run_id).path / "steps")
        self._go_on = bool(payload["continue_on_step_failure"])
        self._regenerate = bool(payload["regenerate_outputs"])
        self._records = StepRecords(self.experiment, self.run_id)
        self._types = {name: parameter.type for name, parameter in self.graph.parameters.items()}
        self._state: dict[str, str] = {}
        self._running: dict[str, tuple[Node, Resolved, str | None]] = {}
        self._written: dict[str, Outputs] = {}
        self._contents: dict[str, str] = {}
        self._errors: list[tuple[Node, dict[str, Any]]] = []

    def go(self) -> None:
        """Run all steps that can be run.

        Raises
        ------
        PipelineError : a step failed.
        """
        pause = _FIRST_S
        while not self.cancelled.is_set() and (self._go_on or not self._errors):
            moved = self._begin_ready() | self._end_over()
            if not self._running and not moved:
                break
            pause = _FIRST_S if moved else min(pause * 1.3, _SLOWEST_S)
            if not moved:
                self.cancelled.wait(pause)
        self._stop_all()
        if self._errors and not self.cancelled.is_set():
            raise self._failure()

    def source(self, snapshot_id: str) -> str:
        """The folder with the files of a snapshot."""
        return self.data.source(snapshot_id)

    def folder_of(self, resolved: Resolved, output: str) -> str:
        """A local folder with what an output is: where it lies, or one that is uploaded when the step is over."""
        return self.data.folder_of(resolved, output)

    def _begin_ready(self) -> bool:
        """Start the steps that wait for nothing any more; whether anything changed."""
        moved = False
        for node in self.graph.nodes:
            if node.id in self._state or node.id in self._running or self.cancelled.is_set():
                continue
            before = [self._state.get(each) for each in node.before()]
            if any(state in (_FAILED, _SKIPPED) for state in before):
                self._state[node.id] = _SKIPPED
                print(f"Step [{node.name}] is not run: a step that it waits for failed.")
                moved = True
            elif all(state == _FINISHED for state in before) and self._may_begin(node):
                self._begin(node)
                moved = True
        return moved

    def _may_begin(self, node: Node) -> bool:
        """Whether nothing speaks against another step now; a cluster sees to its nodes by itself."""
        if self._errors and not self._go_on:
            return False
        here = [each for each, _, _ in self._running.values() if _is_here(each)]
        return not _is_here(node) or len(here) < _MOST_HERE

    def _begin(self, node: Node) -> None:
        """Start a step, or take the outputs of an earlier run of it."""
        run_id = str(uuid.uuid4())
        facts = self._records.facts(node, run_id)
        try:
            resolved = resolve(Scene(self.workspace, self.values, self._types, self._written), node, run_id, facts)
            known = reuse.key(self.workspace, node, resolved, self._contents) if node.allow_reuse else None
            if known is not None and not self._regenerate and self._reused(node, resolved, known):
                return
            print(f"Step [{node.name}] starts: run {run_id}.")
            executor(node.kind).start(self, node, resolved)
            self._records.note(node, run_id, outputs_of(node, run_id), None, known)
        except Exception as error:
            what = _told(error)
            self._records.failed(node, facts, what)
            self._fail(node, what)
            return
        self._running[node.id] = (node, resolved, known)

    def _reused(self, node: Node, resolved: Resolved, known: str) -> bool:
        """Take the outputs of an earlier run of the same step, if there is one."""
        earlier_id = reuse.recall(self.workspace, known)
        earlier = reuse.usable(self.workspace, earlier_id) if earlier_id else None
        if earlier is None:
            return False
        origin = self._records.reused(node, resolved, earlier)
        print(f"Step [{node.name}] is not run again: nothing has changed since the run {origin}.")
        register_outputs(self.workspace, node, earlier["outputs"])
        self._finished(node, earlier["outputs"], earlier["contents"])
        return True

    def _end_over(self) -> bool:
        """Take note of the steps that are over; whether there were any."""
        moved = False
        for node, resolved, known in list(self._running.values()):
            record = look(self.workspace, resolved.run_id)
            if not record.over or RunFolder(self.workspace, resolved.run_id).alive():
                continue
            moved = True
            del self._running[node.id]
            if record.status == states.COMPLETED:
                self._complete(node, resolved, known)
            else:
                word = "was cancelled" if record.status == states.CANCELED else "failed"
                self._fail(node, record.payload.get("error") or told(f"Its run {resolved.run_id} {word}."))
        return moved

    def _complete(self, node: Node, resolved: Resolved, known: str | None) -> None:
        """Keep what a step wrote; then those that read it may start."""
        from aml_nb.core.runs.run import Run

        try:
            finish = getattr(executor(node.kind), "finish", None)
            if finish is not None:
                finish(self, node, Run.get(self.workspace, resolved.run_id), resolved)
            self.data.upload(resolved.run_id)
            outputs = outputs_of(node, resolved.run_id, self._records.linked(resolved.run_id))
            contents = reuse.contents(self.workspace, outputs)
            register_outputs(self.workspace, node, outputs)
        except Exception as error:
            self._fail(node, _told(error))
            return
        self._records.note(node, resolved.run_id, outputs, contents)
        if known is not None:
            reuse.remember(self.workspace, known, resolved.run_id)
        reuse.remember(self.workspace, node.module_id, resolved.run_id)
        self._finished(node, outputs, contents)

    def _finished(self, node: Node, outputs: Outputs, contents: dict[str, str]) -> None:
        self._state[node.id] = _FINISHED
        self._written[node.id] = outputs
        self._contents.update({f"{node.id}/{name}": content for name, content in contents.items()})

    def _fail(self, node: Node, error: dict[str, Any]) -> None:
        self._state[node.id] = _FAILED
        self._errors.append((node, error))
        print(f"Step [{node.name}] failed: {_message(error)}")

    def _failure(self) -> PipelineError:
        """All steps that failed, and which were not run for that."""
        lines = [f"Step [{node.name}] failed: {_message(error)}" for node, error in self._errors]
        left = [node.name for node in self.graph.nodes if self._state.get(node.id) in (_SKIPPED, None)]
        if left:
            lines.append(f"Not run, or ended, for that: {', '.join(left)}.")
        hint = next((error["error"]["hint"] for _, error in self._errors if error["error"].get("hint")), None)
        first = self._errors[0][0].name
        return PipelineError(
            "\n".join(lines), hint=hint or f"pipeline_run.find_step_run({first!r})[0].get_details_with_logs()"
        )

    def _stop_all(self) -> None:
        """End the steps that are going, and wait for them."""
        from aml_nb.core.runs.ending import ask_to_end

        going = [resolved.run_id for _, resolved, _ in self._running.values()]
        for run_id in going:
            record = RunRecords(self.workspace._store).get(run_id)
            if record is not None:
                ask_to_end(self.workspace, record)
        until = time.monotonic() + _GRACE_S
        while time.monotonic() < until and not all(look(self.workspace, run_id).over for run_id in going):
            time.sleep(_FIRST_S)


def _is_here(node: Node) -> bool:
    return (node.target or "local").lower() == "local"


def _told(error: Exception) -> dict[str, Any]:
    """An error as a run's details have it."""
    what = told(error.message if isinstance(error, AmlError) else f"{type(error).__name__}: {error}")
    if getattr(error, "hint", None):
        what["error"]["hint"] = error.hint  # type: ignore[attr-defined]
    return what


def _message(error: dict[str, Any]) -> str:
    return str((error.get("error") or {}).get("message") or "it failed")
