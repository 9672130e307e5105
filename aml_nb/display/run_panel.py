"""The sections of a run's panel: HTML for the live widget and for what stays in the notebook, text for terminals."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape

from aml_nb.core.pipelines import picture
from aml_nb.core.pipelines.graph import Graph
from aml_nb.display import charts, graph, html, text
from aml_nb.display import metrics as metric_views
from aml_nb.display.charts import Series
from aml_nb.display.log_tail import LogTail
from aml_nb.display.metrics import MetricsView, shown
from aml_nb.display.run_facts import Child, Picture, RunFacts
from aml_nb.display.run_words import children_text, duration, error_of, name_of, run_rows, took
from aml_nb.display.text import pairs

MOST_SHOWN_CHILDREN = 50
MOST_LINES = 6
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_HIDDEN = ("error", "children")


def whole(facts: RunFacts) -> str:
    """Everything, as it is to stay in a saved notebook."""
    failed = facts.record.status == "Failed"
    return "".join(
        [
            head(facts),
            steps(facts, pictures=True),
            metrics(facts, pictures=True),
            images(facts.pictures),
            children(facts),
            *(folded(log_title(log), log_block(log), failed and log is facts.logs[0]) for log in facts.logs),
        ]
    )


def as_text(facts: RunFacts) -> str:
    """The same for a terminal."""
    record = facts.record
    rows = [(label, str(value)) for label, value in run_rows(facts) if value]
    parts = [f"run {text.clean(name_of(record))}  {record.status}", text.labels(rows)]
    drawn = graph_of(facts)
    if drawn is not None:
        parts.append(graph.as_text(*drawn))
    if facts.metrics:
        parts.append(MetricsView(name_of(record), {}, facts.metrics).as_text())
    if facts.children:
        heads, cells = _child_rows(facts)
        parts.append(text.columns(heads, cells, text.plain))
    if record.status == "Failed" and facts.logs:
        parts.append(f"the end of {text.clean(facts.logs[0].name)}:\n" + "\n".join(facts.logs[0].lines[-20:]))
    return "\n".join(parts)


def head(facts: RunFacts) -> str:
    """What it is, its state, how long it has taken, and what went wrong."""
    record = facts.record
    rows = [(label, value) for label, value in run_rows(facts, now=False) if value and label not in _HIDDEN]
    if not facts.over and facts.seconds is not None:
        rows = [(label, f"{duration(facts.seconds)} so far" if label == "took" else value) for label, value in rows]
    if facts.children:
        rows.append(("children", children_text(facts)))
    error = error_of(record, whole=True)
    top = html.card("run", name_of(record), record.status, rows)
    return top + (html.block(error, "bad") if error else "")


def metrics(facts: RunFacts, pictures: bool) -> str:
    """The metrics as tables and curves."""
    drawn = metric_views.as_html(facts.metrics, pictures)
    return titled("Metrics", drawn) if drawn else ""


def steps(facts: RunFacts, pictures: bool) -> str:
    """The steps of a pipeline with their states; nothing for other runs."""
    drawn = graph_of(facts)
    if drawn is None:
        return ""
    large = len(drawn[0].nodes) > picture.MOST_DRAWN
    page = graph.as_html(*drawn) if pictures or large else f'<div style="overflow-x:auto">{graph.as_svg(*drawn)}</div>'
    return titled("Steps", page)


def graph_of(facts: RunFacts) -> tuple[Graph, dict[str, str]] | None:
    """What a pipeline's run is made of, and the states of its steps as they were seen last; None for other runs."""
    told = facts.record.payload.get("pipeline")
    if told is None:
        return None
    return Graph.from_dict(told["graph"]), graph.states_of(child.record for child in facts.children)


def images(pictures: Sequence[Picture]) -> str:
    """The logged images."""
    drawn = [figure(each) for each in pictures]
    return titled("Images", metric_views.wrapped(drawn)) if drawn else ""


