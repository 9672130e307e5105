"""The rules for names that the panel checks while one types are v1's, which the server checks again."""

from __future__ import annotations

import re
from pathlib import Path

from aml_nb.core import names

SOURCES = Path(__file__).parents[3] / "labextension" / "src"


def _constant(path: str, name: str) -> str:
    found = re.search(rf"^const {name} = (.*);$", (SOURCES / path).read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, f"{path} has no {name}"
    return found[1]


def test_service_names_have_the_rule_of_v1() -> None:
    rules = "deploy/rules.ts"
    assert _constant(rules, "NAME") == f"/^{names.RULES['webservice'].pattern}$/"
    assert int(_constant(rules, "SHORTEST")) == names._SHORTEST["webservice"]
    assert int(_constant(rules, "LONGEST")) == names._LONGEST["webservice"]


def test_experiment_names_have_the_rule_of_v1() -> None:
    pattern = names.RULES["experiment"].pattern.replace(r"\-", "-")
    assert _constant("detail/pipeline/submit.tsx", "EXPERIMENT") == f"/^{pattern}$/"
