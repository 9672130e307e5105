"""Logs of what runs in containers, which tell their last lines alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb.labserver.shapes import logs, service_detail

WORKSPACE: Any = None


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines of a container, of which the last hundred are told."""
    written: list[str] = []
    service = SimpleNamespace(get_logs=lambda count: "".join(written[-100:]))
    monkeypatch.setattr(service_detail, "find", lambda workspace, identity: service)
    monkeypatch.setattr(logs, "path_of", lambda service, name: None)
    return written


def test_every_line_of_a_container_comes_once(lines: list[str]) -> None:
    source = logs.Source(WORKSPACE, "services", "web", "service")
    assert source.file is None and source.read(0).text == ""
    at, found = 0, ""
    for number in range(90):
        lines.extend(f"{number:04} {part} a line of some length, as they are\n" for part in "abcd")
        part = source.read(at)
        assert part.start == at
        at, found = part.end, found + part.text
    assert found == "".join(lines)
    assert source.read(at).text == ""


def test_a_container_that_wrote_too_much_between_two_looks_begins_anew(lines: list[str]) -> None:
    source = logs.Source(WORKSPACE, "services", "web", "service")
    lines.extend(f"before {number}\n" for number in range(100))
    at = source.read(0).end
    lines.extend(f"after {number}\n" for number in range(500))
    part = source.read(at)
    assert part.text.startswith("after 400\n") and part.start == at
