"""What goes into the build of an environment: paths along, logins out, lines as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb import scoring
from aml_nb.engines.base import Packages
from aml_nb.engines.docker import environment_image, recipe
from aml_nb.engines.docker.recipe import Recipe
from aml_nb.errors import WebserviceException

NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}[A-Za-z0-9]", fullmatch=True)
VERSION = st.from_regex(r"(==|>=|~=|<)[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True)
LOGIN = st.from_regex(r"[A-Za-z0-9%._-]{1,12}:[A-Za-z0-9%._@-]{1,20}", fullmatch=True)


def written(made: Recipe, name: str, **options: bool) -> str:
    found = {entry.name: entry.data for entry in made.entries(**options)}  # type: ignore[arg-type]
    data = found[f"{recipe.BUILD}/{name}"]
    assert data is not None
    return data.decode()


@given(st.lists(st.tuples(NAME, VERSION).map("".join), max_size=5))
def test_requirements_are_written_as_they_are(lines: list[str]) -> None:
    made = Recipe.of(Packages("d", requirements=tuple(lines)))
    assert written(made, "requirements.txt").splitlines() == [*lines, *scoring.REQUIREMENTS]


@given(LOGIN)
def test_a_login_is_in_nothing_that_is_saved(login: str) -> None:
    line = f"--index-url https://{login}@example.com/simple"
    made = Recipe.of(Packages("d", requirements=(f"a @ https://{login}@example.com/a.whl",), options=(line,)))
    assert made.logins == [login]
    saved = {entry.name: entry.data or b"" for entry in made.entries(hide_logins=True)}
    assert not [name for name, data in saved.items() if f"{login}@".encode() in data]
    assert "https://${INDEX_LOGIN_1}@example.com/simple" in written(made, "plan.json", hide_logins=True)
    assert login in json.loads(written(made, "plan.json"))["options"][0]


def test_git_over_ssh_has_no_secret() -> None:
    assert Recipe.of(Packages("d", requirements=("a @ git+ssh://git@example.com/a.git",))).logins == []


@pytest.mark.parametrize("form", ["{}", "-e {}", "mine @ file://{}", "--find-links {}", "-f {}", "--find-links={}"])
def test_what_lies_on_this_machine_goes_along(tmp_path: Path, form: str) -> None:
    project = tmp_path / "my project"
    project.mkdir()
    (project / "setup.py").write_text("")
    line, option = form.format(project), form.startswith(("-f", "--find"))
    made = Recipe.of(Packages("d", options=(line,)) if option else Packages("d", requirements=(line,)))
    assert made.sources == (("0/my-project", project),)
    assert (made.options if option else made.requirements)[0] == form.format(f"{recipe.SOURCES}/0/my-project")
    assert f"{recipe.SOURCES}/0/my-project/setup.py" in [entry.name for entry in made.entries()]


def test_a_path_that_is_not_there_is_named() -> None:
    with pytest.raises(WebserviceException, match=r"/nowhere/x\.whl"):
        Recipe.of(Packages("d", requirements=("/nowhere/x.whl",)))


def test_a_change_in_a_package_of_the_users_own_is_another_environment(tmp_path: Path) -> None:
    module = tmp_path / "mine.py"
    module.write_text("x = 1")
    packages = Packages("d", requirements=(f"-e {tmp_path}",))
    before = Recipe.of(packages).digest
    assert Recipe.of(packages).digest == before
    module.write_text("x = 2")
    assert Recipe.of(packages).digest != before


def test_nothing_of_the_users_goes_into_an_interpreter_of_their_own() -> None:
    made = Recipe.of(Packages("d", requirements=("six",), interpreter="/opt/conda/bin/python"))
    assert made.requirements == scoring.REQUIREMENTS
    assert recipe.launch(made.packages) == f"exec /opt/conda/bin/python {recipe.BUILD}/install.py"


@pytest.mark.parametrize(
    ("environ", "kept"),
    [
        ({"PATH": "/bin", "SECRET": "x"}, {}),
        (
            {"PIP_INDEX_URL": "https://i/simple"},
            {"PIP_INDEX_URL": "https://i/simple", "UV_DEFAULT_INDEX": "https://i/simple"},
        ),
        (
            {"PIP_INDEX_URL": "https://i", "UV_INDEX_URL": "https://j"},
            {"PIP_INDEX_URL": "https://i", "UV_INDEX_URL": "https://j"},
        ),
        ({"UV_INDEX": "file:///opt/wheels", "PIP_FIND_LINKS": "/opt/wheels"}, {}),
        ({"https_proxy": "http://p:1", "UV_INDEX_MINE_PASSWORD": "s"}, "same"),
    ],
)
def test_only_what_tells_of_indexes_and_proxies_goes_into_a_build(environ: dict[str, str], kept: object) -> None:
    assert recipe.settings(environ) == (environ if kept == "same" else kept)


@pytest.mark.parametrize(
    ("address", "needed"),
    [
        ("http://localhost:3141/simple", True),
        ("http://me:pw@127.0.0.1/simple", True),
        ("http://[::1]:80/", True),
        ("https://localhost.example.com/simple", False),
        ("https://pypi.org/simple", False),
    ],
)
def test_an_index_at_the_loopback_needs_this_hosts_network(address: str, needed: bool) -> None:
    made = Recipe.of(Packages("d", options=(f"--index-url {address}",)))
    assert recipe.needs_this_host(made, {}) is needed
    assert recipe.needs_this_host(Recipe.of(Packages("d")), {"PIP_INDEX_URL": address}) is needed


@pytest.mark.parametrize(
    ("culprit", "told", "relax"),
    [
        ("scikit-learn==0.19.1", "another version of 'scikit-learn==0.19.1'", True),
        ("scikit-learn<0.2", "another version of 'scikit-learn<0.2'", False),
        ("scikit-lern", "have no 'scikit-lern' that fits", False),
    ],
)
def test_what_helps_where_a_requirement_cannot_be_had(culprit: str, told: str, relax: bool) -> None:
    hint = environment_image._relax(culprit)
    assert told in hint
    assert ("AML_NB_RELAX_PINS" in hint) is relax
