"""``ParallelRunStepDetails``: the panel of a parallel run step, live while it scores."""

from __future__ import annotations

from typing import Any

from aml_nb.errors import UserErrorException
from aml_nb.widgets.run_details import RunDetails


class ParallelRunStepDetails:
    """Shows a step that scores mini-batches: how far it is, its errors and logs.

    Parameters
    ----------
    run_instance : the step's run, or the pipeline's.
    step_name : which step of the pipeline's run; its only parallel step when left out.
    workspace, run_id : the pipeline's run by its id, in place of ``run_instance``.
    step_run_id : the step's run by its id, in ``workspace``.

    Raises
    ------
    UserErrorException : that says no run of a parallel step, or of several.
    """

    def __init__(
        self,
        run_instance: Any = None,
        step_name: str | None = None,
        workspace: Any = None,
        run_id: str | None = None,
        step_run_id: str | None = None,
    ) -> None:
        self.step_run = _step_run(run_instance, step_name, workspace, run_id, step_run_id)
        self._details = RunDetails(self.step_run)

    def show(self) -> None:
        """Show the panel where the cell's output is."""
        self._details.show()


def _step_run(given: Any, step_name: str | None, workspace: Any, run_id: str | None, step_run_id: str | None) -> Any:
    from aml_nb.core.pipelines.parallel.progress import OWNER
    from aml_nb.core.runs.run import Run

    if given is None and workspace is not None and (step_run_id or run_id):
        given = Run.get(workspace, str(step_run_id or run_id))
    if not isinstance(given, Run):
        raise UserErrorException(
            f"ParallelRunStepDetails shows the run of a ParallelRunStep, not {type(given).__name__}.",
            hint="ParallelRunStepDetails(pipeline_run), or workspace=ws and run_id=…",
        )
    if OWNER in given._look().payload and step_name in (None, given.name):
        return given
    below = [child for child in given.get_children() if OWNER in child._look().payload]
    latest = list({child.name: child for child in reversed(below)}.values())
    found = [child for child in latest if step_name in (None, child.name)]
    if len(found) == 1:
        return found[0]
    there = ", ".join(repr(child.name) for child in latest) or "none"
    wanted = "one parallel step" if step_name is None else f"one parallel step called {step_name!r}"
    raise UserErrorException(
        f"The run {given.id} has not {wanted}; its parallel steps are: {there}.",
        hint="ParallelRunStepDetails(pipeline_run, step_name='…')",
    )
