from __future__ import annotations

from pathlib import Path

import pytest

from aml_nb.core.environment import Environment
from aml_nb.core.image.specification import failing_line, files_of, naming_line
from aml_nb.errors import UserErrorException, WebserviceException

CONDA = """name: taxi
dependencies:
  - python=3.11
  - numpy
  - scikit_learn=9.9
  - pip:
      - azureml-defaults
      - 'joblib[all]==99.1'  # the newest
"""
STEPS = "# more\nRUN apt-get update\nRUN apt-get install -y \\\n    nothing-such\n"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    conda, steps = tmp_path / "env.yml", tmp_path / "steps"
    conda.write_text(CONDA)
    steps.write_text(STEPS)
    return {"conda_file": str(conda), "docker_file": str(steps)}


@pytest.mark.parametrize(
    ("message", "kind", "line"),
    [
        ("the environment 'e' cannot be made: joblib==99.1 is not to be had", "conda_file", 8),
        ("scikit-learn==9.9 and numpy cannot be installed together", "conda_file", 5),
        ("The environment 'e' cannot be made for Python 3.11: joblib[all]==99.1 is not to be had", "conda_file", 8),
        ("The environment 'numpy' cannot be made for Python 3.11: scikit-learn==9.9 and joblib", "conda_file", 5),
        ("The environment 'e' asks for Python 2.7", "conda_file", 3),
        ("numpy is broken. Tried with uv: joblib", "conda_file", 4),
        ("the step RUN apt-get update failed with 100", "docker_file", 2),
        ("cannot find nothing-such", "docker_file", 4),
        ("line 3: RUN apt-get install -y\nStep 2/3 : RUN apt-get update", "docker_file", 3),
    ],
)
def test_the_line_that_the_message_speaks_of(files: dict[str, str], message: str, kind: str, line: int) -> None:
    found = failing_line(files, message)
    assert (found["file"], found["line"]) == (files[kind], line)
    text = Path(files[kind]).read_text().splitlines()
    assert found["lines"][line - found["first"]] == text[line - 1]


def test_logins_are_not_shown(tmp_path: Path) -> None:
    conda = tmp_path / "env.yml"
    conda.write_text(
        "dependencies:\n- pip:\n  - --extra-index-url https://me:secret@example.org/simple\n  - joblib==99.1\n"
    )
    found = failing_line({"conda_file": str(conda)}, "joblib==99.1 is not to be had")
    assert found["line"] == 4 and "secret" not in str(found)


def test_nothing_where_no_line_is_meant(files: dict[str, str]) -> None:
    assert failing_line(files, "no space left on device") == {}
    assert failing_line(files, "The base image scikit-learn:1 is not on this machine") == {}
    assert failing_line(files, "'e' needs joblib==99.1, and the package index cannot be reached") == {}
    assert failing_line(files, "The environment 'e' cannot be made for Python 3.11") == {}
    assert failing_line({}, "numpy") == {}
    assert failing_line({"conda_file": "/no/such/file"}, "numpy") == {}


@pytest.mark.parametrize("kind", ["conda", "pip"])
def test_an_environment_knows_the_file_of_its_packages(files: dict[str, str], tmp_path: Path, kind: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("# ours\nnumpy\njoblib[all] == 99.1\n")
    if kind == "conda":
        environment = Environment.from_conda_specification("e", files["conda_file"])
    else:
        environment = Environment.from_pip_requirements("e", str(path))
    with pytest.raises(UserErrorException) as caught, naming_line(files_of(environment)):
        raise UserErrorException("joblib==99.1 is not to be had")
    where = caught.value.source
    assert where is not None
    assert (where.path, where.line) == ((files["conda_file"], 8) if kind == "conda" else (str(path), 3))


def test_errors_of_other_kinds_are_left_alone(files: dict[str, str]) -> None:
    with pytest.raises(WebserviceException) as caught, naming_line(files, "image"):
        raise WebserviceException("Port 8890 is in use: joblib has it")
    assert caught.value.source is None
