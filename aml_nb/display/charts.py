"""Curves as SVG and as a row of blocks: small, bounded in size, every text escaped."""

from __future__ import annotations

import base64
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from aml_nb.display.html import Markup

WIDTH, HEIGHT = 370, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 26, 32
MOST_POINTS = 400
"""More than the curve has pixels; what is left out cannot be seen."""

_INK = "#808080"  # reads on light and on dark, for a picture knows no theme
_COLOURS = ("#1f77b4", "#e07b00", "#2e8b57", "#d1495b", "#8a63c9", "#8c6d31", "#c2559d", "#5f6b73")
_LARGEST = sys.float_info.max
_BLOCKS = "▁▂▃▄▅▆▇█"

Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """One line of a chart."""

    name: str
    points: Sequence[Point]


def decimate(points: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """At most about ``most`` points of them, in order, with the first, the last and every peak that would show."""
    if len(points) <= most:
        return list(points)
    buckets = max(1, most // 2 - 1)
    inner = len(points) - 2
    found = [points[0]]
    for bucket in range(buckets):
        start, end = 1 + bucket * inner // buckets, 1 + (bucket + 1) * inner // buckets
        part = [number for number in range(start, end) if math.isfinite(points[number][1])]
        if not part:
            found.extend(points[start : start + 1])  # it keeps the gap
            continue
        low, high = min(part, key=lambda n: points[n][1]), max(part, key=lambda n: points[n][1])
        found.extend(points[number] for number in sorted({low, high}))
    return [*found, points[-1]]


def curve(
    title: str,
    series: Sequence[Series],
    x: str = "",
    y: str = "",
    dots: bool = False,
    across: tuple[float, float] | None = None,
) -> Markup:
    """The chart as an ``<svg>`` element; ``across`` is what its x axis shows, as far as the points where left out.

    What is no number leaves a gap; a chart without a single number says so.
    """
    drawn = [Series(line.name, decimate(line.points)) for line in series]
    known = [point for line in drawn for point in line.points if _finite(point)]
    if not known:
        return _svg(title, [_text(WIDTH / 2, HEIGHT / 2, "no finite values", "middle")])
    frame = _Frame(across or _range([p[0] for p in known]), _range([p[1] for p in known]))
    parts = [*frame.axes(x, y)]
    for number, line in enumerate(drawn):
        parts.extend(_line(line.points, frame, _COLOURS[number % len(_COLOURS)], dots))
    if len(drawn) > 1:
        parts.extend(_legend([line.name for line in drawn]))
    return _svg(title, parts)


def bars(title: str, edges: Sequence[float], counts: Sequence[float], x: str = "", y: str = "") -> Markup:
    """A histogram as an ``<svg>`` element: ``edges`` has one more than ``counts``."""
    boxes = [
        (left, right, height)
        for left, right, height in zip(edges, edges[1:], counts, strict=False)
        if all(map(math.isfinite, (left, right, height)))
    ][:MOST_POINTS]
    if not boxes:
        return _svg(title, [_text(WIDTH / 2, HEIGHT / 2, "no finite values", "middle")])
    frame = _Frame((boxes[0][0], boxes[-1][1]), _range([0.0, *(height for *_, height in boxes)]))
    parts = frame.axes(x, y)
    for left, right, height in boxes:
        x0, x1 = sorted((frame.x(left), frame.x(right)))
        y0, y1 = sorted((frame.y(0), frame.y(height)))
        parts.append(
            f'<rect x="{x0:.1f}" y="{y0:.1f}" width="{max(0.5, x1 - x0 - 1):.1f}" height="{y1 - y0:.1f}" '
            f'fill="{_COLOURS[0]}" fill-opacity="0.75"/>'
        )
    return _svg(title, parts)


def picture(svg: str, title: str) -> Markup:
    """The same as an ``<img>``: notebooks that are not trusted drop ``<svg>``, and keep this."""
    data = base64.b64encode(svg.encode()).decode()
    return Markup(
        f'<img alt="{escape(title, quote=True)}" width="{WIDTH}" height="{HEIGHT}" '
        f'src="data:image/svg+xml;base64,{data}">'
    )


def sparkline(values: Sequence[float], width: int = 16) -> str:
    """The curve as one row of blocks; blanks where there is no number."""
    points = decimate([(float(number), value) for number, value in enumerate(values)], width)
    known = [y for _, y in points if math.isfinite(y)]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    return "".join(_block(y, low, high) for _, y in points)[: width + 2]


def number(value: float) -> str:
    """A number as a table shows it: ``0.9123``, ``1.2e-05``, ``10000``."""
    try:
        whole = not isinstance(value, bool) and value == int(value) and abs(value) < 10**15
        return str(int(value)) if whole else str(value) if isinstance(value, bool) else f"{value:.6g}"
    except (OverflowError, ValueError):  # not finite, or too large to be a float
        return str(value)[:40]


def _block(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return " "
    share = 0.5 if high == low or not math.isfinite(high - low) else (value - low) / (high - low)
    return _BLOCKS[min(len(_BLOCKS) - 1, int(share * len(_BLOCKS)))]


class _Frame:
    """Where values are in the picture."""

    def __init__(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        self.across, self.up = _widened(*across), _widened(*up)

    def x(self, value: float) -> float:
        return _LEFT + _share(value, *self.across) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - _BOTTOM - _share(value, *self.up) * (HEIGHT - _TOP - _BOTTOM)

    def axes(self, x: str, y: str) -> list[str]:
        bottom = HEIGHT - _BOTTOM
        parts = []
        for tick in ticks(*self.up):
            at = self.y(tick)
            parts.append(
                f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{at:.1f}" y2="{at:.1f}" '
                f'stroke="{_INK}" stroke-opacity="0.25"/>'
            )
            parts.append(_text(_LEFT - 6, at + 3.5, _tick(tick), "end"))
        for tick in ticks(*self.across, most=7):
            at = self.x(tick)
            parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{bottom}" y2="{bottom + 4}" stroke="{_INK}"/>')
            parts.append(_text(at, bottom + 15, _tick(tick), "middle"))
        parts.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{bottom}" y2="{bottom}" stroke="{_INK}"/>')
        if x:
            parts.append(_text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 4, x, "middle"))
        if y:
            parts.append(_text(4, _TOP - 8, y, "start"))
        return parts


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round values from ``low`` to ``high``, at most ``most`` and a few."""
    span = high - low
    if not math.isfinite(span) or span <= 0:
        return [low, high] if low != high else [low]
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next((power * factor for factor in (1, 2, 5) if power * factor >= raw), power * 10)
    first = math.ceil(low / step)
    found = [number * step for number in range(first, first + most + 2)]
    return [value for value in found if value <= high + step * 1e-9] or [low, high]


def _tick(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e5 else f"{value:.3g}"


def _range(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _widened(low: float, high: float) -> tuple[float, float]:
    """A range that has a width: a curve that never changes is drawn in the middle."""
    if high > low:
        return low, high
    margin = abs(low) * 0.1 or 1.0
    return max(low - margin, -_LARGEST), min(low + margin, _LARGEST)


def _share(value: float, low: float, high: float) -> float:
    span = high - low
    if not math.isfinite(span):  # from one end of the floats to the other
        return (value / 2 - low / 2) / (high / 2 - low / 2)
    return min(1.0, max(0.0, (value - low) / span)) if span else 0.5


def _line(points: Sequence[Point], frame: _Frame, colour: str, dots: bool) -> list[str]:
    parts, path = [], []
    for point in [*points, (math.nan, math.nan)]:
        if _finite(point):
            path.append(f"{frame.x(point[0]):.1f},{frame.y(point[1]):.1f}")
            continue
        if len(path) > 1:
            parts.append(f'<polyline points="{" ".join(path)}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        if path and (dots or len(path) == 1 or len(points) <= 30):
            parts.extend(_dot(at, colour) for at in path)
        path = []
    return parts


def _dot(at: str, colour: str) -> str:
    x, y = at.split(",")
    return f'<circle cx="{x}" cy="{y}" r="2.2" fill="{colour}"/>'


def _legend(names: Sequence[str]) -> list[str]:
    parts, at = [], float(_LEFT)
    for index, name in enumerate(names[:6]):
        shown = name if len(name) <= 14 else name[:13] + "…"
        colour = _COLOURS[index % len(_COLOURS)]
        parts.append(f'<rect x="{at:.0f}" y="{_TOP - 6}" width="9" height="3" fill="{colour}"/>')
        parts.append(_text(at + 12, _TOP - 1, shown, "start"))
        at += 20 + 6.2 * len(shown)
    return parts


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{_plain(text)}</text>'


def _plain(text: str) -> str:
    """Escaped, without characters that XML does not know."""
    kept = "".join(c for c in str(text) if c.isprintable())
    return escape(kept[:60] + ("…" if len(kept) > 60 else ""), quote=True)


def _svg(title: str, parts: Sequence[str]) -> Markup:
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="10.5" '
        f'fill="{_INK}"><title>{_plain(title)}</title>'
        f'<text x="{WIDTH / 2:.0f}" y="13" text-anchor="middle" font-size="12" font-weight="600">{_plain(title)}</text>'
        f"{''.join(parts)}</svg>"
    )


def _finite(point: Point) -> bool:
    return math.isfinite(point[0]) and math.isfinite(point[1])
