"""Which image a saved Dockerfile starts from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("docker")

from docker.errors import APIError

from aml_nb.engines.base import Packages
from aml_nb.engines.docker import base_image, daemon
from aml_nb.engines.docker.context import DEFAULT_BASE
from aml_nb.engines.docker.saved_base import saved_base
from aml_nb.errors import UserErrorException

MADE = "aml-nb/base:made"
AWAY = daemon.Trouble("no daemon", "start it")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(base_image.SETTING, raising=False)


def answer(monkeypatch: pytest.MonkeyPatch, here: bool, reached: bool) -> None:
    """A daemon that has the usual image or not, and a registry that has it or is out of reach."""

    def inspect_distribution(name: str) -> dict[str, Any]:
        if not reached:
            raise APIError(f"no such host, looking for {name}")
        return {}

    api = SimpleNamespace(inspect_distribution=inspect_distribution)
    monkeypatch.setattr(daemon, "trouble", lambda: None)
    monkeypatch.setattr(base_image, "connect", lambda *_: SimpleNamespace(api=api))
    monkeypatch.setattr(base_image, "find", lambda *_: {} if here else None)
    monkeypatch.setattr(base_image, "make", lambda *_: MADE)


@pytest.mark.parametrize(
    ("here", "reached", "base"),
    [(True, False, DEFAULT_BASE), (False, True, DEFAULT_BASE), (False, False, MADE)],
)
def test_docker_build_takes_it_as_it_is(monkeypatch: pytest.MonkeyPatch, here: bool, reached: bool, base: str) -> None:
    answer(monkeypatch, here, reached)
    said: list[str] = []
    assert saved_base(Packages(""), said.append) == base
    assert [f"BASE_IMAGE={DEFAULT_BASE}" in line for line in said] == ([True] if base == MADE else [])


def test_what_the_user_names_goes_before(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, here=False, reached=False)
    monkeypatch.setenv(base_image.SETTING, "ours:2")
    assert saved_base(Packages(""), print) == "ours:2"
    assert saved_base(Packages("", base_image="mine:1"), print) == "mine:1"


def test_one_of_v1s_own_is_left_out_where_it_cannot_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    v1s = Packages("", base_image="mcr.microsoft.com/azureml/openmpi3.1.2-ubuntu18.04")
    answer(monkeypatch, here=False, reached=True)
    assert saved_base(v1s, print) == v1s.base_image
    answer(monkeypatch, here=False, reached=False)
    assert saved_base(v1s, print) == MADE
    monkeypatch.setenv(base_image.SETTING, "ours:2")
    assert saved_base(v1s, print) == "ours:2"


def test_no_daemon_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "trouble", lambda: AWAY)
    assert saved_base(Packages(""), print) == DEFAULT_BASE


def test_where_none_can_be_made_the_usual_one_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, here=False, reached=False)

    def refuse(*_: Any) -> str:
        raise UserErrorException("No base image can be made here")

    monkeypatch.setattr(base_image, "make", refuse)
    assert saved_base(Packages(""), print) == DEFAULT_BASE
