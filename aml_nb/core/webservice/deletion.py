"""Ending web services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aml_nb.core import certificates
from aml_nb.core.webservice import clusters, endpoints, services

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def delete(workspace: Workspace, handle: str, look: bool = True) -> bool:
    """End a service, remove its files, then its record; False where there was none.

    With ``look``, what waited for its room on a cluster is started.
    """
    record = services.records(workspace).get(handle)
    if record is None:
        return False
    engine = services.engine_of(workspace, record)
    with engine.exclusive(handle):
        if record["computeType"] == services.ENDPOINT:
            gone = endpoints.end(workspace, record)
        else:
            engine.stop(handle)
            gone = services.records(workspace).delete(handle)
    if record.get("certificate"):
        certificates.forget_unused(workspace)
    if record.get("computeName") and look:
        clusters.look(workspace, record["computeName"])
    return gone


def stop_all(workspace: Workspace) -> None:
    """End every service of a workspace that is to be deleted."""
    for record in services.every(workspace):
        delete(workspace, record["handle"], look=False)
