"""Live panels for notebooks; ipywidgets is imported when the first of them is shown."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aml_nb.widgets.parallel_run_step_details import ParallelRunStepDetails
    from aml_nb.widgets.run_details import RunDetails

__all__ = ["ParallelRunStepDetails", "RunDetails"]
_HOMES = {"ParallelRunStepDetails": "parallel_run_step_details", "RunDetails": "run_details"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
