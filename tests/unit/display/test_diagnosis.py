"""A diagnosis as text and as HTML."""

from __future__ import annotations

import json

from aml_nb.core.diagnosis import Diagnosis
from aml_nb.display.diagnosis import DiagnosisCard
from aml_nb.display.text import ansi
from aml_nb.errors import Source

BAD = "<script>alert(1)</script>"
FOUND = Diagnosis(
    "init-raised",
    "init() raised an exception",
    f"init() raised ValueError: {BAD}",
    Source(f"{BAD}/score.py", 2, 1, ("def init():", f"    raise ValueError('{BAD}')", "")),
    ("correct it: score.py, line 2", "service.reload(wait=True), or %service reload iris"),
    f"WebserviceException: {BAD}",
    (f"E [1] {BAD}",),
)


def test_nothing_of_it_is_markup() -> None:
    html = DiagnosisCard(FOUND).as_html()
    assert "<script" not in html and html.count("&lt;script&gt;") == 5
    assert html.count("<li>") == 2 and "<summary>Azure would have shown</summary>" in html


def test_the_text_has_everything_in_its_order() -> None:
    text = DiagnosisCard(FOUND).as_text()
    places = [text.index(part) for part in (FOUND.title, "-->    2", "Fix", "1. correct", "2. ", "The log", "Azure")]
    assert places == sorted(places)
    assert "\x1b[31m-->" in DiagnosisCard(FOUND).as_text(ansi)
    assert str(FOUND).splitlines()[1] == FOUND.why


def test_a_terminal_is_told_commands_and_a_notebook_magics() -> None:
    assert "or aml-nb service reload iris" in DiagnosisCard(FOUND, command=True).as_text()
    assert "or %service reload iris" in DiagnosisCard(FOUND).as_text()


def test_a_terminal_gets_no_control_characters() -> None:
    hostile = Diagnosis("unknown", "t", "a\x1b[2Jb\x07", None, ("f",), "", ("c\x1b]0;x\x07",))
    assert "\x1b" not in DiagnosisCard(hostile).as_text() and "\x07" not in DiagnosisCard(hostile).as_text()


def test_its_data_are_those_of_the_panel() -> None:
    data = json.loads(json.dumps(DiagnosisCard(FOUND).as_data()))
    assert set(data) == {"cause", "title", "why", "where", "fix", "azure", "evidence"}
    assert [line["marked"] for line in data["where"]["lines"]] == [False, True, False]
    assert data["where"]["lines"][1]["number"] == 2 == data["where"]["line"]
