"""Where a workspace keeps what its services tell of themselves: their insights, and the data that their models see."""

from __future__ import annotations

from pathlib import Path

from aml_nb.engines.base import ServiceSpec

INSIGHTS = "insights"
MODEL_DATA = Path("datastores", "workspaceblobstore", "modeldata")
"""Beside the services' folder: in the default datastore, as v1's container of that name."""


def insights_folder(root: Path, handle: str) -> Path:
    """Where the requests, traces and exceptions of a service are; ``root`` holds the services' folders."""
    return root.parent / INSIGHTS / handle


def model_data_folder(root: Path) -> Path:
    """Where collected model data is, for all services."""
    return root.parent / MODEL_DATA


def tells(spec: ServiceSpec) -> bool:
    """Whether a service has anything to tell that is kept in the workspace."""
    own = spec.environment_variables.get("AML_MODEL_DC_STORAGE_ENABLED", "")
    return spec.app_insights or spec.collect_model_data or str(own).lower() == "true"
