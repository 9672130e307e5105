"""``up``, ``down`` and ``status``: what they say; that the server really comes and goes is tested with the real one."""

from __future__ import annotations

import json
import re

import pytest

from aml_nb import cli
from aml_nb.core import plane
from aml_nb.core.pipelines.graph import Graph
from aml_nb.core.pipelines.published import publish
from aml_nb.core.plane import Plane
from aml_nb.core.plane.folder import PlaneFolder
from aml_nb.core.workspace import Workspace

Capture = pytest.CaptureFixture[str]
RUNNING = Plane("http://127.0.0.1:4711", 4711, 815, "1.0", "/venv/bin/python", 1.8e9, 2, "/ws/control/server.log")


def said(capsys: Capture, *words: str) -> str:
    assert cli.main(list(words)) == 0
    return capsys.readouterr().out


def test_status_of_one_that_does_not_run_starts_nothing(ws: Workspace, capsys: Capture) -> None:
    publish(ws, Graph([]), "p")
    text = said(capsys, "status")
    assert "control plane test-ws  Stopped" in text and "pipelines  1" in text
    assert json.loads(said(capsys, "status", "--json")) == {"state": "Stopped", "pipelines": 1, "schedules": []}
    assert "is not running" in said(capsys, "down")
    assert not PlaneFolder(ws._folder).path.exists()


def test_what_runs_is_shown_with_its_address(ws: Workspace, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plane, "look", lambda workspace: RUNNING)
    text = said(capsys, "status")
    assert "Running" in text and RUNNING.url in text and "815" in text and RUNNING.log in text
    told = json.loads(said(capsys, "status", "--json"))
    assert (told["state"], told["url"], told["pid"]) == ("Running", RUNNING.url, 815)


def test_up_starts_and_restarts(ws: Workspace, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    called = []
    monkeypatch.setattr(plane, "up", lambda workspace: called.append("up") or RUNNING)
    monkeypatch.setattr(plane, "restart", lambda workspace: called.append("restart") or RUNNING)
    assert RUNNING.url in said(capsys, "up")
    assert RUNNING.url in said(capsys, "up", "--restart")
    assert called == ["up", "restart"]


def test_schedules_that_rest_are_told(ws: Workspace, capsys: Capture) -> None:
    from aml_nb.core.pipelines import published_records as kept

    payload = {
        "id": "s",
        "name": "weekly",
        "status": kept.ACTIVE,
        "next": "2030-01-07T12:00:00+00:00",
        "trouble": "gone",
    }
    kept.records(ws, kept.SCHEDULE).put("s", payload)
    text = said(capsys, "status")
    assert "aml-nb up" in text and "The schedule weekly: gone" in text and re.search("next +2030-01-0.* weekly", text)
    assert json.loads(said(capsys, "status", "--json"))["schedules"][0]["trouble"] == "gone"
