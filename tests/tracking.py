"""MLflow pointed at a workspace, for the tests that need it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from aml_nb.core.workspace import Workspace

QUIET = pytest.mark.filterwarnings(
    "ignore:.*model registry stages:FutureWarning",
    "ignore:.*Any type hint is inferred:UserWarning",
)
"""What MLflow says of itself."""


@contextmanager
def tracked(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """MLflow that logs to a workspace, and to nothing afterwards."""
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow
    from mlflow.tracking import fluent

    monkeypatch.setattr(fluent, "_active_experiment_id", None)
    mlflow.set_tracking_uri(workspace.get_mlflow_tracking_uri())
    yield mlflow
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.set_tracking_uri(None)
