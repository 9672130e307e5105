"""``aml-nb image`` against a real daemon."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb import cli

pytest.importorskip("docker")


@pytest.fixture(autouse=True)
def _docker(require: Callable[[str], None]) -> None:
    require("docker")


def aml_nb(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert cli.main(["image", *words]) == code
    said = capsys.readouterr()
    return json.loads(said.out) if "--json" in words and not code else said.err or said.out


def test_a_base_image_is_made_listed_and_removed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"aml-nb-test/{uuid.uuid4().hex[:8]}"
    made = aml_nb(capsys, "base", "--tag", name, "--json")
    assert made["tag"] == f"{name}:latest"
    listed = {image["tag"]: image for image in aml_nb(capsys, "list", "--json")}
    assert listed[f"{name}:latest"]["id"] == made["id"]
    assert listed[f"{name}:latest"]["kind"] == "base"
    assert f"removed 1 images, 0 B\n  {name}:latest" in aml_nb(capsys, "rm", name)
    assert "has made no image" in aml_nb(capsys, "rm", name, code=1)
    own = aml_nb(capsys, "base", "--json")
    assert own["id"] == made["id"]
    assert own["tag"] in {image["tag"] for image in aml_nb(capsys, "--json")}


def test_pruning_tells_what_was_freed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = aml_nb(capsys, "base", "--json")["tag"]
    assert set(aml_nb(capsys, "prune", "--json")) == {"removed", "freed"}
    assert own in {image["tag"] for image in aml_nb(capsys, "--json")}


def test_without_a_daemon_the_next_step_is_named(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    assert "Try: " in aml_nb(capsys, "list", code=1)
