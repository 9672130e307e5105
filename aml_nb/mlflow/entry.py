"""What MLflow calls for addresses of our scheme. MLflow loads this whenever it is imported, so it imports nothing."""

from __future__ import annotations

from typing import Any


def tracking_store(store_uri: str, artifact_uri: str | None = None, **_: Any) -> Any:
    """The store behind ``mlflow.set_tracking_uri(ws.get_mlflow_tracking_uri())``."""
    from aml_nb.mlflow.store import TrackingStore

    return TrackingStore(store_uri)  # type: ignore[abstract]


def model_registry_store(store_uri: str, tracking_uri: str | None = None, **_: Any) -> Any:
    """The registry of models behind such an address."""
    from aml_nb.mlflow.registry import ModelRegistry

    return ModelRegistry(store_uri, tracking_uri)


def artifact_repository(artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> Any:
    """The files of a run or of a model."""
    from aml_nb.mlflow.artifacts import Artifacts

    return Artifacts(artifact_uri, tracking_uri, registry_uri)
