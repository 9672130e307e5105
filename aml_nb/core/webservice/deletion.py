"""Ending web services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aml_nb.core.webservice import services

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def delete(workspace: Workspace, handle: str) -> bool:
    """End a service, remove its files, then its record; False where there was none."""
    record = services.records(workspace).get(handle)
    if record is None:
        return False
    engine = services.engine_of(workspace, record)
    with engine.exclusive(handle):
        engine.stop(handle)
        return services.records(workspace).delete(handle)


def stop_all(workspace: Workspace) -> None:
    """End every service of a workspace that is to be deleted."""
    for record in services.every(workspace):
        delete(workspace, record["handle"])
