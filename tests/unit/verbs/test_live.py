"""The live forms of verbs: a panel where there is a notebook, text where there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aml_nb import cli
from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace
from aml_nb.errors import AmlError
from aml_nb.verbs import MAGIC, VERBS, service, streaming
from aml_nb.verbs.context import Context

BAD = "<script>alert(1)</script>"


class Live:
    """What a notebook would show; ``here`` says whether there is one."""

    def __init__(self, here: bool) -> None:
        self.here, self.shown = here, []  # type: ignore[var-annotated]

    def __call__(self, thing: Any, **options: Any) -> bool:
        self.shown.append((thing, options))
        return self.here


def do(line: str, live: Any = None) -> Any:
    verb, *words = line.split()
    return VERBS[verb].run(words, Context(MAGIC, live=live))


@pytest.fixture
def models(ws: Workspace) -> Workspace:
    for name in ("iris", "wine", "churn"):
        Path("m.txt").write_text(name)
        Model.register(ws, "m.txt", name, tags={"area": BAD})
    return ws


def test_the_registry_is_a_panel_in_a_notebook_and_a_table_elsewhere(models: Workspace) -> None:
    live = Live(True)
    view = do("aml registry wi ne", live)
    assert live.shown == [], "it is shown when the cell shows its value"
    view._ipython_display_()
    assert live.shown == [(models, {"search": "wi ne"})]
    elsewhere = do("aml registry", Live(False))
    with pytest.raises(NotImplementedError):
        elsewhere._ipython_display_()
    assert [entry.name for entry in elsewhere] == ["churn", "wine", "iris"] and len(elsewhere) == 3
    assert BAD not in elsewhere._repr_html_() and BAD in repr(elsewhere)
    assert "2 of 3 models" in repr(do("aml registry --limit 2"))
    assert "no model fits" in repr(do("aml registry nothing"))
    with pytest.raises(AmlError, match="shows nothing"):
        do("aml registry --limit 0")


def test_the_registry_in_a_terminal(models: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["aml", "registry", "script", "--workspace", models.name, "--json"]) == 0
    (first, *_) = json.loads(capsys.readouterr().out)
    assert first == {
        "name": "churn", "version": 1, "versions": 1, "framework": None, "tags": {"area": BAD}, "description": None,
    }  # fmt: skip
    assert cli.main(["aml", "registry", "--workspace", models.name]) == 0
    assert "churn" in capsys.readouterr().out


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> object:
    """A service that is found, whatever it is called."""
    there = object()
    monkeypatch.setattr(service, "find_service", lambda context, name: there)
    return there


def test_a_log_is_followed_by_a_panel_or_by_lines(found: object, monkeypatch: pytest.MonkeyPatch) -> None:
    streamed: list[Any] = []
    monkeypatch.setattr(streaming, "logs", lambda context, *rest: streamed.append(rest))
    live = Live(True)
    assert do("service logs iris --follow --level error --lines 7", live) is None
    assert live.shown == [(found, {"log": True, "level": "ERROR", "lines": 7})] and not streamed
    do("service logs iris -f", Live(False))
    assert streamed == [(found, None, 100)]


def test_a_status_is_followed_by_a_panel_or_by_lines(found: object, monkeypatch: pytest.MonkeyPatch) -> None:
    streamed: list[Any] = []
    monkeypatch.setattr(streaming, "status", lambda context, *rest: streamed.append(rest))
    live = Live(True)
    assert do("service status iris --follow", live) is None
    assert live.shown == [(found, {})] and not streamed
    do("service status iris --follow", None)
    assert streamed == [(found,)]


def test_what_is_followed_is_no_json() -> None:
    with pytest.raises(AmlError, match="cannot be JSON"):
        streaming._until_enough(Context(MAGIC, json=True), lambda first: True, 0)


def test_ctrl_c_is_enough_and_no_error() -> None:
    def look(first: bool) -> bool:
        if not first:
            raise KeyboardInterrupt
        return True

    assert streaming._until_enough(Context("command"), look, 0) == 0
    assert streaming._until_enough(Context(MAGIC), look, 0) is None
