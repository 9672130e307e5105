"""Text and HTML of one object; nothing a user named can break out of either."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aml_nb.display import html, text
from aml_nb.display.answers import Answer, Keys, LogView, level_of
from aml_nb.display.base import Card, Table

BAD = "<script>alert('x')</script>\"&"


class Thing:
    def __init__(self, name: str, state: str = "Healthy") -> None:
        self.name, self.state = name, state

    def serialize(self) -> dict[str, str]:
        return {"name": self.name}


class Things(Table):
    kind, heads, state, empty = "things", ("NAME", "STATE"), 1, "%make NAME"

    def row(self, item: Any) -> list[str]:
        return [item.name, item.state]


def shown() -> list[Any]:
    return [
        Things([Thing(BAD, BAD)]),
        Card(BAD, BAD, [(BAD, BAD)], BAD, [BAD]),
        Answer({"a": BAD}, 1.0, 200, BAD, BAD),
        LogView(BAD, [BAD]),
        Keys(BAD, BAD, BAD, show=True),
    ]


@pytest.mark.parametrize("thing", shown(), ids=lambda thing: type(thing).__name__)
def test_html_holds_no_tag_that_a_user_wrote(thing: Any) -> None:
    page = thing._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert thing._repr_mimebundle_() == {"text/plain": repr(thing), "text/html": page}


@pytest.mark.parametrize("thing", shown(), ids=lambda thing: type(thing).__name__)
def test_colours_come_from_the_theme_with_a_fallback(thing: Any) -> None:
    page = thing._repr_html_()
    for colour in re.findall(r"(?:color|background):([^;\"]+)", page):
        assert colour == "transparent" or re.fullmatch(r"var\(--jp-[a-z0-9-]+, [^)]+\)", colour), colour


def test_text_holds_no_control_characters() -> None:
    table = Things([Thing("a\x1b[2Jb\nc")])
    assert "\x1b" not in repr(table)
    assert len(repr(table).splitlines()) == 2


@pytest.mark.parametrize(
    "shown",
    [
        LogView("iris", ["a\t\x1b[31mred\x1b[0m\x1b[2J\x1b]0;title\x07\r"]),
        Answer("\x1b[2J\x9b2Jok\n", 1.0, printed="\x1b[H"),
    ],
    ids=["log", "answer"],
)
def test_what_services_write_moves_no_cursor(shown: Any) -> None:
    left = repr(shown).replace("\x1b[31m", "").replace("\x1b[0m", "")
    assert all(c.isprintable() or c in "\n\t" for c in left), left


def test_colours_of_a_log_are_kept() -> None:
    assert repr(LogView("iris", ["a\t\x1b[31mred\x1b[0m"])) == "a\t\x1b[31mred\x1b[0m"


def test_a_table_is_aligned_and_a_sequence() -> None:
    table = Things([Thing("a"), Thing("longer", "Failed")])
    assert repr(table) == "NAME    STATE\na       Healthy\nlonger  Failed"
    assert table["longer"] is table[1]
    assert [thing.name for thing in table] == ["a", "longer"]
    assert table.as_data() == [{"name": "a"}, {"name": "longer"}]
    with pytest.raises(KeyError):
        table["nothing"]


def test_an_empty_table_says_what_to_type() -> None:
    assert repr(Things([])) == "No things here yet. Try: %make NAME"
    assert "%make NAME" in Things([])._repr_html_()


def test_colours_only_when_asked() -> None:
    table = Things([Thing("a", "Failed")])
    assert "\x1b[31mFailed" in table.as_text(text.ansi)
    assert "\x1b" not in table.as_text()


@pytest.mark.parametrize(
    ("url", "is_link"),
    [("http://localhost:1/score", True), ("https://a.b", True), ("javascript:alert(1)", False), (None, False)],
)
def test_only_web_addresses_become_links(url: str | None, is_link: bool) -> None:
    assert ("<a " in html.link(url)) is is_link


def test_keys_are_stars_until_asked() -> None:
    hidden = Keys("svc", "a" * 29 + "xyz", "b" * 32)
    assert "aaa" not in repr(hidden) + hidden._repr_html_() + str(hidden.as_data())
    assert "xyz" in repr(hidden)
    assert hidden.primary == "a" * 29 + "xyz"
    assert list(hidden) == [hidden.primary, hidden.secondary]
    assert "a" * 29 in repr(Keys("svc", "a" * 29 + "xyz", "b" * 32, show=True))


def test_an_answer_reads_well() -> None:
    assert repr(Answer([0], 3.2, 200, "from iris")) == "200 in 3 ms  from iris\n[0]"
    assert repr(Answer("text", 3.2)).endswith("\ntext")
    assert "\n  " in repr(Answer({"data": list(range(100))}, 1.0))


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-01-01 10:00:00,123 W [17] azmlinfsrv - INFO is said", "WARNING"),
        ("2026-01-01 | ERROR | boom", "ERROR"),
        ("  File 'x.py', line 1", None),
        ("the word error in lower case", None),
    ],
)
def test_levels_of_log_lines(line: str, level: str | None) -> None:
    assert level_of(line) == level


@pytest.mark.parametrize(("seconds", "said"), [(5, "5 s"), (180, "3 min"), (7200, "2 h"), (345_600, "4 days")])
def test_ages(seconds: int, said: str) -> None:
    import time

    assert text.age(time.time() - seconds) == said
    assert text.age(None) == ""
    assert text.age("no date") == ""
