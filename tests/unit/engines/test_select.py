"""Which engine is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from aml_nb.engines.docker import daemon
from aml_nb.engines.process import ProcessEngine
from aml_nb.engines.select import choose, engine_name, load_engine
from aml_nb.errors import NotAvailableError, UsageError, WebserviceException


@pytest.fixture(autouse=True)
def nobody_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AML_NB_ENGINE")


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "trouble", lambda: None)


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "trouble", lambda: daemon.Trouble("No Docker daemon runs.", "start it"))


@pytest.mark.parametrize(
    ("variable", "setting", "expected"),
    [
        (None, None, "docker"),
        (None, "auto", "docker"),
        ("auto", "process", "docker"),
        ("Process ", None, "process"),
        ("process", "docker", "process"),
        (" Docker", "process", "docker"),
    ],
)
def test_the_variable_goes_before_the_setting(
    monkeypatch: pytest.MonkeyPatch, answering: None, variable: str | None, setting: str | None, expected: str
) -> None:
    if variable is not None:
        monkeypatch.setenv("AML_NB_ENGINE", variable)
    assert engine_name(setting) == expected


def test_processes_are_taken_and_told_where_no_daemon_answers(silent: None) -> None:
    choice = choose(None)
    assert choice.name == "process"
    assert choice.reason == "No Docker daemon runs."


def test_docker_that_was_demanded_is_not_replaced(silent: None) -> None:
    with pytest.raises(WebserviceException, match="Is Docker running/installed") as caught:
        engine_name("docker")
    assert "No Docker daemon runs." in caught.value.message
    assert caught.value.hint == "start it"


@pytest.mark.parametrize(("name", "error"), [("kubernetes", NotAvailableError), ("dokcer", UsageError)])
def test_an_engine_that_is_not_there(name: str, error: type[UsageError | NotAvailableError]) -> None:
    with pytest.raises(error, match=name) as caught:
        engine_name(name)
    assert "AML_NB_ENGINE=process" in str(caught.value.hint)


def test_the_process_engine_is_loaded(tmp_path: Path) -> None:
    assert isinstance(load_engine("process", tmp_path, lambda digest, target: None), ProcessEngine)
