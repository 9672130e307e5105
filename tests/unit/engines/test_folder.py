"""A service's folder: exclusive to one, keys for its owner, swept after a crash."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from aml_nb.engines.folder import Keys, ServiceFolder, sweep


def test_one_at_a_time(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path, "iris")
    assert not folder.busy()
    with folder.exclusive():
        assert folder.busy()
        with pytest.raises(BlockingIOError), ServiceFolder(tmp_path, "iris").exclusive(wait=False):
            pass
        with ServiceFolder(tmp_path, "another").exclusive(wait=False):
            pass
    assert not folder.busy()


def test_whoever_waits_goes_next(tmp_path: Path) -> None:
    order: list[int] = []

    def second() -> None:
        with ServiceFolder(tmp_path, "iris").exclusive():
            order.append(2)

    with ServiceFolder(tmp_path, "iris").exclusive():
        thread = threading.Thread(target=second)
        thread.start()
        order.append(1)
    thread.join()
    assert order == [1, 2]


def test_keys_are_random_kept_and_hidden(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path, "iris")
    folder.path.mkdir()
    keys = Keys.make(primary="mine")
    folder.write_keys(keys)
    assert folder.keys() == keys and keys.primary == "mine"
    assert re.fullmatch("[A-Za-z0-9]{32}", keys.secondary) and Keys.make() != Keys.make()
    assert folder.keys_file.stat().st_mode & 0o777 == 0o600
    assert keys.secondary not in repr(keys)


def test_revisions_may_have_keys_of_their_own(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path, "iris")
    folder.path.mkdir()
    keys = {revision: Keys.make() for revision in (0, 3, 12)}
    for revision, theirs in keys.items():
        folder.write_keys(theirs, revision=revision)
    assert {revision: folder.keys(revision) for revision in keys} == keys and folder.keys(1) is None
    assert {path.stat().st_mode & 0o777 for path in folder.path.iterdir()} == {0o600}
    folder.forget_keys(but={12})
    assert [path.name for path in folder.path.iterdir()] == [folder.keys_path(12).name]


def test_keys_that_are_not_there(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path, "iris")
    assert folder.keys() is None
    folder.path.mkdir()
    folder.keys_file.write_text("{")
    assert folder.keys() is None


def test_what_was_staged_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path, "iris")
    folder.path.mkdir()
    (folder.path / "old").touch()
    folder.staging.mkdir()
    (folder.staging / "new").touch()
    folder.adopt_staging()
    assert [p.name for p in folder.path.iterdir()] == ["new"]
    assert not folder.staging.exists()


def test_leftovers_are_swept_and_those_at_work_left_alone(tmp_path: Path) -> None:
    dead, alive = ServiceFolder(tmp_path, "dead"), ServiceFolder(tmp_path, "alive")
    for folder in (dead, alive):
        folder.staging.mkdir()
    (tmp_path / ".trash-gone-1234").mkdir()
    with alive.exclusive():
        sweep(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_dir()) == [".staging-alive"]


def test_the_deployments_log_has_a_line_an_event(tmp_path: Path) -> None:
    folder = ServiceFolder(tmp_path, "iris")
    assert folder.events() == []
    folder.path.mkdir()
    folder.say("Submitting deployment to compute.")
    (line,) = folder.events()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d Submitting deployment to compute\.", line)
