"""Which interpreter an environment gets, and what is said about it. Nothing here reaches a network."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.environment import Environment
from aml_nb.core.environment.conda_dependencies import CondaDependencies
from aml_nb.core.resolve import resolve_environment, unsatisfied, uv_errors, venv
from aml_nb.core.resolve.installed import missing_source
from aml_nb.core.resolve.wanted import RUNNING, Wanted, collect
from aml_nb.errors import UserErrorException

NUMPY = version("numpy")
OTHER_MINOR = "3.99"


def environment(conda: list[str] = [], pip: list[str] = [], python: str | None = None) -> Environment:  # noqa: B006
    made = Environment("iris")
    dependencies: list[Any] = [*([f"python{python}"] if python else []), *conda, {"pip": pip}]
    made.python.conda_dependencies = CondaDependencies(_underlying_structure={"dependencies": dependencies})
    return made


@pytest.fixture(autouse=True)
def _no_building(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a venv would be built, say so instead: these tests are about the decision."""

    def refuse(name: str, wanted: Any, lacking: list[str], *_more: Any) -> tuple[str, str]:
        raise NeedsVenv(lacking)

    monkeypatch.setattr(venv, "provide", refuse)


class NeedsVenv(Exception):
    """The running interpreter will not do, for these reasons."""


SATISFIED = [
    pytest.param([], [], None, id="nothing asked"),
    pytest.param(["numpy", "scikit-learn", "pandas"], ["joblib"], None, id="no versions"),
    pytest.param(["Scikit_Learn"], ["Sci.Kit-Learn"][:0], None, id="other spelling"),
    pytest.param([f"numpy={NUMPY}"], [], None, id="the running version, conda"),
    pytest.param([], [f"numpy=={NUMPY}"], None, id="the running version, pip"),
    pytest.param([f"numpy={NUMPY.split('.')[0]}"], [], None, id="conda's =2 is 2.*"),
    pytest.param(["numpy>=1.16,<99"], ["pandas!=0.1"], None, id="ranges"),
    pytest.param([], ["azureml-defaults"], None, id="azureml-defaults"),
    pytest.param([], ["azureml-defaults~=1.0.83", "azureml_core==1.0.2"], None, id="old pins of azureml"),
    pytest.param([], ["azureml-sdk[automl,notebooks]", "azureml-contrib-services"], None, id="extras of azureml"),
    pytest.param([], ["inference-schema[numpy-support]", "azureml-monitoring"], None, id="inference-schema"),
    pytest.param([], ["azureml-inference-server-http"], None, id="inference server"),
    pytest.param(["pip", "pip=19.3", "setuptools", "wheel"], [], None, id="installers"),
    pytest.param(["nomkl", "blas=1.0=mkl", "libgcc", "cudatoolkit=10.1", "openmpi"], [], None, id="conda only"),
    pytest.param(["_libgcc_mutex=0.1=main", "ca-certificates", "libstdcxx-ng=9"], [], None, id="exported libraries"),
    pytest.param(["scikit-learn"], ["sklearn"], None, id="sklearn is scikit-learn"),
    pytest.param([], ["nosuch; python_version < '3'"], None, id="marker of another Python"),
    pytest.param([], ["--extra-index-url https://example.org/simple", "numpy"], None, id="options alone"),
    pytest.param([], [], "=3.8.13", id="v1's default Python"),
    pytest.param([], [], "=3.10.18", id="create()'s default Python"),
    pytest.param([], [], "=3.6.2", id="end of life"),
    pytest.param([], [], "==3.7", id="end of life, exact"),
    pytest.param([], [], ">=3.6", id="a range with the running Python"),
    pytest.param([], [], f"={RUNNING}", id="the running Python"),
    pytest.param([], [], f"={RUNNING}.0", id="another patch level"),
]


@pytest.mark.parametrize(("conda", "pip", "python"), SATISFIED)
def test_the_running_interpreter_will_do(home: Path, conda: list[str], pip: list[str], python: str | None) -> None:
    resolved = resolve_environment(environment(conda, pip, python), home)
    assert (resolved.python, resolved.kind) == (sys.executable, "current")


