"""What a button begins: in a thread, one at a time, told in words; and what that thread prints."""

from __future__ import annotations

import sys
import threading
from typing import Any

import ipywidgets
import pytest

from aml_nb.errors import WebserviceException
from aml_nb.widgets.controls import Question
from aml_nb.widgets.printed import taken
from aml_nb.widgets.working import Worker

BAD = "<script>alert(1)</script>"


def test_a_job_is_done_in_a_thread_and_its_button_rests_meanwhile() -> None:
    press, go, after = ipywidgets.Button(), threading.Event(), threading.Event()
    worker = Worker([press], after.set)
    assert worker.begin("Reloading <i>", lambda: (go.wait(10), f"{BAD} is done")[1])
    assert press.disabled and worker.busy and "Reloading &lt;i&gt;…" in worker.said.value
    assert not worker.begin("again", lambda: "twice"), "one at a time"
    worker._began -= 7
    worker.tick()
    assert "… 7 s" in worker.said.value
    go.set()
    assert after.wait(10)
    assert not press.disabled and not worker.busy
    assert "&lt;script&gt;alert(1)&lt;/script&gt; is done" in worker.said.value and BAD not in worker.said.value


def test_what_goes_wrong_is_said_with_what_to_do() -> None:
    after = threading.Event()
    worker = Worker([], after.set)

    def job() -> str:
        raise WebserviceException(f"no {BAD}", hint="%service list")

    worker.begin("Deleting", job)
    assert after.wait(10)
    said = worker.said.value
    assert "WebserviceException: no &lt;script&gt;" in said and "Try: %service list" in said and BAD not in said
    after.clear()
    worker.begin("Deleting", lambda: 1 // 0 and "")  # type: ignore[return-value]
    assert after.wait(10)
    assert "ZeroDivisionError" in worker.said.value


def test_what_a_job_prints_is_its_progress_and_no_cells(capsys: pytest.CaptureFixture[str]) -> None:
    printed, after = threading.Event(), threading.Event()
    go = threading.Event()
    worker = Worker([], after.set)

    def job() -> str:
        print("Building the environment <1>")
        printed.set()
        go.wait(10)
        return "done"

    worker.begin("Updating", job)
    assert printed.wait(10)
    print("a cell's own")
    worker.tick()
    assert "Building the environment &lt;1&gt;" in worker.said.value
    go.set()
    assert after.wait(10)
    print("and after")
    assert capsys.readouterr().out == "a cell's own\nand after\n"


def test_prints_are_taken_from_several_threads_at_once() -> None:
    before, kept = sys.stdout, {}  # type: ignore[var-annotated]
    barrier = threading.Barrier(4)

    def one(number: int) -> None:
        lines: list[str] = []
        with taken(lines.append):
            barrier.wait(10)
            print(number, end="")
            sys.stdout.flush()
            barrier.wait(10)
        kept[number] = "".join(lines)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert kept == {number: str(number) for number in range(4)}
    assert sys.stdout is before


def test_a_question_does_nothing_before_yes() -> None:
    done: list[Any] = []
    question = Question()
    question.ask(f"Delete {BAD}?", f"Delete {BAD}", lambda: done.append(1))
    assert question.open and BAD not in question._words.value
    question._no.click()
    assert not question.open and not done
    question.ask("Delete it?", "Delete", lambda: done.append(1))
    question._yes.click()
    assert done == [1] and not question.open
