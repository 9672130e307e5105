"""StepSequence: steps one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aml_nb.core.pipelines.errors import PipelineTypeError
from aml_nb.core.pipelines.step import PipelineStep, listed


class StepSequence:
    """Steps of which each runs after the one before it.

    Parameters
    ----------
    steps : steps, or lists of steps that may run side by side.
    """

    def __init__(self, steps: Any = None) -> None:
        self._steps = listed(self, "steps", steps)
        before: list[PipelineStep] = []
        for each in self._steps:
            here = list(flattened([each]))
            for step in here:
                for earlier in before:
                    if earlier not in step.run_after_steps:
                        step.run_after(earlier)
            before = here or before

    def __iter__(self) -> Iterator[Any]:
        return iter(self._steps)


def flattened(steps: Iterable[Any]) -> Iterator[PipelineStep]:
    """The steps in lists and sequences of steps.

    Raises
    ------
    PipelineTypeError : something else is among them.
    """
    for step in steps:
        if isinstance(step, PipelineStep):
            yield step
        elif isinstance(step, (list, tuple, StepSequence)):
            yield from flattened(step)
        else:
            raise PipelineTypeError(
                f"A pipeline has steps, not {step!r}, a {type(step).__name__}.", hint="Pipeline(ws, steps=[step])"
            )
