"""Batch jobs with real workers: what scripts do, and what they do to their workers."""

from __future__ import annotations

import os
import sys
import textwrap
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from aml_nb.engines.batch import remote, run_batch
from tests.integration.batching import GOOD, Job


def test_init_once_a_worker_then_run_then_shutdown(tmp_path: Path) -> None:
    job = Job(
        tmp_path,
        """
        import os, sys, time
        def note(word):
            with open(os.path.join(os.environ["TOP"], "notes"), "a") as file:
                file.write(f"{os.getpid()} {word}\\n")
        def init():
            note("init")
            print(sys.argv[1:], os.getcwd() == os.path.dirname(__file__))
        def run(mini_batch):
            while open(os.path.join(os.environ["TOP"], "notes")).read().count("init") < 2:
                time.sleep(0.01)  # one that is not ready at the end is not kept
            note("run")
            return [f"{open(path).read()}" for path in mini_batch]
        def shutdown():
            note("shutdown")
        """,
    )
    assert job.run(arguments=["--model", "m 1"]).status == "Completed"
    assert job.whole()
    by_worker: dict[str, list[str]] = {}
    for line in (tmp_path / "notes").read_text().splitlines():
        by_worker.setdefault(line.split()[0], []).append(line.split()[1])
    assert len(by_worker) == 2
    for words in by_worker.values():
        assert words == ["init", *["run"] * (len(words) - 2), "shutdown"]
    assert job.log("stdout") == "['--model', 'm 1'] True\n" * 2


def test_v1_code_reaches_azureml_and_the_surroundings_of_the_script(tmp_path: Path) -> None:
    job = Job(
        tmp_path,
        """
        from azureml.core import Model, Run
        from azureml_user.parallel_run import EntryScript
        import helper
        def init():
            EntryScript().logger.info("began")
        def run(mini_batch, mini_batch_context):
            EntryScript().logger.debug("unsaid")
            return [helper.read(path) for path in mini_batch]
        """,
    )
    (job.source / "helper.py").write_text("def read(path):\n    return open(path).read()\n")
    assert job.run(processes=1).status == "Completed"
    assert job.whole()
    log = (job.folder / "logs/user/entry_script_log/0/process000.log.txt").read_text()
    assert log.count("|INFO|") == 1 and "began" in log and "unsaid" not in log


@pytest.mark.parametrize(
    ("script", "said", "line"),
    [
        ("def run(mini_batch):\n    return [\n", "score.py, line 2: SyntaxError", 2),
        ("import no_such_module\n", "score.py, line 1: importing the script raised ModuleNotFoundError", 1),
        ("def init():\n    pass\n", "The entry script score.py has no run() function", 1),
        ("run = 3\n", "has a run that is int, no function", 1),
        ("def init():\n    raise ValueError('no')\n" + GOOD, "score.py, line 2: init() raised ValueError: no (2 w", 2),
        ("import os\ndef init():\n    os._exit(3)\n" + GOOD, "ended with exit code 3 before init() was done (2 w", 0),
    ],
    ids=["syntax", "import", "no run", "run is no function", "init raises", "init dies"],
)
def test_a_script_that_cannot_be_used_ends_the_job_with_its_line(
    tmp_path: Path, script: str, said: str, line: int
) -> None:
    job = Job(tmp_path, script)
    summary = job.run(run_max_try=2)
    assert summary.status == "Failed" and said in summary.message
    assert summary.error is not None and (summary.error.get("line") or 0) == line
    job.write(GOOD)
    assert job.run().status == "Completed"
    assert job.whole()


def test_a_script_that_is_not_there_is_named(tmp_path: Path) -> None:
    summary = Job(tmp_path).run(entry_script="scores.py")
    assert "There is no entry script" in summary.message and "scores.py: No such file" in summary.message


def test_a_python_that_is_not_there_ends_the_job(tmp_path: Path) -> None:
    summary = Job(tmp_path).run(python="/nowhere/python")
    assert summary.status == "Failed" and "/nowhere/python" in summary.message


def test_a_worker_without_a_mini_batch_is_shut_down_too(tmp_path: Path) -> None:
    job = Job(
        tmp_path,
        """
        import os, time
        def init():
            open(os.path.join(os.environ["TOP"], f"ready{os.getpid()}"), "w").close()
        def run(batch):
            while sum(name.startswith("ready") for name in os.listdir(os.environ["TOP"])) < 2:
                time.sleep(0.01)
            time.sleep(0.5)  # from init() to being ready
            return batch
        def shutdown():
            print("end")
        """,
        files=1,
    )
    assert job.run().status == "Completed"
    assert job.log("stdout") == "end\n" * 2


