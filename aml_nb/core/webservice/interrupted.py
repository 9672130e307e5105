"""What a killed kernel left half done, found by whoever looks next: the record says again what the engine has."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from aml_nb.core.webservice import services
from aml_nb.engines.base import Change, Engine
from aml_nb.engines.folder import ServiceFolder
from aml_nb.errors import AmlError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

REPLACES, UNTOLD = "replaces", "untold"
"""In a record: what was there before a deployment that goes on, and whether the engine has yet to hear of the rest."""


def replacing(old: services.Payload, folder: ServiceFolder) -> services.Payload:
    """What the record of a deployment is to have while it takes the place of ``old``."""
    return {REPLACES: {"record": old, "folder": _identity(folder)}}


def mended(workspace: Workspace, payload: services.Payload, held: bool = False) -> services.Payload:
    """The record once nobody is at it who could end it; the same where there is nothing to mend.

    ``held``: the caller holds everybody else off the service.
    """
    if not payload.get(REPLACES) and (held or not payload.get(UNTOLD)):
        return payload
    engine, handle = services.engine_of(workspace, payload), payload["handle"]
    if held:
        return _mended(workspace, engine, handle, payload)
    with suppress(BlockingIOError), engine.exclusive(handle, wait=False):
        now = services.records(workspace).get(handle)
        return payload if now is None else _mended(workspace, engine, handle, now, tell=True)
    return payload


def _mended(
    workspace: Workspace, engine: Engine, handle: str, payload: services.Payload, tell: bool = False
) -> services.Payload:
    mine = services.records(workspace)
    if over := payload.get(REPLACES):
        came = _identity(engine.folder(handle)) != over["folder"]
        payload = _without(payload, REPLACES) if came else over["record"]
        mine.put(handle, payload)
    if tell and payload.get(UNTOLD) and not payload.get("pending"):
        with suppress(AmlError):  # the next look tries again
            engine.update(services.spec_of(payload), Change.SETTINGS)
            payload = unmark(workspace, handle, UNTOLD)
    return payload


def unmark(workspace: Workspace, handle: str, mark: str) -> services.Payload:
    """Say in the record that what was marked has been done."""
    return services.records(workspace).modify(handle, lambda record: _without(record, mark))


def _without(payload: services.Payload, mark: str) -> services.Payload:
    return {key: value for key, value in payload.items() if key != mark}


def _identity(folder: ServiceFolder) -> int | None:
    """Which folder it is: another takes its place in the moment from which on the new service is there."""
    try:
        found = folder.path.stat()
    except OSError:
        return None
    return found.st_ino
