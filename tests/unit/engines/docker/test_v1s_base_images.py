"""v1's own base images, which notebooks name and which are not to be had without a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aml_nb.core.environment.sections import DEFAULT_GPU_IMAGE
from aml_nb.engines import v1s_images
from aml_nb.engines.base import Packages
from aml_nb.engines.docker import base_image, environment_image, user_dockerfile
from aml_nb.engines.docker.base_image import Base
from aml_nb.engines.docker.build import BuildLog, ImageError
from aml_nb.engines.docker.recipe import Recipe

Ask = Callable[[str], Base]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> Ask:
    """Ask for an environment's base image where nothing is there and nothing can be pulled."""

    def pull(client: Any, name: str, hint: str, *_: Any) -> None:
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


INFERENCE = "mcr.microsoft.com/azureml/curated/sklearn-0.24-ubuntu18.04-py37-cpu:1"


def test_one_with_packages_is_left_out_where_those_of_the_script_are_known(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, told: list[str]
) -> None:
    known = Packages("d", base_image=INFERENCE, interpreter="python", requirements=("scikit-learn==1.0",))
    found = base_image.base_image(None, known, BuildLog(told.append))  # type: ignore[arg-type]
    assert (found.name, found.instead) == ("own:1", True)


def test_a_dockerfile_starts_from_the_usual_one(monkeypatch: pytest.MonkeyPatch, ask: Ask, told: list[str]) -> None:
    """And its tag is another: where v1's is to be had later on, it is built anew."""
    built: list[Packages] = []

    def image(client: Any, packages: Packages, written: Packages, log: BuildLog) -> tuple[str, dict[str, Any]]:
        built.append(packages)
        return "made:1", {"Id": "made", "Config": {}}

    monkeypatch.setattr(user_dockerfile, "image", image)
    text = f"FROM {DEFAULT_GPU_IMAGE} AS first\nRUN a\nFROM first\n"
    given = Packages("d", dockerfile=text)
    assert base_image.base_image(None, given, BuildLog(told.append)).instead  # type: ignore[arg-type]
    assert built[0].dockerfile == "FROM own:1 AS first\nRUN a\nFROM first\n"
    assert user_dockerfile.tag_of(built[0]) != user_dockerfile.tag_of(given)
    assert told[-1].endswith("FROM own:1")
    with pytest.raises(ImageError, match="cannot be pulled"):
        base_image.base_image(None, Packages("d", dockerfile=f"FROM {INFERENCE}"), BuildLog(told.append))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("FROM mcr.microsoft.com/azureml/base:1", ["mcr.microsoft.com/azureml/base:1"]),
        ("  from --platform=linux/amd64 mcr.microsoft.com/azureml/x AS y", ["mcr.microsoft.com/azureml/x"]),
        ("FROM mine:1", []),
        ("RUN echo FROM mcr.microsoft.com/azureml/x", []),
        ("FROM ${BASE}", []),
    ],
)
def test_what_a_dockerfile_starts_from(line: str, found: list[str]) -> None:
    assert v1s_images.started_from(line) == found
    for name in found:
        assert v1s_images.replaced(line, name, "own:1") == line.replace(name, "own:1")


@pytest.mark.parametrize("image", [DEFAULT_GPU_IMAGE, INFERENCE])
def test_one_that_is_there_and_will_not_do_is_left_out_too(
    monkeypatch: pytest.MonkeyPatch, told: list[str], image: str
) -> None:
    """Its Python is too old, say; the user's interpreter goes with it, and what the script imports comes in."""
    given = Packages("d", base_image=image, interpreter="/opt/miniconda/bin/python", requirements=("six==1.16.0",))
    tried: list[tuple[str, str | None]] = []

    def build(client: Any, base: Base, tag: str, made: Recipe, log: BuildLog) -> None:
        tried.append((base.name, made.packages.interpreter))
        if base.name == image:
            error = ImageError("the image has Python 3.7.9")
            error.of_base = True
            raise error

    monkeypatch.setattr(environment_image, "find", lambda *_: None)
    monkeypatch.setattr(environment_image, "_build_packages", build)
    monkeypatch.setattr(environment_image, "_build_environment", lambda *_: None)
    monkeypatch.setattr(base_image, "_there_or_pulled", lambda *_: Base(image, "id"))
    monkeypatch.setattr(base_image, "_own", lambda *_: Base("own:1", "own:1"))
    monkeypatch.delenv(base_image.SETTING, raising=False)
    environment_image.environment_image(None, given, told.append)  # type: ignore[arg-type]
    assert tried == [(image, "/opt/miniconda/bin/python"), ("own:1", None)]
    assert "six==1.16.0" in told[-1]