LACKING = [
    pytest.param(["numpy=1.0"], [], None, "numpy==1.0", id="another version, conda"),
    pytest.param([], ["numpy==1.0"], None, f"{NUMPY} is running", id="another version, pip"),
    pytest.param([], ["no-such-distribution-here"], None, "is not installed", id="not installed"),
    pytest.param([], ["numpy @ https://example.org/numpy-1-py3-none-any.whl"], None, "example.org", id="a URL"),
    pytest.param([], ["git+https://example.org/x.git#egg=x"], None, "example.org", id="a repository"),
    pytest.param([], ["./mine-1.0-py3-none-any.whl"], None, "mine-1.0", id="a wheel"),
    pytest.param([], ["-e ."], None, "-e", id="an editable folder"),
    pytest.param(["py-nosuch"], [], None, "py-nosuch", id="unknown conda package"),
    pytest.param([], [], f"={OTHER_MINOR}", f"Python {OTHER_MINOR}", id="a newer Python"),
]


@pytest.mark.parametrize(("conda", "pip", "python", "reason"), LACKING)
def test_the_running_interpreter_will_not_do(
    home: Path, conda: list[str], pip: list[str], python: str | None, reason: str
) -> None:
    with pytest.raises(NeedsVenv, match=reason.replace("+", r"\+")):
        resolve_environment(environment(conda, pip, python), home)


@pytest.mark.parametrize(
    ("conda", "pip", "python", "note"),
    [
        ([], [], "=3.6.2", "past its end of life"),
        ([], [], "=3.8.13", "v1 writes by itself"),
        ([], [], f"={RUNNING}.99", "near enough"),
        (["cudatoolkit=10.1"], [], None, "cudatoolkit=10.1"),
        ([], ["azureml-core==1.0.2"], None, "azureml-core==1.0.2"),
        ([], ["sklearn"], None, "scikit-learn does for it"),
    ],
)
def test_what_was_taken_less_strictly_is_noted(
    home: Path, conda: list[str], pip: list[str], python: str | None, note: str
) -> None:
    notes = resolve_environment(environment(conda, pip, python), home).notes
    assert any(note in line for line in notes)


def test_what_is_lacking_is_told_beforehand() -> None:
    assert unsatisfied(environment(["numpy"])) == []
    lacking = unsatisfied(environment(["numpy=1.0", "no-such-distribution-here"]))
    assert [word in reason for word, reason in zip(("numpy", "no-such"), lacking, strict=True)] == [True, True]


def test_logins_in_urls_are_not_shown() -> None:
    source = "git+https://token:secret@example.org/mine.git"
    assert "secret" not in "".join(unsatisfied(environment(pip=[source, f"x @ {source}"])))
    error = uv_errors.cannot_install("iris", collect_pip(source), "wheels", f"error: {source} is not there")
    assert "secret" not in error.message + str(error.hint)


def collect_pip(*pip: str) -> Wanted:
    return collect(environment(pip=list(pip)).python.conda_dependencies)


def test_what_is_satisfied_is_told(home: Path) -> None:
    resolved = resolve_environment(environment(["numpy"], ["azureml-defaults"]), home)
    assert set(resolved.satisfied) == {f"numpy {NUMPY}", "azureml-defaults (aml_nb stands in for it)"}