def figure(picture: Picture) -> str:
    """One image with its name; words where it is none that a page can show."""
    kind = next((kind for start, kind in _SIGNATURES.items() if picture.data.startswith(start)), None)
    name = escape(picture.name, quote=True)
    if kind is None:
        why = "too large to show here" if not picture.data else "no PNG, JPEG or GIF"
        return f"<div>{name}: {escape(picture.file)} ({why})</div>"
    data = base64.b64encode(picture.data).decode()
    return (
        f'<figure style="margin:0"><img alt="{name}" style="max-width:420px;max-height:320px;background:#fff" '
        f'src="data:{kind};base64,{data}"><figcaption>{name}</figcaption></figure>'
    )


def children(facts: RunFacts, pictures: bool = True) -> str:
    """The children as a table, the best first where a metric says which that is."""
    if not facts.children:
        return ""
    heads, rows = _child_rows(facts)
    state = 2 if facts.primary is None else 3
    badged = [[html.badge(cell) if n == state else cell for n, cell in enumerate(row)] for row in rows]
    left = len(facts.children) - len(rows)
    caption = f"{left} more" if left > 0 else ""
    return titled("Child runs", html.table(heads, badged, caption)) + _by_number(facts, pictures)


def _by_number(facts: RunFacts, pictures: bool) -> str:
    """The primary metric of each child in the order they were made, and of the best of them as they logged it."""
    known = sorted((child.record.number, child.value) for child in facts.children if child.value is not None)
    if facts.primary is None or len(known) < 2:
        return ""
    gap = (math.nan, math.nan)
    dots = [point for number, value in known for point in ((float(number), value), gap)]
    title = f"{facts.primary.name} by child"
    drawn = [(title, charts.curve(title, [Series(title, dots)], "run number"))]
    lines = [Series(f"run {c.record.number}", facts.points(c)) for c in facts.children[:MOST_LINES] if c.logged > 1]
    if lines:
        title = f"{facts.primary.name} of {'the best children' if len(facts.children) > MOST_LINES else 'the children'}"
        drawn.append((title, charts.curve(title, lines, "values logged")))
    return metric_views.wrapped([charts.picture(svg, title) if pictures else svg for title, svg in drawn])


def log_title(log: LogTail) -> str:
    """The log's name, and how much of it is shown."""
    return f"{log.name}{f' ({log.note})' if log.note else ''}"


def log_block(log: LogTail) -> str:
    """The log, scrolled to its end."""
    said = "\n".join(log.lines) or "(nothing yet)"
    return (
        '<div style="display:flex;flex-direction:column-reverse;max-height:22em;overflow:auto">'
        '<pre style="font-family:var(--jp-code-font-family, monospace);margin:0;white-space:pre-wrap;'
        'flex:none;overflow:visible">'
        f"{escape(said)}</pre></div>"
    )


def folded(title: str, body: str, unfolded: bool = False) -> str:
    """A part that is shown when somebody wants it."""
    mark = " open" if unfolded else ""
    return f'<details{mark} style="margin-top:6px"><summary>{escape(title)}</summary>{body}</details>'


def titled(title: str, body: str) -> str:
    """A part under a heading."""
    return f'<div style="margin-top:8px;font-weight:600">{escape(title)}</div>{body}'


def _child_rows(facts: RunFacts) -> tuple[list[str], list[list[str]]]:
    parameters = any(child.parameters for child in facts.children)
    heads = ["#", "RUN", "STATUS", "TOOK"]
    if facts.primary is not None:
        heads.insert(2, facts.primary.name)
    if parameters:
        heads.append("PARAMETERS")
    return heads, [_child_row(child, facts, parameters) for child in facts.children[:MOST_SHOWN_CHILDREN]]


def _child_row(child: Child, facts: RunFacts, parameters: bool) -> list[str]:
    record = child.record
    row = [str(record.number), name_of(record), record.status, took(record)]
    if facts.primary is not None:
        row.insert(2, "" if child.value is None else shown(child.value))
    if parameters:
        row.append(pairs(child.parameters))
    return row
