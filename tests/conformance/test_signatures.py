"""Every v1 class, function and constant that is here is v1's: parameters, kinds, defaults, parents, values."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aml_nb.azureml import _finding, _missing

from . import v1

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXCUSES: dict[str, str] = tomllib.loads((Path(__file__).parent / "excuses.toml").read_text(encoding="utf-8"))


def found_in(qualified: str) -> list[tuple[str, str]]:
    if qualified in v1.facts()["classes"]:
        return list(v1.class_differences(qualified))
    known = v1.facts()["functions"][qualified]
    return [(qualified, text) for text in v1.differences(known, v1.ours(qualified), bound=False)]


@pytest.mark.parametrize("qualified", [*v1.present("classes"), *v1.present("functions")])
def test_signature_is_v1s(qualified: str) -> None:
    assert not [f"{path} {text}" for path, text in found_in(qualified) if path not in EXCUSES]


def test_every_excuse_is_needed_and_has_a_reason() -> None:
    every = [*v1.present("classes"), *v1.present("functions")]
    needed = {path for qualified in every for path, _ in found_in(qualified)}
    assert set(EXCUSES) - needed == set()
    assert all(len(reason.split()) > 3 for reason in EXCUSES.values())


def test_constants_have_v1s_values() -> None:
    pairs = {name: (v1.ours(name), v1.literal(text)) for name, text in v1.facts()["constants"].items()}
    here = {
        name: (have, value) for name, (have, value) in pairs.items() if have is not None and value is not v1.UNKNOWN
    }
    assert {name: pair for name, pair in here.items() if pair[0] != pair[1]} == {}
    assert "azureml.core.conda_dependencies.PYTHON_DEFAULT_VERSION" in here


def test_the_facts_that_users_get_agree_with_the_facts_that_tests_hold() -> None:
    shipped = _missing.facts()["modules"]
    assert set(shipped) == set(v1.facts()["modules"])
    for module, names in v1.facts()["names"].items():
        assert set(names) <= set(shipped[module]), module


@pytest.mark.parametrize(
    ("v1s", "ours", "text"),
    [
        ([["a", "pk", None]], lambda a: a, []),
        ([["a", "pk", "1"]], lambda a=1, *, more=None: a, []),
        ([["a", "pk", "1"]], lambda a=2: a, ["has 2 for a, v1 has 1"]),
        ([["a", "pk", None]], lambda a, b: a, ["takes b, which v1 does not"]),
        ([["a", "pk", None], ["b", "pk", None]], lambda a: a, ["lacks b"]),
        ([["a", "pk", None]], lambda *, a: a, ["takes a as keyword-only, v1 as positional or keyword"]),
        ([["a", "pk", None]], lambda a=None: a, ["has a default for a, v1 requires it"]),
        ([["a", "pk", "None"]], lambda a: a, ["requires a, v1's default is None"]),
        ([["kwargs", "**", None]], lambda: 0, ["lacks kwargs"]),
    ],
)
def test_differences_are_seen(v1s: list[list[str]], ours: object, text: list[str]) -> None:
    assert list(v1.differences(v1s, ours, bound=False)) == text


def test_no_module_of_ours_promises_a_name_that_v1_does_not_have() -> None:
    modules = {name: _finding.import_ours(name) for name in v1.facts()["modules"] if name.startswith("azureml.")}
    names = v1.facts()["names"]
    more = {m: set(ours.__all__) - set(names.get(m, ())) for m, ours in modules.items() if ours is not None}
    assert {module: extra for module, extra in more.items() if extra} == {}
    assert "azureml.core.model" in more
