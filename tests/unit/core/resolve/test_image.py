"""What an image of an environment is made of."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from aml_nb.core.environment import Environment
from aml_nb.core.resolve.image import packages_of


def of_pip(*lines: str) -> Environment:
    environment = Environment("iris")
    for line in lines:
        environment.python.conda_dependencies.add_pip_package(line)
    return environment


def test_v1s_own_base_image_is_nobodys_choice() -> None:
    packages, _ = packages_of(of_pip("six"), None, "score.py")
    assert (packages.base_image, packages.interpreter, packages.name) == (None, None, "iris")
    environment = of_pip("six")
    environment.docker.base_image = "mine:1"
    assert packages_of(environment, None, "score.py")[0].base_image == "mine:1"


@pytest.mark.parametrize(
    ("address", "image", "whole"),
    [
        ("r.example.com", "mine:1", "r.example.com/mine:1"),
        ("r.example.com/", "r.example.com/mine:1", "r.example.com/mine:1"),
        (None, "mine:1", "mine:1"),
        ("r.example.com", None, None),
    ],
)
def test_the_registrys_address_is_part_of_the_name(address: str | None, image: str | None, whole: str | None) -> None:
    environment = of_pip("six")
    environment.docker.base_image = image
    environment.docker.base_image_registry.address = address
    assert packages_of(environment, None, "score.py")[0].base_image == whole


def test_the_same_packages_have_the_same_digest_whatever_the_name() -> None:
    first, again, other = of_pip("six"), of_pip("six"), of_pip("six==1.16.0")
    again.name = "other"
    digests = [packages_of(environment, None, "score.py")[0].digest for environment in (first, again, other)]
    assert digests[0] == digests[1] != digests[2]


def test_an_interpreter_of_the_users_own_image_is_left_as_it_is() -> None:
    environment = of_pip("six")
    environment.python.user_managed_dependencies = True
    environment.docker.base_image = "mine:1"
    packages, _ = packages_of(environment, None, "score.py")
    assert (packages.interpreter, packages.requirements) == ("python", ())


def test_what_is_built_before_the_script_is_known_says_what_it_may_lack(tmp_path: Path) -> None:
    environment = Environment("mine")
    environment.python.user_managed_dependencies = True
    script = tmp_path / "score.py"
    script.write_text("import packaging\n")
    early, told = packages_of(environment, None, "")
    late, after = packages_of(environment, None, str(script))
    assert set(late.requirements) - set(early.requirements) == {f"packaging=={version('packaging')}"}
    assert ["when it is deployed" in " ".join(notes) for notes in (told, after)] == [True, False]


@pytest.mark.parametrize(
    ("image", "named"),
    [("mcr.microsoft.com/azureml/sklearn-0.24.1-py37-cpu-inference:latest", True), ("mine:1", False)],
)
def test_what_a_script_takes_from_an_image_of_v1s_is_named_in_case_it_cannot_be_had(
    tmp_path: Path, image: str, named: bool
) -> None:
    script = tmp_path / "score.py"
    script.write_text("import packaging\n")
    by_name, by_dockerfile = Environment("a"), Environment.from_dockerfile("b", f"FROM {image}\nRUN true\n")
    by_name.python.user_managed_dependencies = True
    by_name.docker.base_image = image
    for environment in (by_name, by_dockerfile):
        packages, notes = packages_of(environment, None, str(script))
        assert (packages.interpreter, notes) == ("python", [])
        assert (f"packaging=={version('packaging')}" in packages.requirements) is named
