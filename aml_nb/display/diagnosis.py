"""A diagnosis in notebook and terminal: everything of it that others wrote is escaped."""

from __future__ import annotations

import re
from typing import Any

from aml_nb.core.diagnosis import Diagnosis
from aml_nb.core.diagnosis.diagnosis import indented, numbered
from aml_nb.display import html, text
from aml_nb.display.base import Shown
from aml_nb.errors import Source

_MAGIC = re.compile(r"(?<![\w%])%{1,2}(?=(?:service|deploy|models|register|aml|profile|package|batch|score_script)\b)")
_MARKED = "background:#f5a62340;font-weight:600"  # it shines through: text is light or dark, as the theme is


class DiagnosisCard(Shown):
    """Why a service fails; ``diagnosis`` is what ``service.diagnose()`` gave.

    Parameters
    ----------
    diagnosis : the diagnosis.
    command : whether it is for a terminal, where ``%service`` is ``aml-nb service``.
    """

    def __init__(self, diagnosis: Diagnosis, command: bool = False) -> None:
        self.diagnosis = diagnosis
        self._command = command

    def as_text(self, paint: text.Paint = text.plain) -> str:
        found = self.diagnosis
        parts = [f"{paint('bad', found.title)} {paint('dim', f'({found.cause})')}", found.why]
        if found.where is not None:
            parts += ["", _painted(found.where, paint)]
        for label, body in self._parts():
            parts += ["", paint("bold", label), body]
        return text.harmless("\n".join(parts))

    def _parts(self) -> list[tuple[str, str]]:
        found = self.diagnosis
        parts = [
            ("Fix", numbered(self._steps())),
            ("The log says", indented(found.evidence)),
            ("Azure would have shown", indented(found.azure.splitlines())),
        ]
        return [(label, body) for label, body in parts if body]

    def _steps(self) -> tuple[str, ...]:
        if not self._command:
            return self.diagnosis.fix
        return tuple(_MAGIC.sub("aml-nb ", step).replace("score_script", "score-script") for step in self.diagnosis.fix)

    def as_html(self) -> str:
        found = self.diagnosis
        steps = "".join(f"<li>{html.cell(step)}</li>" for step in self._steps())
        parts = [f"<div>{html.cell(found.why)}</div>"]
        if found.where is not None:
            parts.append(_lines(found.where))
        if steps:
            parts.append(f'<div style="margin-top:6px"><b>Fix</b><ol style="margin:2px 0 6px">{steps}</ol></div>')
        parts += [_folded(label, body) for label, body in self._folds()]
        return html.framed("diagnosis", found.title, found.cause, "".join(parts))

    def _folds(self) -> list[tuple[str, str]]:
        found = self.diagnosis
        folds = [("The log says", "\n".join(found.evidence)), ("Azure would have shown", found.azure)]
        return [(label, body) for label, body in folds if body]

    def as_data(self) -> Any:
        return self.diagnosis.as_data()


def _painted(source: Source, paint: text.Paint) -> str:
    """The lines with the one that failed in colour."""
    rows = str(source).split("\n")
    return "\n".join(paint("bad", row) if row.startswith("-->") else row for row in rows)


def _lines(source: Source) -> str:
    rows = [
        f'<span style="display:block;{_MARKED if number == source.line else ""}">{number:5d}  {html.cell(line)}</span>'
        for number, line in enumerate(source.lines, source.first)
    ]
    head = f"{html.cell(source.path)}, line {source.line}"
    return f'<div style="margin-top:6px">{head}</div><pre style="margin:2px 0;overflow:auto">{"".join(rows)}</pre>'


def _folded(label: str, body: str) -> str:
    return f"<details><summary>{html.cell(label)}</summary>{html.block(body)}</details>"
