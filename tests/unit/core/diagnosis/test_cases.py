"""The rules on labelled failures, and on what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from aml_nb.core.diagnosis.causes import CAUSES
from tests.unit.core.diagnosis.cases import CASES, Case


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_cause_is_named(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    case = Case.read(path)
    found = case.diagnosis(tmp_path)
    assert (found.cause if found else "none") == case.headers["cause"]
    if found is None:
        return
    assert case.headers.get("says", "") in " ".join((*found.fix, found.why))
    assert found.title == CAUSES[found.cause].title and found.why and found.fix and found.azure
    assert not any("\n" in line for line in found.evidence)


def test_every_cause_has_a_case() -> None:
    named = {Case.read(path).headers["cause"] for path in CASES}
    assert CAUSES.keys() - named == {"run-killed"}
    assert named - CAUSES.keys() == {"none"}


def test_the_page_has_every_cause() -> None:
    page = (Path(__file__).parents[4] / "docs" / "diagnosis.md").read_text(encoding="utf-8")
    told = {
        word for line in page.splitlines() if line.startswith("| `") for word in line.split("|")[1].split("`")[1::2]
    }
    assert told == CAUSES.keys()