def test_strict_environments_take_no_older_python(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_NB_STRICT_ENVIRONMENTS", "1")
    with pytest.raises(UserErrorException) as error:
        resolve_environment(environment(python="=3.6.2"), home)
    assert "python=3.6.2" in error.value.message
    assert "set_python_version" in (error.value.hint or "")
    assert resolve_environment(environment(python="=3.8.13"), home).kind == "current"


def test_relaxed_pins_become_lower_bounds(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = environment(["numpy=1.16"], ["pandas==0.25.3", "joblib~=0.14"])
    with pytest.raises(NeedsVenv):
        resolve_environment(asked, home)
    monkeypatch.setenv("AML_NB_RELAX_PINS", "1")
    resolved = resolve_environment(asked, home)
    assert resolved.kind == "current"
    assert "pandas==0.25.3 is taken as pandas>=0.25.3 (AML_NB_RELAX_PINS)." in resolved.notes


def test_extras_count(home: Path) -> None:
    assert resolve_environment(environment(pip=["numpy[nosuchextra]"]), home).kind == "current"
    with pytest.raises(NeedsVenv, match="requests"):
        resolve_environment(environment(pip=["requests[socks]"]), home)


def test_a_wheel_that_is_installed_already() -> None:
    assert missing_source(f"file:///x/numpy-{NUMPY}-cp311-cp311-manylinux_2_17_x86_64.whl") is None
    assert missing_source("file:///x/numpy-1.0-cp311-cp311-manylinux_2_17_x86_64.whl") is not None


def test_requirement_files_inside_the_pip_list_are_followed(home: Path) -> None:
    Path("requirements.txt").write_text("numpy\nno-such-distribution-here\n")
    with pytest.raises(NeedsVenv, match="no-such-distribution-here"):
        resolve_environment(environment(pip=["-r requirements.txt"]), home)


@pytest.mark.parametrize("text", ["numpy=>1", "a b c", "numpy=="])
def test_a_requirement_that_cannot_be_read(home: Path, text: str) -> None:
    with pytest.raises(UserErrorException) as error:
        resolve_environment(environment(pip=[text]), home)
    assert text in error.value.message


def test_no_environment_and_no_dependencies(home: Path) -> None:
    assert resolve_environment(None, home).kind == "current"
    made = Environment("iris")
    made.python.conda_dependencies = None
    assert resolve_environment(made, home).kind == "current"


def test_user_managed_dependencies(home: Path, tmp_path: Path) -> None:
    made = environment(["numpy=1.0"])
    made.python.user_managed_dependencies = True
    assert resolve_environment(made, home).python == sys.executable
    names = ("python", "python3")
    other = next(p for n in names if str(p := Path(sys.executable).with_name(n)) != sys.executable)
    made.python.interpreter_path = str(other)
    resolved = resolve_environment(made, home)
    assert (resolved.python, resolved.kind) == (str(other), "user")
    made.python.interpreter_path = str(tmp_path / "absent")
    with pytest.raises(UserErrorException) as error:
        resolve_environment(made, home)
    assert str(tmp_path / "absent") in error.value.message


def test_an_interpreter_inside_an_image_is_replaced(home: Path) -> None:
    made = Environment.from_docker_image("iris", "example.org/mine:1")
    made.python.interpreter_path = "/opt/of-the-image/bin/python"
    resolved = resolve_environment(made, home)
    assert resolved.kind == "current"
    assert any("/opt/of-the-image/bin/python" in note for note in resolved.notes)


def test_an_interpreter_that_cannot_serve_is_told_at_once(home: Path, tmp_path: Path) -> None:
    bare = tmp_path / "python-of-mine"
    bare.write_text("#!/bin/sh\necho 'httptools is not installed in it' >&2\nexit 1\n")
    bare.chmod(0o755)
    made = environment()
    made.python.user_managed_dependencies = True
    made.python.interpreter_path = str(bare)
    with pytest.raises(UserErrorException) as error:
        resolve_environment(made, home)
    assert "httptools is not installed" in error.value.message
    assert f"{bare} -m pip install" in (error.value.hint or "")


def test_an_image_is_noted(home: Path) -> None:
    made = environment()
    made.docker.base_image = "python:3.11"
    assert any("python:3.11" in note for note in resolve_environment(made, home).notes)
    made.docker.base_dockerfile = "FROM scratch\n"
    assert any("Dockerfile" in note for note in resolve_environment(made, home).notes)


def test_the_hash_is_that_of_what_is_asked_for() -> None:
    def digest(*arguments: Any) -> str:
        return collect(environment(*arguments).python.conda_dependencies).digest()

    base = digest(["numpy"], ["pandas"])
    assert base == digest(["pandas"], ["numpy"])
    assert base == digest(["numpy", "pip"], ["pandas", "azureml-monitoring==0.1"])
    others = {
        digest(["numpy"], []),
        digest(["numpy=1"], ["pandas"]),
        digest(["numpy"], ["pandas", "--pre"]),
        digest(["numpy"], ["pandas"], f"={OTHER_MINOR}"),
    }
    assert base not in others
    assert len(others) == 4


def test_the_fast_path_starts_no_process(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **options: Any) -> None:
        raise AssertionError(f"a process was started: {arguments}")

    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)
    resolve_environment(environment(["numpy", "scikit-learn"], ["azureml-defaults"]), home)
    assert list(home.iterdir()) == []


def test_where_environments_are_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert venv.environments_folder(None) == home / "cache" / "environments"
    assert venv.environments_folder(Path("/x")) == Path("/x/cache/environments")
    monkeypatch.delenv("AML_NB_HOME")
    assert venv.environments_folder(None).name == "environments"
