from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aml_nb.core.store import FILE, Store, tables
from aml_nb.core.workspace import Workspace, upkeep
from aml_nb.errors import NameTakenError, StoreError


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path, "w")


@pytest.mark.parametrize("url", ["nonsense", "mysql://u:sesame@h/d", "postgresql+psycopg://u:sesame/two@h/d"])
def test_what_is_no_address_of_a_server_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match="AML_NB_STORE") as caught:
        Store.create(tmp_path, "w", url)
    assert "sesame" not in f"{caught.value} {caught.value.hint} {caught.value.__context__}"


def test_records_are_kept_by_kind_and_name(store: Store, tmp_path: Path) -> None:
    services, computes = store.records("webservice"), store.records("compute")
    services.create("b", {"port": 1})
    services.create("a", {"port": 2})
    computes.create("a", {"nodes": 3})
    assert Store.open(tmp_path, "w").records("webservice").list() == [("b", {"port": 1}), ("a", {"port": 2})]
    assert computes.get("a") == {"nodes": 3}
    assert computes.get("b") is None


def test_a_name_is_taken_once(store: Store) -> None:
    store.records("webservice").create("a", {"n": 1})
    with pytest.raises(NameTakenError) as caught:
        store.records("webservice").create("a", {"n": 2})
    assert caught.value.hint
    assert store.records("webservice").get("a") == {"n": 1}


def test_put_keeps_the_place_and_delete_says_whether(store: Store) -> None:
    records = store.records("setting")
    for name in "abc":
        records.put(name, {"n": 1})
    records.put("a", {"n": 2})
    assert records.list() == [("a", {"n": 2}), ("b", {"n": 1}), ("c", {"n": 1})]
    assert records.delete("b") is True
    assert records.delete("b") is False


def test_modify_returns_what_is_kept(store: Store) -> None:
    records = store.records("webservice")
    records.create("a", {"n": 1})
    assert records.modify("a", lambda payload: {"n": payload["n"] + 1}) == {"n": 2}
    assert records.modify("a", lambda payload: payload.update(m=3)) == {"n": 2, "m": 3}
    assert records.get("a") == {"n": 2, "m": 3}
    with pytest.raises(KeyError):
        records.modify("b", lambda payload: payload)


def test_modify_that_raises_changes_nothing(store: Store) -> None:
    records = store.records("webservice")
    records.create("a", {"n": 1})

    def fail(payload: dict[str, int]) -> None:
        payload["n"] = 2
        records.put("b", {})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        records.modify("a", fail)
    assert records.list() == [("a", {"n": 1})]


def test_versions_count_up_and_never_come_back(store: Store) -> None:
    environments = store.versioned("environment")
    assert [environments.append("e", {"n": n}) for n in range(3)] == ["1", "2", "3"]
    assert environments.delete("e", "3")
    assert environments.append("e", {"n": 4}) == "4"
    assert environments.versions("e") == ["1", "2", "4"]
    assert environments.get("e") == ("4", {"n": 4})
    assert environments.get("e", "1") == ("1", {"n": 0})
    assert environments.get("e", "3") is None


def test_versions_may_be_named_and_are_stepped_over(store: Store) -> None:
    environments = store.versioned("environment")
    assert environments.append("e", {}, "2") == "2"
    assert environments.append("e", {}) == "1"
    assert environments.append("e", {}) == "3"
    with pytest.raises(NameTakenError):
        environments.append("e", {}, "2")
    environments.append("f", {"x": 1}, "dev")
    assert environments.list() == [("e", "3", {}), ("f", "dev", {"x": 1})]


