"""CondaDependencies: v1's YAML, its comments, and every way to change it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.environment import conda_yaml
from aml_nb.core.environment.conda_dependencies import CondaDependencies
from aml_nb.errors import UserErrorException

MINE = """\
# what my course needs
name: course
channels:
- conda-forge
dependencies:
- python=3.10     # not newer
- numpy>=1.20
- pip:
  # the index of our school
  - --index-url https://example.org/simple
  - lightgbm==3.3.5   # pinned for a reason
variables:
  MODE: test
"""


def without_comments(text: str) -> list[str]:
    lines = [re.sub(r"\s*#.*", "", line) for line in text.splitlines()]
    return [line for line in lines if line.strip()]


def test_the_default_is_v1s() -> None:
    text = CondaDependencies().serialize_to_string()
    assert without_comments(text) == [
        "name: project_environment",
        "dependencies:",
        "- python=3.8.13",
        "- pip:",
        "  - azureml-defaults",
        "channels:",
        "- anaconda",
        "- conda-forge",
    ]
    assert "#" in text


def test_create_takes_lists_of_packages() -> None:
    made = CondaDependencies.create(
        conda_packages=["scikit-learn", "pandas>=1"], pip_packages=["azureml-sdk", "lightgbm==3.3.5"]
    )
    assert made.as_dict() == {
        "name": "project_environment",
        "dependencies": [
            "python=3.10.18",
            {"pip": ["azureml-sdk", "lightgbm==3.3.5"]},
            "scikit-learn",
            "pandas>=1",
        ],
        "channels": ["anaconda", "conda-forge"],
    }


def test_create_keeps_azureml_defaults_unless_pip_packages_are_given() -> None:
    assert list(CondaDependencies.create().pip_packages) == ["azureml-defaults"]
    assert list(CondaDependencies.create(pip_packages=["a"]).pip_packages) == ["a"]
    assert list(CondaDependencies.create(pip_packages=["azureml-defaults"]).pip_packages) == ["azureml-defaults"]


def test_create_with_an_index() -> None:
    made = CondaDependencies.create(pip_indexurl="https://example.org/simple")
    assert next(made.pip_options) == "--index-url https://example.org/simple"


def test_lists_are_iterators_as_in_v1() -> None:
    made = CondaDependencies()
    for iterator in (made.conda_packages, made.pip_packages, made.conda_channels, made.pip_options):
        assert iter(iterator) is iterator


def test_comments_of_a_file_survive_changes(tmp_path: Path) -> None:
    path = tmp_path / "env.yml"
    path.write_text(MINE)
    made = CondaDependencies(conda_dependencies_file_path=str(path))
    assert made.serialize_to_string() == MINE
    made.add_conda_package("scikit-learn")
    made.add_pip_package("shap")
    made.set_python_version("3.11")
    text = made.serialize_to_string()
    for comment in re.findall(r"#.*", MINE):
        assert comment in text
    assert list(made.pip_packages) == ["lightgbm==3.3.5", "shap"]
    assert made.get_python_version() == "3.11"


CHANGES: list[tuple[Callable[[CondaDependencies], Any], str, list[str]]] = [
    (lambda c: c.add_conda_package("numpy=1.26"), "conda_packages", ["python=3.10", "numpy=1.26"]),
    (lambda c: c.add_conda_package("NumPy=1.26"), "conda_packages", ["python=3.10", "NumPy=1.26"]),
    (lambda c: c.remove_conda_package("numpy"), "conda_packages", ["python=3.10"]),
    (lambda c: c.remove_conda_package("absent"), "conda_packages", ["python=3.10", "numpy>=1.20"]),
    (lambda c: c.add_pip_package("lightgbm"), "pip_packages", ["lightgbm"]),
    (lambda c: c.add_pip_package("light_x[a]>1"), "pip_packages", ["lightgbm==3.3.5", "light_x[a]>1"]),
    (lambda c: c.remove_pip_package("LightGBM"), "pip_packages", []),
    (lambda c: c.set_pip_requirements(["a", "b==1"]), "pip_packages", ["a", "b==1"]),
    (lambda c: c.set_pip_requirements(["a", "--pre"]), "pip_options", ["--pre"]),
    (lambda c: c.set_pip_option("--pre"), "pip_options", ["--index-url https://example.org/simple", "--pre"]),
    (lambda c: c.set_pip_option("--index-url x"), "pip_options", ["--index-url x"]),
    (lambda c: c.set_pip_index_url("https://y"), "pip_options", ["--index-url https://y"]),
    (lambda c: c.remove_pip_option("--index-url"), "pip_options", []),
    (lambda c: c.add_channel("pytorch"), "conda_channels", ["conda-forge", "pytorch"]),
    (lambda c: c.add_channel("conda-forge"), "conda_channels", ["conda-forge"]),
    (lambda c: c.remove_channel("conda-forge"), "conda_channels", []),
    (lambda c: c.add_tensorflow_pip_package(), "pip_packages", ["lightgbm==3.3.5", "tensorflow==2.2.0"]),
    (
        lambda c: c.add_tensorflow_pip_package("gpu", "2.4.0"),
        "pip_packages",
        ["lightgbm==3.3.5", "tensorflow-gpu==2.4.0"],
    ),
    (lambda c: c.add_cntk_package(), "pip_packages", ["lightgbm==3.3.5", "cntk==2.7"]),
    (
        lambda c: c.add_tensorflow_conda_package(version="2.3.0"),
        "conda_packages",
        ["python=3.10", "numpy>=1.20", "tensorflow=2.3.0"],
    ),
]


@pytest.mark.parametrize(("change", "what", "expected"), CHANGES)
def test_changes(change: Callable[[CondaDependencies], Any], what: str, expected: list[str]) -> None:
    made = CondaDependencies(_underlying_structure=conda_yaml.parse(MINE))
    change(made)
    assert list(getattr(made, what)) == expected
    again = CondaDependencies(_underlying_structure=conda_yaml.parse(made.serialize_to_string()))
    assert again.as_dict() == made.as_dict()


REFUSED: list[tuple[Callable[[CondaDependencies], Any], str]] = [
    (lambda c: c.add_pip_package("--pre"), "set_pip_option('--pre')"),
    (lambda c: c.set_pip_option("numpy"), "add_pip_package('numpy')"),
    (lambda c: c.remove_conda_package("python=3.10"), "set_python_version('3.10')"),
    (lambda c: CondaDependencies.create(pip_packages="numpy"), "['numpy']"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("change", "hint"), REFUSED)
def test_what_is_refused_comes_with_a_way_out(change: Callable[[CondaDependencies], Any], hint: str) -> None:
    made = CondaDependencies()
    with pytest.raises(UserErrorException) as error:
        change(made)
    assert hint in (error.value.hint or "")
    assert made.as_dict() == CondaDependencies().as_dict()


@pytest.mark.parametrize("value", ["", "  ", None, 3])
def test_a_package_is_a_string(value: Any) -> None:
    for add in (CondaDependencies().add_conda_package, CondaDependencies().add_pip_package):
        with pytest.raises(UserErrorException):
            add(value)


def test_core_types_other_than_cpu_and_gpu_are_refused() -> None:
    with pytest.raises(UserErrorException, match="core_type"):
        CondaDependencies().add_cntk_package("tpu")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n- b\n", "mapping"),
        ("dependancies:\n- numpy\n", "dependancies"),
        ("dependencies: numpy\n", "must be a list"),
        ("dependencies:\n- 3.10\n", "3.1"),
        ("dependencies:\n- pip: numpy\n", "must be a list"),
        ("dependencies:\n- npm:\n  - x\n", "npm"),
        ("channels:\n- 1\n", "channel"),
    ],
)
def test_a_file_that_is_no_specification(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "env.yml"
    path.write_text(text)
    with pytest.raises(UserErrorException) as error:
        CondaDependencies(str(path))
    assert says in error.value.message
    assert str(path) in error.value.message


def test_a_misspelt_key_gets_its_name() -> None:
    with pytest.raises(UserErrorException) as error:
        CondaDependencies(_underlying_structure={"dependancies": []})
    assert error.value.hint == "write dependencies"


def test_broken_yaml_shows_the_line(tmp_path: Path) -> None:
    path = tmp_path / "env.yml"
    path.write_text("name: a\ndependencies:\n- pip:\n  - numpy\n - pandas\n")
    with pytest.raises(UserErrorException) as error:
        CondaDependencies(str(path))
    assert error.value.source is not None
    assert " - pandas" in error.value.source.lines


def test_a_missing_file_tells_where_it_was_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserErrorException) as error:
        CondaDependencies("env.yml")
    assert str(tmp_path / "env.yml") in (error.value.hint or "")


def test_save_and_save_to_file(tmp_path: Path) -> None:
    made = CondaDependencies.create(conda_packages=["numpy"])
    assert made.save_to_file(str(tmp_path), "env.yml") == "env.yml"
    assert made.save_to_file(str(tmp_path)) == "auto_conda_dependencies.yml"
    other = made.save(str(tmp_path / "other.yml"))
    for path in (tmp_path / "env.yml", tmp_path / "auto_conda_dependencies.yml", Path(other)):
        assert CondaDependencies(str(path)).as_dict() == made.as_dict()
    with pytest.raises(UserErrorException) as error:
        made.save(str(tmp_path / "absent" / "env.yml"))
    assert "makedirs" in (error.value.hint or "")


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("python=3.6.2", "3.6.2"),
        ("python==3.8", "3.8"),
        ("python>=3.6", ">=3.6"),
        ("conda-forge::python=3.9=h1", "3.9"),
        ("python", None),
    ],
)
def test_pythons_version(line: str, version: str | None) -> None:
    made = CondaDependencies(_underlying_structure={"dependencies": ["numpy", line]})
    assert made.get_python_version() == version
    made.set_python_version("3.12")
    assert made.as_dict()["dependencies"] == ["numpy", "python=3.12"]


@pytest.mark.parametrize(
    "text", ["name: x  # mine\n", "dependencies:\nchannels:\n", "dependencies:\n- numpy\n- pip:\n"]
)
def test_sections_are_made_where_there_are_none(text: str) -> None:
    made = CondaDependencies(_underlying_structure=conda_yaml.parse(text))
    assert list(made.pip_packages) == list(made.pip_options) == []
    made.add_pip_package("scipy")
    made.add_channel("conda-forge")
    made.add_conda_package("pandas")
    again = CondaDependencies(_underlying_structure=conda_yaml.parse(made.serialize_to_string()))
    assert list(again.pip_packages) == ["scipy"]
    assert list(again.conda_channels) == ["conda-forge"]
    assert list(again.conda_packages)[-1] == "pandas"


def test_a_given_structure_stays_as_it_is() -> None:
    given_one = {"channels": ["a"], "dependencies": ["numpy", {"pip": ["pandas"]}]}
    made = CondaDependencies(_underlying_structure=given_one)
    made.add_pip_package("scipy")
    assert given_one == {"channels": ["a"], "dependencies": ["numpy", {"pip": ["pandas"]}]}
    assert list(made.as_dict()) == ["dependencies", "channels"]


def test_merge_requirements() -> None:
    merged = CondaDependencies.merge_requirements(["a>1", "b", "A<3", "git+https://example.org/x"])
    assert merged == ["a<3,>1", "b", "git+https://example.org/x"]


def test_copies_are_independent() -> None:
    made = CondaDependencies()
    other = copy.deepcopy(made)
    other.add_pip_package("numpy")
    assert list(made.pip_packages) == ["azureml-defaults"]


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,8}[A-Za-z0-9]", fullmatch=True)
PACKAGES = st.lists(
    st.builds("{}{}".format, NAMES, st.sampled_from(["", "=1.2", "==1.2.*", ">=1,<2", "=1.0=py38_0"])), max_size=6
)
FREE = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)


@settings(max_examples=50)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "name": FREE,
            "dependencies": st.tuples(PACKAGES, PACKAGES | st.lists(FREE, max_size=3)).map(
                lambda both: [*both[0], {"pip": both[1]}]
            ),
            "channels": st.lists(FREE, max_size=3),
            "variables": st.dictionaries(NAMES, FREE, max_size=2),
        },
    )
)
def test_what_is_written_is_read_again(structure: dict[str, Any]) -> None:
    made = CondaDependencies(_underlying_structure=structure)
    text = made.serialize_to_string()
    again = CondaDependencies(_underlying_structure=conda_yaml.parse(text))
    assert again.as_dict() == structure
    assert again.serialize_to_string() == text


@settings(max_examples=40)
@given(PACKAGES, PACKAGES)
def test_comments_stay_whatever_is_added(conda: list[str], pip: list[str]) -> None:
    made = CondaDependencies(_underlying_structure=conda_yaml.parse(MINE))
    for package in conda:
        made.add_conda_package(package)
    for package in pip:
        made.add_pip_package(package)
    text = made.serialize_to_string()
    assert re.findall(r"#.*", text) == re.findall(r"#.*", MINE)
    again = CondaDependencies(_underlying_structure=conda_yaml.parse(text))
    assert again.as_dict() == made.as_dict()
