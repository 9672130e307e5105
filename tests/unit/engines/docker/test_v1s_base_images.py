"""v1's own base images, which notebooks name and which are not to be had without a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aml_nb.core.environment.sections import DEFAULT_GPU_IMAGE
from aml_nb.engines.base import Packages
from aml_nb.engines.docker import base_image
from aml_nb.engines.docker.base_image import Base
from aml_nb.engines.docker.build import BuildLog, ImageError

Ask = Callable[[str], Base]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> Ask:
    """Ask for an environment's base image where nothing is there and nothing can be pulled."""

    def pull(client: Any, name: str, hint: str, log: BuildLog) -> None:
        raise base_image._missing(name, "no such host", hint)

    monkeypatch.delenv(base_image.SETTING, raising=False)
    monkeypatch.setattr(base_image, "find", lambda *_: None)
    monkeypatch.setattr(base_image, "_pull", pull)
    monkeypatch.setattr(base_image, "_own", lambda *_: Base("own:1", "own:1"))
    client: Any = None
    return lambda name: base_image.base_image(client, Packages("d", base_image=name), BuildLog(told.append))


@pytest.mark.parametrize("name", [DEFAULT_GPU_IMAGE, "mcr.microsoft.com/azureml/base:0.2.4"])
def test_one_that_cannot_be_had_is_left_out_and_said_to_be(ask: Ask, told: list[str], name: str) -> None:
    assert ask(name).name == "own:1"
    (line,) = told
    assert line.startswith(f"The base image {name} is not on this machine") and "no such host" in line
    assert line.endswith("The usual base image takes its place.")


@pytest.mark.parametrize(
    "name", ["mine:1", "mcr.microsoft.com/azureml/curated/sklearn:1", "mcr.microsoft.com/windows", "x/azureml/base"]
)
def test_any_other_has_to_be_there(ask: Ask, name: str) -> None:
    with pytest.raises(ImageError, match="cannot be pulled"):
        ask(name)
