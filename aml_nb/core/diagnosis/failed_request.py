"""What a service's log says of one request on which ``run()`` raised."""

from __future__ import annotations

from dataclasses import dataclass

from aml_nb.core.diagnosis import log as logs
from aml_nb.core.diagnosis import places
from aml_nb.core.diagnosis.tracebacks import last_raised
from aml_nb.engines.base import ServiceSpec
from aml_nb.errors import Source


@dataclass(frozen=True)
class RunFailure:
    """The exception in a line, and where in the user's script it was raised."""

    reason: str
    source: Source | None


def run_failure(log: str, request_id: str, spec: ServiceSpec) -> RunFailure | None:
    """Why ``run()`` failed on the request of that id; None where the log does not tell."""
    told = next((r.told for r in logs.requests(log) if r.identity == request_id), "")
    if not told.startswith(logs.RAISED):
        return None
    raised = last_raised(told)
    links = () if raised is None else raised.chain()
    source = next((found for link in links if (found := places.source_in(link.frames, spec))), None)
    return RunFailure(told.removeprefix(logs.RAISED).splitlines()[0].strip(), source)
