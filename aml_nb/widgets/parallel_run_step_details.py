"""``ParallelRunStepDetails``: the panel of a parallel run step."""

from __future__ import annotations

from typing import Any

from aml_nb.errors import NotAvailableError


class ParallelRunStepDetails:
    """v1's panel of a step that scores mini-batches; there are no pipelines here yet that have such steps.

    Parameters
    ----------
    run_instance : the step's run.
    step_name, workspace, run_id, step_run_id : other ways to say which.

    Raises
    ------
    NotAvailableError : always.
    """

    def __init__(
        self,
        run_instance: Any = None,
        step_name: str | None = None,
        workspace: Any = None,
        run_id: str | None = None,
        step_run_id: str | None = None,
    ) -> None:
        raise NotAvailableError(
            "ParallelRunStepDetails shows a step of a pipeline, and aml_nb has no pipelines yet.",
            hint="RunDetails(run).show() shows runs of scripts, HyperDrive and AutoML",
        )

    def show(self) -> None:
        """Show the panel."""