def test_an_unreadable_file_fails_its_mini_batch_alone(tmp_path: Path) -> None:
    job = Job(tmp_path, files=400)
    (job.data / "00123").unlink()
    (job.data / "00123").mkdir()
    (tmp_path / "items").write_bytes(b"".join(b"%s/%05d\0" % (os.fsencode(job.data), n) for n in range(400)))
    summary = job.run(source={"kind": "paths", "file": str(tmp_path / "items")}, run_max_try=2, mini_batch_size=4)
    assert (summary.status, summary.done, summary.failed, summary.items_failed) == ("Completed", 99, 1, 4)
    assert len(job.rows()) == 396
    first = job.errors()[0]
    assert str(job.data / "00123") in first["files"] and first["line"] == 2
    assert "score.py, line 2: run() raised IsADirectoryError" in first["message"]
    assert "IsADirectoryError" in job.log("stderr")


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("None", "score.py, line 1: run() returned None; it returns a list"),
        ("{'a': 1}", "run() returned a dict"),
        ("exit()", "run() raised SystemExit"),
    ],
)
def test_what_run_may_not_return(tmp_path: Path, result: str, said: str) -> None:
    job = Job(tmp_path, f"def run(mini_batch):\n    return {result}\n", files=2)
    summary = job.run(run_max_try=1, error_threshold=10)
    assert (summary.status, summary.failed) == ("Completed", 1)
    assert said in job.errors()[0]["message"]


DEADLY = """
import os, signal, sys, time
def run(mini_batch):
    mark = os.path.join(os.environ["TOP"], "mark")
    if "00007" in mini_batch[-1] and not os.path.exists(mark):
        open(mark, "w").close()
        {deed}
    return [open(path).read() for path in mini_batch]
"""


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "The worker was killed (SIGKILL), while run() had this mini-batch"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "was killed by SIGSEGV: a segmentation fault"),
        ("os._exit(7)", "ended with exit code 7"),
        ("time.sleep(60)", "score.py, line 7: run() took longer than run_invocation_timeout, 3 s, and was ended"),
        (
            "os._exit(1) if os.fork() else time.sleep(60)",
            "ended with exit code 1",
        ),
    ],
    ids=["killed", "segfault", "exit", "hang", "children"],
)
def test_a_worker_that_is_lost_costs_its_mini_batch_a_try(tmp_path: Path, deed: str, said: str) -> None:
    job = Job(tmp_path, DEADLY.format(deed=deed))
    summary = job.run(run_invocation_timeout=3 if "sleep(60)" in deed else 20)
    assert (summary.status, summary.failed, summary.retries, summary.workers_lost) == ("Completed", 0, 1, 1)
    assert job.whole()
    assert [each["mini_batch"] for each in job.errors()] == [3]
    assert said in job.errors()[0]["message"]


def test_a_worker_that_holds_the_interpreter_is_ended_all_the_same(tmp_path: Path) -> None:
    hold = "import ctypes; ctypes.PyDLL(None).sleep(60)"  # with the lock of the interpreter held
    job = Job(tmp_path, DEADLY.format(deed=hold))
    summary = job.run(run_invocation_timeout=3)
    assert (summary.status, summary.retries) == ("Completed", 1)
    assert "run() took longer than run_invocation_timeout" in job.errors()[0]["message"]
    assert job.whole()


WISH = """
from azureml.exceptions import ParallelRunException
import os
def run(mini_batch):
    mark = os.path.join(os.environ["TOP"], "mark")
    if "00007" in mini_batch[-1] and not os.path.exists(mark):
        open(mark, "w").close()
        raise ParallelRunException("please", code="Retry.{code}", delay_seconds={delay})
    print(os.getpid())
    return [open(path).read() for path in mini_batch]
"""


@pytest.mark.parametrize(
    ("code", "failed", "lost"), [("NoRetry", 1, 0), ("RestartProcess", 0, 1), ("StopProcess", 0, 1), ("Sleep", 0, 0)]
)
def test_what_a_parallel_run_exception_asks_for(tmp_path: Path, code: str, failed: int, lost: int) -> None:
    job = Job(tmp_path, WISH.format(code=code, delay=0.2 if code == "Sleep" else 0))
    summary = job.run()
    assert (summary.status, summary.failed, summary.workers_lost) == ("Completed", failed, lost)
    assert job.whole() or failed
    assert "run() raised ParallelRunException" in job.errors()[0]["message"]
    assert len(set(job.log("stdout").split())) <= (3 if code == "RestartProcess" else 2)


def test_when_every_worker_was_stopped_the_job_says_so(tmp_path: Path) -> None:
    script = WISH.format(code="StopProcess", delay=0).replace(
        'if "00007" in mini_batch[-1] and not os', "if not 0 * os"
    )
    summary = Job(tmp_path, script).run()
    assert summary.status == "Failed" and "There is no worker left" in summary.message


