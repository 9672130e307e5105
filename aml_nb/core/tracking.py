"""The address under which MLflow finds a workspace, and how MLflow learns who answers to it."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import unquote

SCHEME = "aml-nb"
ENTRY_POINTS = Path(__file__).parents[1] / "mlflow" / "plugin"
"""On Python's path this tells MLflow of our plugin, also where aml_nb itself is not an installed package."""


def tracking_uri(folder: str | Path) -> str:
    """The address of the workspace in ``folder``: what ``mlflow.set_tracking_uri`` takes."""
    return SCHEME + Path(folder).absolute().as_uri().removeprefix("file")


def folder_of(uri: str) -> Path:
    """The folder that ``tracking_uri`` made an address of; ValueError for an address of another kind."""
    scheme, _, path = uri.partition(":")
    if scheme != SCHEME or not path.startswith("/"):
        raise ValueError(f"{uri!r} is no address of a workspace: it begins with {SCHEME}:///.")
    # MLflow makes one slash of three where it takes an address apart and puts it together again.
    return Path("/" + unquote(path.lstrip("/")))


def announce() -> None:
    """See to it that the MLflow of this process knows our scheme; MLflow is not imported for that."""
    from importlib.metadata import entry_points

    if not any(point.name == SCHEME for point in entry_points(group="mlflow.tracking_store")):
        sys.path.append(str(ENTRY_POINTS))
    for name, made in _registries():
        registry = getattr(sys.modules.get(name), made, None)
        if registry is not None and SCHEME not in registry._registry:
            registry.register_entrypoints()


def _registries() -> list[tuple[str, str]]:
    """Where MLflow keeps what it knows of schemes: read when it was imported, which may have been before us."""
    return [
        ("mlflow.tracking._tracking_service.utils", "_tracking_store_registry"),
        ("mlflow.tracking._model_registry.utils", "_model_registry_store_registry"),
        ("mlflow.store.artifact.artifact_repository_registry", "_artifact_repository_registry"),
    ]
