"""The metrics of a run as one object: a mapping of v1's values, a table in a terminal, curves in a notebook."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aml_nb.display import charts, html, text
from aml_nb.display.base import Shown
from aml_nb.display.charts import Point, Series, number

MOST_CURVES = 24
"""Curves that are drawn; the table has the rest."""
MOST_ROWS = 20
_NO_SUCH_SHAPE = (TypeError, ValueError, KeyError, IndexError, AttributeError)
"""A document is whatever its writer made of it: one without the promised shape is named and not drawn."""


@dataclass
class Metric:
    """What was logged under one name, in the order it was logged.

    ``values`` are the values of ``log`` and ``log_list``, with ``steps`` beside them where they were given;
    ``rows`` those of ``log_row`` and ``log_table``; ``data`` is what the methods with a schema took, or the
    image's path.
    """

    name: str
    kind: str
    values: list[Any] = field(default_factory=list)
    steps: list[Any] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    data: Any = None

    @property
    def told(self) -> bool:
        """Whether the steps say where the values belong; MLflow gives all of them the same one when none is told."""
        some = any(step is not None for step in self.steps)
        return some and (len(self.values) == 1 or len(set(self.steps)) > 1)

    def points(self) -> list[Point]:
        """The values over their steps, else over their number; no numbers: nothing."""
        if not self.values or not all(_is_number(value) for value in self.values):
            return []
        told = self.told and all(_is_number(step) for step in self.steps)
        steps = self.steps if told else range(len(self.values))
        return sorted(
            ((_float(step), _float(value)) for step, value in zip(steps, self.values, strict=False)), key=lambda p: p[0]
        )

    @property
    def last(self) -> Any:
        """The value logged last."""
        return self.values[-1] if self.values else None

    def columns(self) -> list[str]:
        """The columns of its rows, in the order they came."""
        return list(dict.fromkeys(key for row in self.rows for key in row))


class MetricsView(Shown, Mapping[str, Any]):
    """The metrics of a run: ``view["accuracy"]`` is what ``run.get_metrics()`` has under that name."""

    def __init__(self, title: str, values: Mapping[str, Any], metrics: Sequence[Metric]) -> None:
        self.title, self.values_by_name, self.metrics = title, dict(values), list(metrics)

    def __getitem__(self, name: str) -> Any:
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)

    def to_pandas_dataframe(self) -> Any:
        """A row for each value that was logged: name, step, value."""
        import pandas

        rows = [
            {"name": metric.name, "step": step, "value": value}
            for metric in self.metrics
            for step, value in zip(metric.steps or range(len(metric.values)), metric.values, strict=False)
        ]
        return pandas.DataFrame(rows, columns=["name", "step", "value"])

    def as_text(self, paint: text.Paint = text.plain) -> str:
        if not self.metrics:
            return f"{text.clean(self.title)} has logged no metrics."
        rows = [[metric.name, *summary(metric), spark(metric)] for metric in self.metrics]
        return text.columns(("METRIC", "VALUE", "FROM", "TO", "LOGGED", "CURVE"), rows, paint)

    def as_html(self) -> str:
        return as_html(self.metrics) or f"<div>{html.cell(self.as_text())}</div>"

    def as_data(self) -> Any:
        return self.values_by_name


def summary(metric: Metric) -> list[str]:
    """The cells value, from, to and how many were logged."""
    if metric.kind == "image":
        return [text.clean(metric.data or "image"), "", "", "1"]
    if metric.rows:
        return [", ".join(metric.columns())[:40], "", "", f"{len(metric.rows)} rows"]
    if not metric.values:
        return [metric.kind.replace("_", " "), "", "", "1"]
    known = [y for _, y in metric.points() if math.isfinite(y)]
    several = len(metric.values) > 1
    low, high = (number(min(known)), number(max(known))) if known and several else ("", "")
    return [shown(metric.last), low, high, str(len(metric.values))]


def spark(metric: Metric) -> str:
    """Its curve in blocks, where it is one."""
    return charts.sparkline([y for _, y in metric.points()])


def shown(value: Any) -> str:
    """A value in a cell of a table."""
    if _is_number(value):
        return number(value)
    said = text.clean(value)
    return said if len(said) <= 60 else said[:59] + "…"


def as_html(metrics: Sequence[Metric], pictures: bool = True) -> str:
    """Single values as a table, all others as curves and tables; nothing of nothing.

    Parameters
    ----------
    metrics : what was logged.
    pictures : draw curves as pictures, which notebooks that are not trusted keep; else as SVG in the page.
    """
    numbers = [metric for metric in metrics if metric.values and len(metric.values) == 1 or _is_text(metric)]
    parts = []
    charted = [(metric, curves(metric), tables(metric)) for metric in metrics]
    rows = [[metric.name, shown(metric.last)] for metric in numbers]
    rows += [[m.name, f"a {m.kind.replace('_', ' ')} without data to draw"] for m in _undrawn(charted)]
    if rows:
        parts.append(html.table(("METRIC", "VALUE"), rows))
    drawn = [svg for _, found, _ in charted for svg in found]
    parts.append(wrapped([charts.picture(svg, title) if pictures else svg for title, svg in drawn[:MOST_CURVES]]))
    if len(drawn) > MOST_CURVES:
        rows = [[m.name, *summary(m)] for m in metrics if len(m.values) > 1]
        parts.append(html.table(("METRIC", "VALUE", "FROM", "TO", "LOGGED"), rows))
    parts.extend(table for _, _, table in charted)
    return "".join(parts)


def _undrawn(charted: Sequence[tuple[Metric, Any, str]]) -> list[Metric]:
    kinds = {*_SCHEMAS, "confusion_matrix"}
    return [metric for metric, found, table in charted if metric.kind in kinds and not found and not table]


def curves(metric: Metric) -> list[tuple[str, html.Markup]]:
    """The charts of one metric, each with its title."""
    if metric.kind in _SCHEMAS:
        try:
            return _SCHEMAS[metric.kind](metric)
        except _NO_SUCH_SHAPE:
            return []
    points = metric.points()
    if len(points) > 1:
        x = "step" if metric.told else ""
        return [(metric.name, charts.curve(metric.name, [Series(metric.name, points)], x))]
    return _pairs(metric)


def _pairs(metric: Metric) -> list[tuple[str, html.Markup]]:
    """Rows of two columns of numbers are a line, as v1 draws them."""
    names = metric.columns()
    if len(names) != 2 or len(metric.rows) < 2:
        return []
    points = [(row.get(names[0]), row.get(names[1])) for row in metric.rows]
    if not all(_is_number(x) and _is_number(y) for x, y in points):
        return []
    line = Series(metric.name, [(_float(x), _float(y)) for x, y in points])
    return [(metric.name, charts.curve(metric.name, [line], names[0], names[1], len(points) <= 100))]


def tables(metric: Metric) -> str:
    """The table of one metric, where it is one: rows, or a confusion matrix."""
    if metric.kind == "confusion_matrix":
        try:
            return _matrix(metric)
        except _NO_SUCH_SHAPE:
            return ""
    if not metric.rows:
        return ""
    names = metric.columns()[:12]
    rows = [[shown(row[name]) if name in row else "" for name in names] for row in metric.rows[-MOST_ROWS:]]
    left = len(metric.rows) - len(rows)
    caption = metric.name + (f" (the last {len(rows)} of {left + len(rows)} rows)" if left else "")
    return html.table(names, rows, caption)


def _matrix(metric: Metric) -> str:
    data = _schema(metric)
    matrix, labels = data.get("matrix"), data.get("class_labels") or []
    if not isinstance(matrix, list) or not all(isinstance(row, list) for row in matrix) or len(matrix) > 50:
        return ""
    names = [str(label) for label in labels] or [str(number) for number in range(len(matrix))]
    most = max((abs(_float(v)) for row in matrix for v in row if _is_number(v) and math.isfinite(_float(v))), default=0)
    rows = [
        [html.Markup(f"<b>{html.cell(name)}</b>"), *(_shaded(value, most) for value in row)]
        for name, row in zip(names, matrix, strict=False)
    ]
    return html.table(["true \\ predicted", *names], rows, metric.name)


def _shaded(value: Any, most: float) -> html.Markup:
    share = abs(_float(value)) / most if most and _is_number(value) and math.isfinite(_float(value)) else 0.0
    return html.Markup(
        f'<span style="display:inline-block;min-width:4em;text-align:right;padding:1px 6px;'
        f'background:rgba(31,119,180,{0.05 + 0.6 * share:.2f})">{html.cell(shown(value))}</span>'
    )


def _accuracy(metric: Metric) -> list[tuple[str, html.Markup]]:
    """ROC and precision over recall of each class, from its counts at each threshold."""
    data = _schema(metric)
    classes = data.get("probability_tables") or data.get("percentile_tables") or []
    names = [str(label) for label in data.get("class_labels") or range(len(classes))]
    roc, precision = [], []
    for name, table in zip(names, classes, strict=False):
        counts = [[_float(v) for v in row] for row in table if len(row) == 4 and all(map(_is_number, row))]
        roc.append(Series(name, [(fp / (fp + tn), tp / (tp + fn)) for tp, fp, tn, fn in counts if fp + tn and tp + fn]))
        precision.append(
            Series(name, [(tp / (tp + fn), tp / (tp + fp)) for tp, fp, tn, fn in counts if tp + fn and tp + fp])
        )
    return [
        (f"{metric.name}: ROC", charts.curve(f"{metric.name}: ROC", roc, "false positives", "true positives")),
        (f"{metric.name}: precision", charts.curve(f"{metric.name}: precision", precision, "recall", "precision")),
    ]


def _residuals(metric: Metric) -> list[tuple[str, html.Markup]]:
    data = _schema(metric)
    edges, counts = _numbers(data.get("bin_edges")), _numbers(data.get("bin_counts"))
    return [(metric.name, charts.bars(metric.name, edges, counts, "residual"))]


def _predictions(metric: Metric) -> list[tuple[str, html.Markup]]:
    data = _schema(metric)
    edges, averages = _numbers(data.get("bin_edges")), _numbers(data.get("bin_averages"))
    middles = [(left + right) / 2 for left, right in zip(edges, edges[1:], strict=False)]
    lines = [
        Series("predicted", list(zip(middles, averages, strict=False))),
        Series("ideal", [(x, x) for x in middles]),
    ]
    return [(metric.name, charts.curve(metric.name, lines, "true", "predicted", dots=True))]


_SCHEMAS = {"accuracy_table": _accuracy, "residuals": _residuals, "predictions": _predictions}


def _schema(metric: Metric) -> dict[str, Any]:
    found = metric.data.get("data") if isinstance(metric.data, dict) else None
    return found if isinstance(found, dict) else {}


def _numbers(values: Any) -> list[float]:
    return [_float(value) if _is_number(value) else math.nan for value in values or []]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def _is_text(metric: Metric) -> bool:
    return len(metric.values) > 1 and not metric.points()


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def wrapped(parts: Sequence[str]) -> str:
    """Side by side, as many as there is room for."""
    if not parts:
        return ""
    return f'<div style="display:flex;flex-wrap:wrap;gap:8px">{"".join(parts)}</div>'
