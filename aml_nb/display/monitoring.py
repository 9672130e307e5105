"""What services did: their figures as curves, their requests, traces and exceptions as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from aml_nb.core.monitoring.service_metrics import ServiceMetrics
from aml_nb.display import charts, html, text
from aml_nb.display.base import Card, Shown
from aml_nb.display.charts import Series

_LONGEST = 100
_OFF = "It collects none: {} turns that on, and what comes after it is kept."


class MetricsCard(Shown):
    """The last seconds of a service; ``metrics`` has them as lists, ``metrics.to_pandas()`` as a table."""

    def __init__(self, name: str, metrics: ServiceMetrics) -> None:
        self.name, self.metrics = name, metrics

    def _facts(self) -> list[tuple[str, Any]]:
        found = self.metrics
        total, errors = sum(found.requests), sum(found.errors)
        share = f" ({100 * errors / total:.1f} %)" if errors else ""
        times = [f"{word} {_ms(found.percentile(part))}" for word, part in (("p50", 0.5), ("p99", 0.99))]
        return [
            ("requests", f"{total:,} in {found.seconds} s, {total / found.seconds:,.1f} a second"),
            ("errors", f"{errors:,}{share}"),
            ("took", ", ".join(times) if total else "nothing yet"),
            ("replicas", f"{found.replicas[-1]} now, {max(found.replicas)} at most"),
            ("queue", f"{found.queue[-1]} now, {max(found.queue)} at most"),
        ]

    def as_text(self, paint: text.Paint = text.plain) -> str:
        found = self.metrics
        lines = [
            ("requests/s", charts.sparkline([float(n) for n in found.requests], 60)),
            ("p99 ms", charts.sparkline([*map(_number, found.p99)], 60)),
        ]
        return Card("metrics", self.name, [*self._facts(), *lines]).as_text(paint)

    def as_html(self) -> str:
        return html.card("metrics", self.name, None, self._facts()) + "".join(self._curves())

    def _curves(self) -> list[str]:
        found = self.metrics
        ago = [at - found.at[-1] - 1 for at in found.at]
        across = (float(-found.seconds), 0.0)
        shown = (
            ("requests a second", {"answered": found.requests, "errors": found.errors}),
            ("milliseconds", {"p50": found.p50, "p99": found.p99}),
            ("replicas", {"ready": found.replicas, "requests that wait": found.queue}),
        )
        return [
            charts.picture(charts.curve(title, _series(ago, lines), "seconds", across=across), title)
            for title, lines in shown
        ]

    def as_data(self) -> Any:
        found = self.metrics
        return {"name": self.name, "p50": found.percentile(0.5), "p99": found.percentile(0.99), **found.to_dict()}


def _series(ago: Sequence[int], lines: dict[str, Any]) -> list[Series]:
    return [
        Series(name, [(float(at), _number(value)) for at, value in zip(ago, values, strict=True)])
        for name, values in lines.items()
    ]


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f} ms" if value >= 1 else f"{value:.3f} ms"


class InsightsTable(Shown):
    """What a service told, the last ones below; ``frame`` is all of it as a table of pandas."""

    _columns: dict[str, dict[str, str]] = {
        "requests": {
            "TIME": "time", "STATUS": "http.response.status_code", "MS": "duration_ms", "REQUEST": "name",
            "REQUEST ID": "request_id",
        },
        "traces": {"TIME": "time", "LEVEL": "severity_text", "MESSAGE": "message", "REQUEST ID": "request_id"},
        "exceptions": {
            "TIME": "time", "TYPE": "exception.type", "MESSAGE": "exception.message", "WHERE": "code.file.path",
            "LINE": "code.line.number", "REQUEST ID": "request_id",
        },
    }  # fmt: skip

    def __init__(self, name: str, kind: str, frame: Any, collects: bool, turn_on: str) -> None:
        self.name, self.kind, self.frame = name, kind, frame
        self._nothing = f"{name} has no {kind} to show."
        if not collects:
            self._nothing += " " + _OFF.format(turn_on)

    def __len__(self) -> int:
        return len(self.frame)

    def _rows(self) -> list[list[str]]:
        columns = list(self._columns[self.kind].values())
        shown = self.frame[columns].itertuples(index=False)
        return [[_cell(name, value) for name, value in zip(columns, row, strict=True)] for row in shown]

    def as_text(self, paint: text.Paint = text.plain) -> str:
        if not len(self):
            return self._nothing
        return text.columns(tuple(self._columns[self.kind]), [[*map(text.clean, row)] for row in self._rows()], paint)

    def as_html(self) -> str:
        if not len(self):
            return f"<div>{html.cell(self._nothing)}</div>"
        return html.table(tuple(self._columns[self.kind]), self._rows(), f"{self.kind} of {self.name}")

    def as_data(self) -> Any:
        rows = self.frame.astype(object).where(self.frame.notna(), None).to_dict(orient="records")
        return [{name: _plain(value) for name, value in row.items() if value is not None} for row in rows]


def _cell(name: str, value: Any) -> str:
    if value is None or value != value:
        return ""
    if name == "time":
        return f"{value:%Y-%m-%d %H:%M:%S.%f}"[:23]
    if name == "duration_ms":
        return f"{value:.1f}"
    if isinstance(value, float):
        return f"{value:.0f}"
    told = str(value)
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.tolist() if hasattr(value, "tolist") else value
