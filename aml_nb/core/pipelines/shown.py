"""How published pipelines, endpoints and schedules look."""

from __future__ import annotations

from html import escape
from typing import Any

from aml_nb.core.runs.shown import link, table

Rows = list[tuple[str, Any]]


def text_of(kind: str, rows: Rows) -> str:
    """As text."""
    return "{}({})".format(kind, ",\n".join(f"{label}: {value}" for label, value in rows))


def html_of(rows: Rows) -> str:
    """As one row under its labels; addresses can be clicked."""
    return table([(label, _cell(value)) for label, value in rows])


def _cell(value: Any) -> str:
    text = str(value)
    return link(text, text) if text.startswith("http://") else escape(text)
