"""The sections of a service's panel: HTML for the live widget and for saved notebooks, text for terminals."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import endpoints, services, traffic
from aml_nb.display import charts, html, text
from aml_nb.display.answers import at_least, log_tone
from aml_nb.display.base import Card
from aml_nb.display.charts import Series
from aml_nb.display.diagnosis import DiagnosisCard
from aml_nb.display.objects import authentication_of, tags_of, target_of
from aml_nb.display.run_panel import folded, titled
from aml_nb.display.text import pairs

if TYPE_CHECKING:
    from aml_nb.core.monitoring import ServiceMetrics
    from aml_nb.display.service_facts import ServiceFacts

SHOWN_LINES = 200
LONGEST_LINE = 2000
_RATE_S = 10
_AXIS = "seconds from now"
_KEPT_LINES = 40


def card(facts: ServiceFacts) -> Card:
    """What it is and how it is."""
    service = facts.service
    notes = [facts.problem]
    if service is None or facts.gone:
        return Card("service", facts.name, [], facts.state, notes, {"name": facts.name, "state": facts.state})
    rows = [
        ("why", facts.error),
        ("target", target_of(service)),
        ("replicas", replicas(facts)),
        ("scoring URI", service.scoring_uri),
        ("swagger URI", service.swagger_uri),
        ("models", ", ".join(service._record.get("modelIds") or ())),
        ("versions", versions(facts)),
        ("authentication", authentication_of(service)),
        ("description", service.description),
        ("tags", pairs(tags_of(service))),
        ("updated", f"{service.updated_time.astimezone():%Y-%m-%d %H:%M:%S}" if service.updated_time else ""),
    ]
    if not facts.settled and facts.state.lower() in ("healthy", "running"):
        notes.append("An update is under way; the version before it answers meanwhile.")
    return Card("service", facts.name, rows, facts.state, notes)


def replicas(facts: ServiceFacts) -> str:
    """How many of them answer."""
    status = facts.status
    if status is None or not status.replicas_wanted:
        return ""
    return f"{status.replicas_ready} of {status.replicas_wanted} ready"


def versions(facts: ServiceFacts) -> str:
    """The versions of an endpoint with their shares of the requests; nothing of other services."""
    if facts.service._record["computeType"] != services.ENDPOINT:
        return ""
    shares = traffic.shares(endpoints.versions_of(facts.workspace, facts.name))
    return ", ".join(f"{name} ({charts.number(share)} %)" for name, share in shares.items())


def head(facts: ServiceFacts) -> str:
    """The card as HTML."""
    return card(facts).as_html()


def diagnosis(facts: ServiceFacts) -> str:
    """Why it fails; nothing where it does not."""
    found = facts.diagnosis
    return "" if found is None else f'<div style="margin-top:6px">{DiagnosisCard(found).as_html()}</div>'


def rate(told: ServiceMetrics | None) -> float:
    """Requests a second, of late."""
    if told is None or not told.requests:
        return 0.0
    late = told.requests[-_RATE_S:]
    return sum(late) / len(late)


def sentence(told: ServiceMetrics | None) -> str:
    """Requests, errors and durations in a line."""
    if told is None or not told.requests:
        return ""
    count, failed = sum(told.requests), sum(told.errors)
    if not count:
        return f"no request in the last {_minutes(told.seconds)}"
    known = [(name, told.percentile(share)) for name, share in (("p50", 0.5), ("p99", 0.99))]
    parts = [f"{charts.number(round(rate(told), 1))} requests/s", f"{count:,} in the last {_minutes(told.seconds)}"]
    parts += [f"{failed:,} failed"] if failed else []
    return ", ".join([*parts, *(f"{name} {charts.number(round(value, 1))} ms" for name, value in known if value)])


def metrics(facts: ServiceFacts, pictures: bool) -> str:
    """Requests a second and their durations, as curves where there were any."""
    told = facts.metrics
    said = sentence(told)
    if not said or told is None:
        return ""
    if not any(told.requests):
        return titled("Requests", f"<div>{html.cell(said)}</div>")
    now, across = told.at[-1], (float(1 - told.seconds), 0.0)
    asked = [Series("requests", _points(told.at, told.requests, now))]
    asked += [Series("errors", _points(told.at, told.errors, now))] if any(told.errors) else []
    took = [Series("p50", _points(told.at, told.p50, now)), Series("p99", _points(told.at, told.p99, now))]
    drawn = [
        ("requests per second", charts.curve("requests per second", asked, _AXIS, across=across)),
        ("milliseconds a request", charts.curve("milliseconds a request", took, _AXIS, dots=True, across=across)),
    ]
    page = "".join(charts.picture(svg, title) if pictures else svg for title, svg in drawn)
    curves = f'<div style="display:flex;flex-wrap:wrap;gap:8px">{page}</div>'
    return titled("Requests", f"<div>{html.cell(said)}</div>{curves}")


def log(lines: Sequence[str], level: str = "", wanted: str = "") -> str:
    """The last lines that fit, scrolled to the end, coloured by their levels."""
    found = chosen(lines, level, wanted)[-SHOWN_LINES:]
    rows = "\n".join(_line(line) for line in found)
    said = rows or escape("(nothing that fits)" if lines else "(nothing yet)")
    return (
        '<div tabindex="0" role="log" aria-label="log" '
        'style="display:flex;flex-direction:column-reverse;max-height:22em;overflow:auto">'
        '<pre style="font-family:var(--jp-code-font-family, monospace);margin:0;white-space:pre-wrap;'
        f'overflow-wrap:anywhere;flex:none;overflow:visible">{said}</pre></div>'
    )


def chosen(lines: Sequence[str], level: str = "", wanted: str = "") -> list[str]:
    """The lines of a level and above that have a text in them, whatever its case."""
    found = at_least(list(lines), level) if level else list(lines)
    return [line for line in found if wanted.casefold() in line.casefold()] if wanted else found


def keys(primary: str, secondary: str) -> str:
    """Both keys, whole."""
    return html.card("keys", "", None, [("primary", primary), ("secondary", secondary)])


def whole(facts: ServiceFacts) -> str:
    """Everything, as it is to stay in a saved notebook."""
    seen = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(facts.seen))
    ended = facts.lines[-_KEPT_LINES:]
    failed = facts.state.lower() in ("failed", "unhealthy")
    return "".join(
        [
            head(facts),
            diagnosis(facts),
            metrics(facts, pictures=True),
            folded(f"log (the last {len(ended)} lines)", log(ended), failed) if ended else "",
            f'<div style="color:var(--jp-ui-font-color2, inherit);font-size:90%">as of {escape(seen)}</div>',
        ]
    )


def as_text(facts: ServiceFacts) -> str:
    """The same for a terminal."""
    parts = [card(facts).as_text()]
    said = sentence(facts.metrics)
    parts += [f"  {said}"] if said else []
    parts += [DiagnosisCard(facts.diagnosis).as_text()] if facts.diagnosis is not None else []
    if facts.state.lower() in ("failed", "unhealthy") and facts.lines:
        parts.append("the end of its log:\n" + "\n".join(text.harmless(line) for line in facts.lines[-20:]))
    return "\n".join(parts)


def _line(line: str) -> str:
    tone = log_tone(line)
    short = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}… ({len(line):,} characters)"
    return f'<span style="color:{html.colour(tone)}">{escape(short)}</span>' if tone else escape(short)


def _points(at: Sequence[int], values: Sequence[Any], now: int) -> list[charts.Point]:
    return [(float(when - now), math.nan if v is None else float(v)) for when, v in zip(at, values, strict=False)]


def _minutes(seconds: int) -> str:
    return f"{seconds // 60} min" if seconds >= 120 else f"{seconds} s"
