"""Live panels for notebooks; ipywidgets is imported when the first of them is shown."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aml_nb.widgets.batch_monitor import BatchMonitor
    from aml_nb.widgets.deployment_status import DeploymentStatus
    from aml_nb.widgets.parallel_run_step_details import ParallelRunStepDetails
    from aml_nb.widgets.registry_browser import RegistryBrowser
    from aml_nb.widgets.run_details import RunDetails
    from aml_nb.widgets.service_logs import ServiceLogs

__all__ = [
    "BatchMonitor",
    "DeploymentStatus",
    "ParallelRunStepDetails",
    "RegistryBrowser",
    "RunDetails",
    "ServiceLogs",
]
_HOMES = {
    "BatchMonitor": "batch_monitor",
    "DeploymentStatus": "deployment_status",
    "ParallelRunStepDetails": "parallel_run_step_details",
    "RegistryBrowser": "registry_browser",
    "RunDetails": "run_details",
    "ServiceLogs": "service_logs",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
