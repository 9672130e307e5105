"""What comes back from services: an answer, a log, keys, addresses."""

from __future__ import annotations

import json
import re
from typing import Any

from aml_nb.display import html, text
from aml_nb.display.base import Card, Shown


class Answer(Shown):
    """What a service answered: ``value`` is the decoded JSON, ``status`` the HTTP status, ``ms`` how long it took."""

    def __init__(self, value: Any, ms: float, status: int = 200, source: str = "", printed: str = "") -> None:
        self.value, self.ms, self.status = value, ms, status
        self.source, self.printed = source, printed

    def as_text(self, paint: text.Paint = text.plain) -> str:
        tone = "ok" if self.status < 400 else "bad"
        head = f"{paint(tone, str(self.status))} {paint('dim', f'in {self.ms:.0f} ms')}"
        body = text.harmless(pretty(self.value))
        if self.printed.strip():
            body += "\n" + paint("dim", "printed:") + "\n" + text.harmless(self.printed.rstrip())
        return f"{head}{f'  {text.clean(self.source)}' if self.source else ''}\n{body}"

    def as_html(self) -> str:
        tone = "ok" if self.status < 400 else "bad"
        head = f"<b>{self.status}</b> in {self.ms:.0f} ms {html.cell(self.source)}"
        printed = html.block("printed:\n" + self.printed.rstrip(), "dim") if self.printed.strip() else ""
        return f"<div>{head}</div>{html.block(pretty(self.value), '' if tone == 'ok' else 'bad')}{printed}"

    def as_data(self) -> Any:
        return {"status": self.status, "ms": round(self.ms, 3), "value": self.value}


class LogView(Shown):
    """The log of a service; ``str()`` is the text, ``lines`` its lines."""

    def __init__(self, name: str, lines: list[str]) -> None:
        self.name, self.lines = name, lines

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Any:
        return iter(self.lines)

    def __contains__(self, part: str) -> bool:
        return part in str(self)

    def as_text(self, paint: text.Paint = text.plain) -> str:
        if not self.lines:
            return f"{self.name} has logged nothing that fits."
        return "\n".join(paint(log_tone(line), text.harmless(line)) for line in self.lines)

    def as_html(self) -> str:
        return html.block(self.as_text())

    def as_data(self) -> Any:
        return {"name": self.name, "lines": self.lines}


class Keys(Shown):
    """A service's keys; shown as stars unless asked, whole as ``primary`` and ``secondary``."""

    def __init__(self, name: str, primary: str, secondary: str, show: bool = False) -> None:
        self.name, self.primary, self.secondary, self._show = name, primary, secondary, show

    def __iter__(self) -> Any:
        return iter((self.primary, self.secondary))

    def _card(self) -> Card:
        rows = [("primary", self._seen(self.primary)), ("secondary", self._seen(self.secondary))]
        notes = [] if self._show else ["--show prints them; the object has them whole: .primary, .secondary"]
        return Card("keys of", self.name, rows, notes=notes)

    def _seen(self, key: str) -> str:
        return key if self._show else "*" * 12 + key[-3:] if len(key) > 15 else "*" * 12

    def as_text(self, paint: text.Paint = text.plain) -> str:
        return self._card().as_text(paint)

    def as_html(self) -> str:
        return self._card().as_html()

    def as_data(self) -> Any:
        return {"name": self.name, "primary": self._seen(self.primary), "secondary": self._seen(self.secondary)}


class Code(Shown):
    """A program that calls a service; ``str()`` is its text, ``file`` a name to save it under."""

    def __init__(self, name: str, snippet: Any) -> None:
        self.name, self.text, self.language, self.file = name, str(snippet), snippet.language, snippet.file

    def __str__(self) -> str:
        return self.text

    def save(self, path: str | None = None) -> str:
        """Write it to ``path``, or under its own name into the current folder; returns where."""
        path = path or self.file
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.text)
        return path

    def as_text(self, paint: text.Paint = text.plain) -> str:
        return text.harmless(self.text.rstrip("\n"))

    def as_html(self) -> str:
        return html.block(self.text)

    def as_data(self) -> Any:
        return {"name": self.name, "language": self.language, "file": self.file, "text": self.text}


def log_tone(line: str) -> str:
    """How a log line is coloured."""
    return {"ERROR": "bad", "CRITICAL": "bad", "WARNING": "busy"}.get(level_of(line) or "", "")


def level_of(line: str) -> str | None:
    """The level that a log line says it has: one letter as the server writes it, or a word."""
    stamped = _STAMPED.match(line)
    if stamped:
        return _LETTERS[stamped[1]]
    for word in _BREAKS.sub(" ", line).split()[:8]:
        if word in LEVELS:
            return word
    return None


class AtLeast:
    """Takes from a log the lines of a level and above, with the lines without a level that follow them (tracebacks)."""

    def __init__(self, level: str) -> None:
        self._wanted = LEVELS[LEVELS.index(level) :]
        self._keep = False

    def take(self, lines: list[str]) -> list[str]:
        """Those of the next lines."""
        found = []
        for line in lines:
            said = level_of(line)
            self._keep = self._keep if said is None else said in self._wanted
            if self._keep:
                found.append(line)
        return found


def at_least(lines: list[str], level: str) -> list[str]:
    """The lines of this level and above."""
    return AtLeast(level).take(lines)


LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_LETTERS = {level[0]: level for level in LEVELS}
_STAMPED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ ([DIWEC]) \[")
_BREAKS = re.compile(r"[|\[\]:]")


def pretty(value: Any) -> str:
    """JSON as a person reads it: on one line where it fits."""
    if isinstance(value, str):
        return value
    try:
        short = json.dumps(value, ensure_ascii=False, default=str)
        return short if len(short) <= 100 else json.dumps(value, ensure_ascii=False, indent=2, default=str)
    except (TypeError, ValueError):
        return repr(value)
