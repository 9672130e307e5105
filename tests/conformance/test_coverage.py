"""The coverage page says what is here, and is up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from aml_nb import coverage
from aml_nb.azureml import _finding, _presence
from aml_nb.errors import NotAvailableError

from . import v1

PAGE = Path(coverage.__file__).parent.parent / "docs" / "coverage.md"


@pytest.fixture(scope="module")
def report() -> coverage.Coverage:
    return coverage.report()


def test_page_is_up_to_date(report: coverage.Coverage) -> None:
    same = PAGE.read_text(encoding="utf-8") == report.markdown()
    assert same, "run: python -m aml_nb.coverage docs/coverage.md"


def test_counts_agree_with_the_facts(report: coverage.Coverage) -> None:
    here = {f"{m.name}.{n.name}" for m in report.modules for n in m.names if n.here}
    classes = {".".join(v1.place(qualified)) for qualified in v1.present("classes")}
    # The members of a class that sits in another count with that one.
    assert {
        name for name in classes if name.count(".") < 5 and name.rpartition(".")[0] in v1.facts()["modules"]
    } <= here
    assert "azureml.core.workspace.Workspace" in here and "azureml.train.automl.AutoMLImageConfig" not in here


def test_missing_members_are_listed(report: coverage.Coverage) -> None:
    page = report.markdown()
    missing = [f"{n.name}.{m}" for module in report.here for n in module.names for m in n.missing]
    assert missing and all(f"`{name}`" in page for name in missing)
    assert "`Workspace.list_keys`" in page


def test_every_name_that_a_module_of_ours_promises_is_there(report: coverage.Coverage) -> None:
    modules = {m.name: _finding.import_ours(m.name) for m in report.here}
    gone = [
        f"{m}.{n}" for m, module in modules.items() for n in getattr(module, "__all__", ()) if not hasattr(module, n)
    ]
    assert gone == []


def test_most_used_entries_weigh_by_their_documents(report: coverage.Coverage) -> None:
    assert len(report.used) == 150
    total = sum(u.documents for u in report.used)
    assert report.weighted == sum(u.documents for u in report.used if u.here) / total
    known = {u.entry: u.here for u in report.used}
    assert known["Workspace.from_config"] and known["azureml.core.VERSION"] and known["Model.register"]
    assert known["AutoMLConfig(...)"] and known["ParallelRunStep(...)"]


def test_text_and_html_show_the_same_rows(report: coverage.Coverage) -> None:
    text, html = str(report), report._repr_html_()
    for module, names, _ in report.rows():
        assert module in text and names in text
        assert module in html and names in html
    assert report.as_data()["most_used"]["Workspace.from_config"] is True


def test_a_refusal_is_no_presence() -> None:
    class Half:
        def works(self) -> int:
            return 1

        def refuses(self) -> int:
            """Not available."""
            raise NotAvailableError("no")

        def sometimes(self, ask: bool) -> int:
            if ask:
                raise NotAvailableError("no")
            return 1

        def __init__(self) -> None:
            self.assigned = 1

    found = {n: _presence.has_member(Half, n) for n in ("works", "refuses", "sometimes", "assigned", "absent")}
    assert found == {"works": True, "refuses": False, "sometimes": True, "assigned": True, "absent": False}
