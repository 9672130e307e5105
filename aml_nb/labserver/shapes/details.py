"""The views of single objects: which module has which kind's, and the parts that are fetched by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aml_nb.labserver import ranges
from aml_nb.labserver.answers import Answer
from aml_nb.labserver.shapes import (
    compute,
    data,
    environments,
    files,
    listing,
    logs,
    models,
    pipeline_detail,
    run_detail,
    schedules,
    service_detail,
    snippets,
)

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace
    from aml_nb.labserver.call import Call

_OF: dict[str, Callable[[Workspace, str], dict[str, Any]]] = {
    "models": models.detail,
    "services": service_detail.detail,
    "compute": compute.detail,
    "pipelines": pipeline_detail.detail,
    "schedules": schedules.detail,
    "data": data.detail,
    "environments": environments.detail,
}


def detail(call: Call) -> dict[str, Any]:
    """Everything of one object."""
    kind = call.parts["kind"]
    listing.check(kind)
    if kind == "runs":
        return run_detail.detail(call.workspace, call.id, call.parts["ws"])
    return _OF[kind](call.workspace, call.id)


def code(call: Call) -> dict[str, str | None]:
    """The lines that get one object in a notebook."""
    kind = call.parts["kind"]
    listing.check(kind)
    return snippets.snippet(call.workspace, kind, call.id)


def service_log(call: Call) -> dict[str, Any]:
    """A part of a service's log."""
    return _log(call, "services")


def run_log(call: Call) -> dict[str, Any]:
    """A part of a run's log."""
    return _log(call, "runs")


def _log(call: Call, kind: str) -> dict[str, Any]:
    start = call.number("from", -ranges.DEFAULT, -ranges.MOST, ranges.FARTHEST)
    most = call.number("max", ranges.DEFAULT, 1, ranges.MOST)
    return logs.part(call.workspace, kind, call.id, call.word("name"), start, most)


def run_file(call: Call) -> Answer:
    """A file of a run."""
    return files.run_file(call.workspace, call.id, call.word("name"))


def client_code(call: Call) -> dict[str, str]:
    """A program that calls a service."""
    found = service_detail.find(call.workspace, call.id).client_code(call.word("language", "python"))
    return {"language": found.language, "code": str(found), "file": found.file}


def diagnosis(call: Call) -> dict[str, Any] | None:
    """Why a service fails."""
    return service_detail.diagnosis(service_detail.find(call.workspace, call.id))


def metrics(call: Call) -> dict[str, Any]:
    """What a service did in the last seconds."""
    return service_detail.figures(call.workspace, call.id, call.number("seconds", 300, 1, 3600))