def test_threads_do_not_lose_each_others_changes(store: Store) -> None:
    records = store.records("setting")
    records.create("n", {"n": 0})

    def count() -> None:
        for _ in range(25):
            records.modify("n", lambda payload: {"n": payload["n"] + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert records.get("n") == {"n": 100}


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_and_its_parent_both_go_on(store: Store) -> None:
    records = store.records("setting")
    records.create("n", {"n": 0})
    children = []
    for _ in range(4):
        pid = os.fork()
        if not pid:
            code = 1
            try:
                for _ in range(20):
                    records.modify("n", lambda payload: {"n": payload["n"] + 1})
                code = 0
            finally:
                os._exit(code)
        children.append(pid)
    for _ in range(20):
        records.modify("n", lambda payload: {"n": payload["n"] + 1})
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * 4
    assert records.get("n") == {"n": 100}


def test_commits_are_safe_from_a_power_cut(store: Store) -> None:
    with store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


@pytest.mark.parametrize("damage", [b"this is no database at all" * 500, b"SQLite format 3\0" + b"\xff" * 9000])
def test_a_damaged_database_is_explained(tmp_path: Path, damage: bytes) -> None:
    Store.create(tmp_path, "w").close()
    (tmp_path / FILE).write_bytes(damage)
    with pytest.raises(StoreError, match="damaged") as caught:
        Store.open(tmp_path, "w").records("setting").list()
    assert ".recover" in str(caught.value.hint)


def test_a_damaged_database_can_be_replaced_by_its_copy(ws: Workspace) -> None:
    ws._store.records("setting").put("a", {"n": 1})
    upkeep.back_up(ws._folder / FILE)
    ws._store.close()
    (ws._folder / FILE).write_bytes(b"rubbish" * 1000)
    with pytest.raises(StoreError, match="copy") as caught:
        Workspace.get(ws.name)._store.records("setting").list()
    command = str(caught.value.hint).partition(": ")[2]
    subprocess.run(command, shell=True, check=True)
    assert Workspace.get(ws.name)._store.records("setting").get("a") == {"n": 1}


@pytest.mark.parametrize("content", [None, b""])
def test_a_database_that_is_gone_is_not_made_anew(tmp_path: Path, content: bytes | None) -> None:
    Store.create(tmp_path, "w").close()
    (tmp_path / FILE).unlink()
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
    with pytest.raises(StoreError, match="missing or empty"):
        Store.open(tmp_path, "w")


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    Store.create(tmp_path, "w").close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE meta SET value = '99'")
    connection.close()
    with pytest.raises(StoreError, match="schema 99") as caught:
        Store.open(tmp_path, "w")
    assert caught.value.hint == "pip install --upgrade aml_nb"


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(StoreError, match="no tables of aml_nb"):
        Store.open(tmp_path, "w")


def test_a_folder_deleted_under_a_store_takes_no_writes(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    folder.mkdir()
    store = Store.create(folder, "w")
    store.records("setting").put("a", {})
    shutil.rmtree(folder)
    with pytest.raises(StoreError, match="deleted meanwhile"):
        store.records("setting").put("b", {})
    folder.mkdir()
    Store.create(folder, "w")
    assert store.records("setting").list() == []


READ_ONLY = """
import os, sqlite3, sys
from pathlib import Path
from aml_nb.core.store import records
from aml_nb.core.store import Store
from aml_nb.errors import StoreError
Store(None, "w", None)._engine.connect().close()  # the interpreter may be readable by root alone
os.setgid(65534); os.setuid(65534)
try:
    Store.open(Path(sys.argv[1]), "w").records("setting").put("a", {})
except StoreError as error:
    print(error.message, "|", error.hint)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone can become another user")
def test_a_read_only_folder_is_explained() -> None:
    import tempfile

    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        Store.create(folder, "w").close()
        done = subprocess.run([sys.executable, "-c", READ_ONLY, name], capture_output=True, text=True, check=True)
        assert "cannot be written" in done.stdout
        assert "AML_NB_HOME" in done.stdout
        assert Store.open(folder, "w").records("setting").list() == []


def test_upkeep_is_due_once_a_day(ws: Workspace) -> None:
    assert not upkeep.due(ws._folder)
    two_days_ago = time.time() - 2 * 86400
    os.utime(ws._folder / upkeep.MARK, (two_days_ago, two_days_ago))
    stray = ws._folder / "artifacts" / "ab" / ("0" * 62)
    stray.parent.mkdir()
    stray.write_text("left by a killed process")
    again = Workspace.get(ws.name)
    assert again._store is not None
    assert not upkeep.due(ws._folder)
    assert not stray.exists()
    assert (ws._folder / upkeep.BACKUP).is_file()


NAMES = st.sampled_from(["a", "b", "c"])


class RecordsMachine(RuleBasedStateMachine):
    """Records against a dict."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = Path(tempfile.mkdtemp())
        self.store = Store.create(self.folder, "w")
        self.records = self.store.records("webservice")
        self.model: dict[str, dict[str, int]] = {}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(name=NAMES, value=st.integers())
    def create(self, name: str, value: int) -> None:
        if name in self.model:
            with pytest.raises(NameTakenError):
                self.records.create(name, {"v": value})
        else:
            self.records.create(name, {"v": value})
            self.model[name] = {"v": value}

    @rule(name=NAMES, value=st.integers())
    def put(self, name: str, value: int) -> None:
        self.records.put(name, {"v": value})
        self.model[name] = {"v": value}

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        assert self.records.delete(name) == (self.model.pop(name, None) is not None)

    @rule()
    def open_again(self) -> None:
        self.store.close()
        self.store = Store.open(self.folder, "w")
        self.records = self.store.records("webservice")

    @invariant()
    def the_same_in_the_same_order(self) -> None:
        assert self.records.list() == list(self.model.items())


RecordsMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestRecordsMachine = RecordsMachine.TestCase


def test_a_store_knows_that_somebody_else_has_written(store: Store, tmp_path: Path) -> None:
    other = Store.open(tmp_path, "w")
    seen = store.changes()
    assert seen == store.changes()
    other.records("kind").create("a", {})
    later = store.changes()
    assert later != seen and later == store.changes()
    other.records("kind").get("a")
    assert store.changes() == later  # reading is no change
    store.close()
    assert store.changes() != later  # a new connection cannot compare itself with the one before
    other.close()


def test_what_is_stored_is_in_no_error(store: Store) -> None:
    row = {"workspace": "w", "kind": "kind", "name": "a", "payload": "sesame"}
    with pytest.raises(Exception) as caught, store.write() as connection:
        for _ in range(2):
            connection.execute(sa.insert(tables.records).values(**row))
    assert "UNIQUE" in str(caught.value) and "sesame" not in str(caught.value)
