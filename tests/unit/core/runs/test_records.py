"""The rows of runs."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from aml_nb.core.runs.records import RunRecord, RunRecords, matches
from aml_nb.core.store import FILE, Store, tables
from aml_nb.errors import NameTakenError


@pytest.fixture
def records(tmp_path: Path) -> RunRecords:
    return RunRecords(Store.create(tmp_path, "w"))


def make(records: RunRecords, run_id: str, **fields: object) -> RunRecord:
    return records.create(RunRecord(run_id, "e", "id", **fields))  # type: ignore[arg-type]


def ids(found: object) -> list[str]:
    return [record.run_id for record in found]  # type: ignore[attr-defined]


def test_numbers_count_within_an_experiment(records: RunRecords) -> None:
    assert [make(records, name).number for name in "abc"] == [1, 2, 3]
    assert records.create(RunRecord("d", "other", "id2")).number == 1
    records.remove("c")
    assert make(records, "c").number == 4


def test_an_id_is_taken_once_and_nothing_is_half_made(records: RunRecords) -> None:
    make(records, "a")
    with pytest.raises(NameTakenError, match="'a'"):
        records.create_all([RunRecord("b", "e", "id"), RunRecord("a", "e", "id")])
    assert records.get("b") is None


def test_families_know_their_root(records: RunRecords) -> None:
    make(records, "top")
    child = make(records, "child", parent_id="top")
    grandchild = make(records, "grandchild", parent_id="child")
    assert child.root_id == grandchild.root_id == "top"
    assert ids(records.find(parent_id="top")) == ["child"]
    assert ids(records.find(root_id="top")) == ["grandchild", "child", "top"]
    assert ids(records.find("e", top=True)) == ["top"]


def test_finding_is_newest_first_and_goes_through_pages(records: RunRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aml_nb.core.runs.records._PAGE", 3)
    for number in range(8):
        make(records, str(number), tags={"even": str(number % 2 == 0)}, target="cpu" if number < 4 else "local")
    assert ids(records.find()) == list("76543210")
    assert ids(records.find(tags={"even": "True"})) == list("6420")
    assert ids(records.find(target="cpu", tags="even")) == list("3210")
    found = records.find(experiment="e")
    assert next(found).run_id == "7"
    make(records, "new")
    assert ids(found) == list("6543210")


def test_what_makes_a_run_this_run_is_not_changed(records: RunRecords) -> None:
    make(records, "a", tags={"x": "1"})

    def change(fields: dict[str, object]) -> None:
        fields.update(run_id="b", number=9, status="Completed", display_name="ü\u2603", tags={"y": None})

    changed = records.change("a", change)
    assert (changed.run_id, changed.number, changed.status) == ("a", 1, "NotStarted")
    assert records.get("a") == changed
    assert (changed.display_name, changed.tags) == ("ü\u2603", {"y": None})
    with pytest.raises(KeyError):
        records.change("nobody", change)


def test_changes_from_many_threads_are_all_kept(records: RunRecords) -> None:
    make(records, "a")

    def work(key: str) -> None:
        for number in range(10):
            tag = {f"{key}{number}": "x"}
            records.change("a", lambda fields, tag=tag: fields["tags"].update(tag))  # type: ignore[misc]

    threads = [threading.Thread(target=work, args=(key,)) for key in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = records.get("a")
    assert found is not None
    assert len(found.tags) == 40


def test_an_error_is_kept_in_v1s_form(records: RunRecords) -> None:
    make(records, "a")
    records.transition("a", "Failed", error="no such column")
    found = records.get("a")
    assert found is not None
    assert found.payload["error"] == {"error": {"code": "UserError", "message": "no such column", "details": []}}


def test_a_script_that_failed_its_run_by_hand_does_not_complete(records: RunRecords) -> None:
    make(records, "a", status="Running", payload={"script_error": {"error": {"message": "bad data"}}})
    assert records.transition("a", "Completed")
    found = records.get("a")
    assert found is not None
    assert (found.status, found.payload["error"]["error"]["message"]) == ("Failed", "bad data")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, True),
        ("a", True),
        ("c", False),
        ({"a": "1"}, True),
        ({"a": 1}, True),
        ({"a": "1", "b": "x"}, False),
        ({}, True),
    ],
)
def test_tags_match_by_key_or_by_value(wanted: object, expected: bool) -> None:
    assert matches({"a": "1", "b": None}, wanted) is expected  # type: ignore[arg-type]


def test_a_database_of_the_first_schema_opens_and_keeps_what_it_has(tmp_path: Path) -> None:
    store = Store.create(tmp_path, "w")
    store.records("webservice").create("svc", {"port": 1})
    store.close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("DROP TABLE runs")
        connection.execute("UPDATE meta SET value = '1' WHERE key = 'schema_version'")
    connection.close()
    opened = Store.open(tmp_path, "w")
    assert opened.records("webservice").get("svc") == {"port": 1}
    assert make(RunRecords(opened), "a").number == 1
    opened.close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        [(version,)] = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'")
        indexes = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    connection.close()
    assert int(version) == tables.SCHEMA_VERSION
    assert {index.name for index in tables.runs.indexes} <= indexes
