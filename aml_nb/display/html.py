"""HTML for notebooks: everything escaped, colours from the theme's variables with fallbacks that suit any."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from aml_nb.display.text import tone_of

_TEXT = "var(--jp-ui-font-color1, inherit)"
_DIM = "var(--jp-ui-font-color2, inherit)"
_LINE = "var(--jp-border-color2, #8885)"
_LINK = "color:var(--jp-content-link-color, LinkText)"  # in widgets a link has no colour of its own
_TONES = {
    "ok": "var(--jp-success-color1, #2e8b57)",
    "busy": "var(--jp-warn-color1, #b8860b)",
    "bad": "var(--jp-error-color1, #d1495b)",
    "dim": _DIM,
}
_MONO = "font-family:var(--jp-code-font-family, monospace)"


class Markup(str):
    """HTML that was escaped where it was made."""


def cell(value: Any) -> str:
    """The value as HTML; only Markup goes through as it is."""
    return str(value) if isinstance(value, Markup) else escape(str(value), quote=True)


def link(url: str | None, label: str | None = None) -> Markup:
    """A link where the address is one of http; else just its text."""
    text = escape(label or url or "", quote=True)
    if not url or not url.startswith(("http://", "https://")):
        return Markup(text)
    address = escape(url, quote=True)
    return Markup(f'<a href="{address}" target="_blank" rel="noopener noreferrer" style="{_LINK}">{text}</a>')


def badge(state: Any) -> Markup:
    """The state in its colour."""
    if not state:
        return Markup("")
    colour = _TONES[tone_of(state)]
    return Markup(
        f'<span style="color:{colour};border:1px solid {colour};border-radius:9px;'
        f'padding:0 8px;font-size:90%">{escape(str(state))}</span>'
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]], caption: str = "") -> str:
    """A table, left-aligned, in the theme's colours."""
    style = f"text-align:left;padding:3px 12px 3px 0;border-bottom:1px solid {_LINE}"
    head = "".join(f'<th style="{style};color:{_DIM};font-weight:600">{cell(h)}</th>' for h in heads)
    body = "".join(
        "<tr>" + "".join(f'<td style="{style}">{cell(value)}</td>' for value in row) + "</tr>" for row in rows
    )
    top = f'<caption style="text-align:left;color:{_DIM}">{cell(caption)}</caption>' if caption else ""
    return (
        f'<table style="border-collapse:collapse;color:{_TEXT};background:transparent">'
        f"{top}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def card(kind: str, title: str, state: Any, rows: Sequence[tuple[str, Any]], notes: Sequence[str] = ()) -> str:
    """A small card: what it is, its name and state, then label and value pairs."""
    body = "".join(
        f'<div style="color:{_DIM}">{cell(label)}</div><div style="overflow-wrap:anywhere">{cell(value)}</div>'
        for label, value in rows
    )
    tail = "".join(f'<div style="color:{_DIM};margin-top:4px">{cell(note)}</div>' for note in notes)
    return (
        f'<div style="border:1px solid {_LINE};border-radius:4px;padding:8px 12px;max-width:52em;color:{_TEXT}">'
        f'<div style="margin-bottom:4px"><span style="color:{_DIM}">{cell(kind)}</span> '
        f"<b>{cell(title)}</b> {badge(state)}</div>"
        f'<div style="display:grid;grid-template-columns:max-content 1fr;gap:2px 12px">{body}</div>{tail}</div>'
    )


def colour(tone: str) -> str:
    """The colour of a tone; that of other text for one that is not known."""
    return _TONES.get(tone, _TEXT)


def framed(kind: str, title: str, word: str, body: str) -> str:
    """A card of something that is wrong, about ``body``, which is HTML already."""
    bad = _TONES["bad"]
    return (
        f'<div style="border:1px solid {_LINE};border-left:3px solid {bad};border-radius:4px;padding:8px 12px;'
        f'max-width:64em;color:{_TEXT}"><div style="margin-bottom:4px"><span style="color:{_DIM}">{cell(kind)}</span> '
        f'<b>{cell(title)}</b> <code style="color:{_DIM}">{cell(word)}</code></div>{body}</div>'
    )


def block(text: str, tone: str = "") -> str:
    """Preformatted text that scrolls instead of filling the page."""
    colour = f"color:{_TONES[tone]};" if tone in _TONES else ""
    return (
        f'<pre style="{_MONO};{colour}margin:4px 0;max-height:24em;overflow:auto;white-space:pre-wrap">'
        f"{escape(text)}</pre>"
    )
