"""What is killed when a keeper was: what carries the run's mark, also where it cannot be read at that moment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aml_nb.core.runs.keeper import leftovers
from aml_nb.engines.detached import MARK

# A program without variables, as one shows itself between the two halves of an exec; it becomes another when told.
BECOMES = """
import os, sys, time
print("here", flush=True)
while not os.path.exists("go"):
    time.sleep(0.01)
os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"], {"%s": sys.argv[1]})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run" / "work").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    return tmp_path / "run"


class Becoming:
    def __init__(self, mark: str, cwd: Path) -> None:
        self.cwd = cwd
        code = BECOMES % MARK
        self.process = subprocess.Popen([sys.executable, "-c", code, mark], cwd=cwd, env={}, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"here\n"

    def go_on(self) -> None:
        (self.cwd / "go").touch()


@pytest.fixture
def becoming(folder: Path) -> Iterator[list[Becoming]]:
    made: list[Becoming] = []
    yield made
    for one in made:
        one.process.kill()
        one.process.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_a_script_that_is_just_starting_is_killed_when_it_can_be_known(
    folder: Path, becoming: list[Becoming], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Becoming(str(folder), folder / "work")
    becoming.append(script)
    looked = leftovers._carries

    def look(process: object, mark: str) -> bool | None:
        found = looked(process, mark)
        if found is None:
            script.go_on()
        return found

    monkeypatch.setattr(leftovers, "_carries", look)
    monkeypatch.setattr(leftovers, "_EXEC_S", 60.0)
    leftovers.end(folder)
    script.process.wait(60)  # whoever killed it has taken its exit code


def test_what_has_no_variables_is_waited_for_no_longer_than_a_moment_and_left_alone(
    folder: Path, becoming: list[Becoming], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "_EXEC_S", 0.1)
    becoming += [Becoming(str(folder), folder / "work"), Becoming(str(folder), folder.parent / "other")]
    leftovers.end(folder)
    assert [one.process.poll() for one in becoming] == [None, None]


def test_another_run_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    marks = {"mine": str(folder), "theirs": str(folder.parent / "other")}
    started = {
        name: subprocess.Popen(sleep, cwd=folder, env={**os.environ, MARK: mark}, start_new_session=True)
        for name, mark in marks.items()
    }
    try:
        leftovers.end(folder)
        started["mine"].wait(60)
        assert started["theirs"].poll() is None
    finally:
        for process in started.values():
            process.kill()
            process.wait()
