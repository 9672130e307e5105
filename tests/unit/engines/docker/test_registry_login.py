"""The login of a registry: given to the daemon for the pull, and written down nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("docker")

from aml_nb.core.environment import Environment
from aml_nb.core.resolve.image import packages_of
from aml_nb.engines import registry_logins
from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker import base_image
from aml_nb.engines.docker.build import BuildLog


def environment(password: str | None) -> Environment:
    made = Environment("private")
    made.docker.base_image = "mine:1"
    registry = made.docker.base_image_registry
    registry.address, registry.username, registry.password = "r.example.com", "me", password
    return made


@pytest.mark.parametrize(("password", "known"), [("secret", {"username": "me", "password": "secret"}), (None, None)])
def test_the_environments_own_is_used(
    monkeypatch: pytest.MonkeyPatch, password: str | None, known: dict[str, str] | None
) -> None:
    asked: list[tuple[str, Any]] = []
    monkeypatch.setattr(registry_logins, "_known", {})

    def pull(repository: str, **options: Any) -> Iterator[dict[str, Any]]:
        asked.append((repository, options["auth_config"]))
        return iter([])

    there: list[dict[str, Any] | None] = [None, {"Id": "id", "Config": {}}]
    monkeypatch.setattr(base_image, "find", lambda *_: there.pop(0))
    client: Any = SimpleNamespace(api=SimpleNamespace(pull=pull))
    told: list[str] = []
    packages, _ = packages_of(environment(password), None, "score.py")
    spec = ServiceSpec("mine", "mine", "ACI", "score.py", "", packages=packages)
    packages = ServiceSpec.from_dict(spec.to_dict()).packages or packages  # as a record has it
    assert base_image.base_image(client, packages, BuildLog(told.append)).name == "r.example.com/mine:1"
    assert asked == [("r.example.com/mine", known)]
    assert "secret" not in "".join(told) + repr(packages) + json.dumps(asdict(spec))


def test_another_password_is_the_same_environment() -> None:
    digests = {packages_of(environment(word), None, "score.py")[0].digest for word in ("one", "two", None)}
    assert len(digests) == 1
