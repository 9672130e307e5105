"""Writing a service's record and starting it: all of it, or nothing is left."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from aml_nb.core import certificates
from aml_nb.core.webservice import clusters, interrupted, services
from aml_nb.engines.base import Engine, ServiceSpec
from aml_nb.engines.folder import Keys

if TYPE_CHECKING:
    from aml_nb.core.store.records import Records
    from aml_nb.core.webservice.content import Content
    from aml_nb.core.workspace import Workspace


def launch(
    workspace: Workspace, engine: Engine, record: services.Payload, old: services.Payload | None, keys: Keys
) -> tuple[services.Payload, int]:
    """Start a service in place of ``old``; its record, and the revision that the deployment ends with.

    One that its cluster has no room for waits for it; where another version serves, that one goes on instead.
    """
    mine, handle = services.records(workspace), record["handle"]
    old = None if old is None else interrupted.mended(workspace, old, held=True)
    with clusters.reserving(workspace, record):
        record = clusters.fit(workspace, record)
        waits = bool(record.get("unschedulable"))
        if waits and old is not None and not old.get("unschedulable"):
            old = clusters.refused(old, record["unschedulable"])
            mine.put(handle, old)
            return old, old["lastRevision"]
        if old is None:
            mine.create(handle, record)
        elif waits:
            mine.put(handle, record)
        else:
            mine.put(handle, {**record, **interrupted.replacing(old, engine.folder(handle))})
    try:
        if old is not None and old["engine"] != engine.name:
            build_ahead(engine, handle, services.spec_of(record))
            services.engine_of(workspace, old).stop(handle)
        if waits:
            clusters.keep_waiting(workspace, engine, record, keys)
        else:
            engine.start(services.spec_of(record), keys)
        for note in record["notes"]:
            engine.folder(handle).say(note)
        interrupted.unmark(workspace, handle, interrupted.REPLACES)
    except BaseException:
        _undo(mine, engine, handle, old)
        raise
    if old is not None and old.get("certificate") not in (None, record.get("certificate")):
        certificates.forget_unused(workspace)
    return record, record["spec"]["revision"]


def build_ahead(engine: Engine, handle: str, what: Content | ServiceSpec) -> None:
    """Build what may fail to be built, before a service that serves is ended for it."""
    images = engine.images()
    if images is not None and what.packages is not None and what.image is None:
        log = engine.folder(handle).early_log
        log.unlink(missing_ok=True)
        images.build_environment(what.packages, log)
        log.unlink(missing_ok=True)  # a build that fails leaves it, and its error names it


def _undo(mine: Records, engine: Engine, handle: str, old: services.Payload | None) -> None:
    """Leave what was there before a deployment that could not be set up."""
    if old is not None:
        mine.put(handle, old)
        return
    with suppress(Exception):  # whatever fails here, the error that brought us here is the one to tell
        engine.stop(handle)
    mine.delete(handle)
