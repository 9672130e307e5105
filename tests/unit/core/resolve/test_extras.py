"""The requirements file that an environment's variable names, as v1's prebuilt images take it."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from aml_nb.core.environment import Environment
from aml_nb.core.resolve.extras import VARIABLE, with_extras
from aml_nb.core.resolve.image import packages_of
from aml_nb.errors import UserErrorException

PREBUILT = "mcr.microsoft.com/azureml/sklearn-0.24.1-ubuntu18.04-py37-cpu-inference:latest"


@pytest.fixture
def source(tmp_path: Path) -> str:
    (tmp_path / "score.py").write_text("import packaging\n")
    (tmp_path / "requirements.txt").write_text(
        "iniconfig==2.0.0  # more\nnumpy<9\n--extra-index-url https://x/simple\n"
    )
    return str(tmp_path)


def environment(image: str | None = PREBUILT, file: str = "requirements.txt") -> Environment:
    made = Environment("prebuilt")
    made.docker.base_image = image
    made.python.user_managed_dependencies = True
    made.environment_variables = {VARIABLE: file}
    return made


@pytest.mark.parametrize("image", [PREBUILT, None])
def test_it_comes_to_what_the_script_imports(source: str, image: str | None) -> None:
    packages, _ = packages_of(environment(image), source, "score.py")
    assert packages.interpreter is None
    assert {"iniconfig==2.0.0", "numpy<9", f"packaging=={version('packaging')}"} <= set(packages.requirements)
    assert not any(line.startswith("numpy==") for line in packages.requirements)
    assert "--extra-index-url https://x/simple" in packages.options


def test_it_comes_to_the_packages_of_the_environment(source: str) -> None:
    mine = environment()
    mine.python.user_managed_dependencies = False
    mine.python.conda_dependencies.add_pip_package("six")
    found = with_extras(mine, source, "score.py")
    assert found is not None and found.python.conda_dependencies is not None
    assert {"six", "iniconfig==2.0.0"} <= set(found.python.conda_dependencies.pip_packages)
    assert "iniconfig==2.0.0" not in list(mine.python.conda_dependencies.pip_packages), "the user's stays as it is"


def test_in_an_image_of_the_users_own_it_means_nothing(source: str) -> None:
    for mine in (environment("mine:1"), Environment.from_dockerfile("own", "FROM mine:1")):
        mine.environment_variables = {VARIABLE: "requirements.txt"}
        assert with_extras(mine, source, "score.py") is mine


def test_a_file_that_is_not_there_is_named(source: str) -> None:
    with pytest.raises(UserErrorException, match=r"more\.txt"):
        with_extras(environment(file="more.txt"), source, "score.py")


@pytest.mark.parametrize("up", ["../other.txt", "sub/../../other.txt", "{}/other.txt"])
def test_a_file_elsewhere_is_not_read(source: str, up: str) -> None:
    (Path(source).parent / "other.txt").write_text("six\n")
    with pytest.raises(UserErrorException, match="leads out"):
        with_extras(environment(file=up.format(Path(source).parent)), source, "score.py")


def test_nothing_is_read_before_there_is_a_script(source: str) -> None:
    mine = environment(file="more.txt")
    assert with_extras(mine, None, "") is mine
    assert with_extras(None, source, "score.py") is None
