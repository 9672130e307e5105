"""What Prometheus reads at ``/metrics``: the text format 0.0.4, or OpenMetrics 1.0 for whoever asks for it.

Names and labels are those of OpenTelemetry's conventions for HTTP servers, as Prometheus writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from aml_nb.scoring.histogram import BOUNDS
from aml_nb.scoring.tallies import COUNTS, HEALTH, METRICS, SCORE, SWAGGER, Gauges, Kind, Snapshot

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
DURATION = "http_server_request_duration_seconds"
_LEAST, _MOST, _STEPS = 1e-4, 100.0, ("1.0", "2.5", "5.0", "7.5")
_SHOWN = {n: bound for n, bound in enumerate(BOUNDS) if _LEAST <= bound <= _MOST and f"{bound:e}"[:3] in _STEPS}
_FAILED = 500
_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})


def content_type(accept: str) -> str:
    """Which of the formats an Accept header wants."""
    if accept == COUNTS:
        return COUNTS
    return OPEN if "application/openmetrics-text" in accept.lower() else TEXT


def expose(snapshot: Snapshot, gauges: Gauges, service: str, scoring_path: str, kind: str = TEXT) -> bytes:
    """All of it, as text.

    Parameters
    ----------
    snapshot, gauges : what was counted, and how the service stands.
    service : its name.
    scoring_path : the path of its entry script.
    kind : TEXT, OPEN or COUNTS.
    """
    if kind == COUNTS:
        return counts(snapshot, gauges)
    is_open = kind == OPEN
    lines = [*_durations(snapshot, scoring_path)]
    lines += _gauge("aml_service_replicas", "Replicas of the service.", [
        ({"state": "ready"}, gauges.ready), ({"state": "wanted"}, gauges.wanted),
    ])  # fmt: skip
    lines += _gauge("aml_service_queue_length", "Requests that wait for a replica.", [({}, gauges.queue)])
    name = "aml_service_restarts"
    lines += _family(name if is_open else f"{name}_total", "counter", "Workers that died and were replaced.")
    lines.append(_sample(f"{name}_total", {}, gauges.restarts))
    lines += _gauge("process_start_time_seconds", "When the service was started.", [({}, gauges.started)])
    about = {"service_name": service, "service_version": str(gauges.revision)}
    lines += _family("target" if is_open else "target_info", "info" if is_open else "gauge", "The service.")
    lines.append(_sample("target_info", about, 1))
    return "".join(f"{line}\n" for line in [*lines, *(["# EOF"] if is_open else [])]).encode()


def counts(snapshot: Snapshot, gauges: Gauges) -> bytes:
    """All that was counted, as JSON."""
    series = [[kind.route, kind.method, kind.status, seconds, numbers] for kind, (seconds, numbers) in snapshot.items()]
    return json.dumps({"started": gauges.started, "series": series}).encode()


def _durations(snapshot: Snapshot, scoring_path: str) -> Iterator[str]:
    yield from _family(DURATION, "histogram", "Duration of HTTP server requests.")
    for kind in sorted(snapshot, key=lambda kind: (kind.route, kind.method, kind.status)):
        total, counts = snapshot[kind]
        labels = _labels(kind, scoring_path)
        below = 0
        for number, count in enumerate(counts):
            below += count
            if number in _SHOWN:
                yield _sample(f"{DURATION}_bucket", {**labels, "le": repr(_SHOWN[number])}, below)
        yield _sample(f"{DURATION}_bucket", {**labels, "le": "+Inf"}, below)
        yield _sample(f"{DURATION}_sum", labels, total)
        yield _sample(f"{DURATION}_count", labels, below)


def _labels(kind: Kind, scoring_path: str) -> dict[str, str]:
    prefix = scoring_path.rsplit("/", 1)[0]
    routes = {SCORE: scoring_path, HEALTH: "/", SWAGGER: f"{prefix}/swagger.json", METRICS: "/metrics"}
    status = str(kind.status) if kind.status else "_OTHER"
    labels = {"http_request_method": kind.method, "url_scheme": "http", "http_response_status_code": status}
    if kind.route in routes:
        labels["http_route"] = routes[kind.route]
    if kind.status >= _FAILED:
        labels["error_type"] = status
    return labels


def _gauge(name: str, text: str, values: list[tuple[dict[str, str], int]]) -> list[str]:
    return [*_family(name, "gauge", text), *(_sample(name, labels, value) for labels, value in values)]


def _family(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]


def _sample(name: str, labels: dict[str, str], value: float) -> str:
    inside = ",".join(f'{label}="{text.translate(_ESCAPED)}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {value!r}" if inside else f"{name} {value!r}"
