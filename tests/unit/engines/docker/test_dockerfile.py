"""Dockerfiles as text: whatever a name or a value holds, Docker reads back what was meant."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.engines.base import ModelFiles, Packages, Probe, ServiceSpec
from aml_nb.engines.docker import dockerfile, inside
from aml_nb.engines.docker.recipe import Recipe
from aml_nb.errors import WebserviceException

SPEC = ServiceSpec(
    handle="iris",
    name="iris",
    kind="ACI",
    entry_script="score.py",
    python="",
    source_directory="/home/me/service",
    models=(ModelFiles("iris", "3"),),
)
PLAIN = st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=("Cs",)))


def read_back(word: str) -> str:
    """A word in double quotes as Docker's parser takes it: a backslash frees the next character."""
    assert word[0] == word[-1] == '"'
    text, found, position = word[1:-1], [], 0
    while position < len(text):
        assert text[position] not in '"$', "it would end here, or be replaced"
        position += text[position] == "\\"
        found.append(text[position])
        position += 1
    return "".join(found)


@given(PLAIN)
def test_a_quoted_value_is_read_back(value: str) -> None:
    assert read_back(dockerfile.quoted(value)) == value


@pytest.mark.parametrize("value", ["a\nb", "a\r", "\0"])
def test_a_value_with_a_line_break_is_refused(value: str) -> None:
    with pytest.raises(WebserviceException, match="line break"):
        dockerfile.quoted(value)


@given(st.lists(PLAIN, min_size=1))
def test_lists_are_json_on_one_line(words: list[str]) -> None:
    line = dockerfile.words("CMD", words)
    assert json.loads(line.removeprefix("CMD ")) == words
    assert "\n" not in line


def text(spec: ServiceSpec = SPEC, **packages: object) -> str:
    made = Recipe.of(Packages("d", **packages))  # type: ignore[arg-type]
    return dockerfile.text(spec, made, "python:3.11-slim", {"amlServiceName": spec.name})


def test_it_starts_from_an_image_that_whoever_builds_may_choose() -> None:
    assert "ARG BASE_IMAGE=python:3.11-slim\nFROM ${BASE_IMAGE}\n" in text()


def test_it_ends_with_what_a_container_needs_to_serve() -> None:
    whole = text()
    for line in ("EXPOSE 5001", f"USER {inside.USER}", dockerfile.words("CMD", inside.COMMAND)):
        assert line in whole.splitlines()
    assert 'AZUREML_MODEL_DIR="/var/azureml-app/azureml-models/iris/3"' in whole
    assert 'AZUREML_ENTRY_SCRIPT="service/score.py"' in whole


@pytest.mark.parametrize(("probe", "seconds"), [(None, 10), (Probe(period_s=3), 3), (Probe(period_s=0.2), 1)])
def test_health_is_asked_for_as_often_as_the_probe_says(probe: Probe | None, seconds: int) -> None:
    assert f"HEALTHCHECK --interval={seconds}s " in text(replace(SPEC, probe=probe))


def test_packages_come_before_aml_nb_and_that_before_the_models() -> None:
    whole = text(requirements=("six",))
    order = [whole.index(part) for part in ('"build"', "install.py", '"site"', '"models"', '"app"', '"service"')]
    assert order == sorted(order)


def test_a_login_becomes_a_build_argument() -> None:
    whole = text(options=("--extra-index-url https://me:secret@example.com/simple",))
    assert "\nARG INDEX_LOGIN_1\n" in whole
    assert "secret" not in whole


@pytest.mark.parametrize(
    ("given", "last"),
    [
        ("FROM a", f"FROM {dockerfile.BASE_STAGE}"),
        ("FROM a AS one\nRUN x\nFROM b\nRUN y\n", f"FROM {dockerfile.BASE_STAGE}"),
        ("from a as mine", "FROM mine"),
        ("FROM a # as it is\n", f"FROM {dockerfile.BASE_STAGE}"),
    ],
)
def test_the_users_dockerfile_is_built_on(given: str, last: str) -> None:
    whole = dockerfile.based_on(given)
    assert whole.splitlines()[-1] == last
    assert len(re.findall(rf"(?i) AS {last.split()[1]}$", whole, re.M)) == 1


def test_a_dockerfile_without_from_is_refused() -> None:
    with pytest.raises(WebserviceException, match="no FROM"):
        dockerfile.based_on("RUN true")