def test_a_worker_that_leaks_is_replaced(tmp_path: Path) -> None:
    leaks = GOOD.replace("    return", "    kept.append(bytearray(20_000_000))\n    return")
    job = Job(tmp_path, f"kept = []\n{leaks}")
    summary = job.run(memory_limit_mb=80, processes=1)
    assert (summary.status, summary.failed, summary.retries) == ("Completed", 0, 0)
    assert summary.workers_lost >= 2
    assert job.whole()


def test_names_of_every_kind_and_rows_with_line_ends(tmp_path: Path) -> None:
    job = Job(
        tmp_path, "import os\ndef run(mini_batch):\n    return [os.path.basename(p) for p in mini_batch]\n", files=0
    )
    names = [b"a\nb", b" ", b"\xff\xfe", "ä€".encode(), b"-rf", b'"q"', b"x" * 250]
    for name in names:
        with open(os.path.join(os.fsencode(job.data), name), "wb"):
            pass
    assert job.run().rows == len(names)
    written = (job.folder / "parallel_run_step.txt").read_bytes()
    assert sorted(written.split(b"\n")) == sorted(b"\n".join([*names, b""]).split(b"\n"))


def test_a_slow_mini_batch_does_not_hold_another_that_waits_behind_it(tmp_path: Path) -> None:
    job = Job(
        tmp_path,
        """
        import os, time
        def run(mini_batch):
            until = time.monotonic() + 20
            while "00020" in mini_batch[0] and len(os.listdir(os.environ["DONE"])) < 12 and time.monotonic() < until:
                time.sleep(0.01)  # until all others are done, where they can be
            open(os.path.join(os.environ["DONE"], os.path.basename(mini_batch[0])), "w").close()
            return [f"{time.time()} {path}" for path in mini_batch]
        """,
        files=26,
    )
    (tmp_path / "done").mkdir()
    assert job.run(variables={"DONE": str(tmp_path / "done")}).status == "Completed"
    rows = [row.split() for row in job.rows()]
    slow = next(float(at) for at, path in rows if path.endswith("00020"))
    assert sum(float(at) > slow for at, _ in rows) <= 1  # the other item of the slow one


def test_output_of_megabytes_and_input_of_megabytes(tmp_path: Path) -> None:
    job = Job(tmp_path, "def run(mini_batch):\n    return [open(p).read() * 400_000 for p in mini_batch]\n", files=10)
    assert job.run(output=str(tmp_path / "out" / "all.txt")).rows == 10
    assert (tmp_path / "out" / "all.txt").stat().st_size == 10 * 400_001


def test_a_job_is_cancelled_in_the_middle_of_run(tmp_path: Path) -> None:
    job = Job(tmp_path, "import time\ndef run(mini_batch):\n    print('here')\n    time.sleep(60)\n")
    event = threading.Event()
    threading.Timer(1.0, event.set).start()
    began = time.monotonic()
    summary = run_batch(job.spec(), job.folder, cancelled=event)
    assert summary.status == "Canceled"
    assert time.monotonic() - began < 30
    job.write(GOOD)
    assert job.run().status == "Completed"
    assert job.whole()


def test_any_executor_will_do_and_its_workers_are_ended_by_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A shell that another test made may stand for the main module, which multiprocessing asks for its origin.
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None, raising=False)
    speaks = """
        def init():
            print("began", os.getpid())
        def shutdown():
            print("ended", os.getpid())
        """
    job = Job(tmp_path, DEADLY.format(deed="print('died', os.getpid()); os._exit(7)") + textwrap.dedent(speaks))
    logs = job.folder / "logs/user/stdout"

    def pids(word: str) -> set[str]:
        lines = [line.split() for path in logs.rglob("*.txt") for line in path.read_text().splitlines()]
        return {pid for said, pid in lines if said == word}

    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        summary = run_batch(job.spec(), job.folder, executor=executor)
        assert (summary.status, summary.retries, summary.failed) == ("Completed", 1, 0)
        executor.submit(remote.finish, str(job.folder)).result()  # of one process; the other's are swept
        until = time.monotonic() + 30
        while time.monotonic() < until and pids("ended") != pids("began") - pids("died"):
            time.sleep(0.05)
        assert len(pids("died")) == 1
        assert pids("ended") == pids("began") - pids("died") != set()
    assert job.whole()


def test_the_environment_has_a_python_of_its_own(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nMARKED=yes exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    job = Job(
        tmp_path, "import os\ndef run(b):\n    return [os.environ['MARKED'] + str(os.environ.get('GONE')) for p in b]\n"
    )
    os.environ["GONE"] = "no"
    assert job.run(python=str(python), variables={"GONE": None}).status == "Completed"
    assert set(job.rows()) == {"yesNone"}
