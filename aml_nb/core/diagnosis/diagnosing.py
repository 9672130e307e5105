"""``diagnose``: from what is known of a service to the cause of its failure."""

from __future__ import annotations

import re

from aml_nb.core.diagnosis import azure
from aml_nb.core.diagnosis.causes import CAUSES
from aml_nb.core.diagnosis.diagnosis import Diagnosis
from aml_nb.core.diagnosis.facts import Facts, clean, clean_lines
from aml_nb.core.diagnosis.finding import Finding
from aml_nb.core.diagnosis.rules.table import found
from aml_nb.errors import Source

_LOG = "print(service.get_logs()), or %service logs {}"


def explain(facts: Facts) -> Diagnosis:
    """The diagnosis of a failure; where no rule knows it, what the engine or the log says of it."""
    finding = found(facts) or _unknown(facts)
    return Diagnosis(
        finding.cause,
        CAUSES[finding.cause].title,
        clean(finding.why) + _meanwhile(facts) + _of_browser(facts),
        _harmless(finding.where or facts.where),
        tuple(clean(step) for step in finding.fix),
        clean(azure.message(finding.cause, finding.why, facts)),
        finding.evidence,
    )


def _meanwhile(facts: Facts) -> str:
    """Which revision answers while a newer one cannot."""
    told = re.findall(r"could not start; (revision \d+) goes on serving", facts.log) if facts.error is not None else []
    return f" Meanwhile {told[-1]} goes on serving." if told else ""


def _of_browser(facts: Facts) -> str:
    """Whoever opens the address in a browser sends no body."""
    if facts.request is None or facts.request.method != "GET" or facts.request.status == 401:
        return ""
    return " It was a GET, which a browser sends that opens the address; a request to score is a POST with a body."


def _unknown(facts: Facts) -> Finding:
    last = clean_lines([line for line in facts.log.splitlines() if line.strip()][-5:])
    why = facts.message or "The service ended and left no reason."
    return Finding("unknown", why, (_LOG.format(facts.called),), last)


def _harmless(source: Source | None) -> Source | None:
    if source is None:
        return None
    return source._replace(path=clean(source.path), lines=tuple(clean(line) for line in source.lines))
