"""Workers that are forked from a copy of the first: as good as those that were started, and only where that is safe."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.integration.batching import Job

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")

SCRIPT = """
import os, sys, time
{imports}
def init():
    global where
    where = os.readlink("/proc/self")
    sys.stdout.write("init " + where + chr(10))
    {init}
def run(mini_batch):
    time.sleep(0.02)
    {run}
    return [open(path).read() for path in mini_batch]
def shutdown():
    print("shutdown", where == os.readlink("/proc/self"))
"""


@pytest.fixture(autouse=True)
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AML_NB_BATCH_FORK", "1")


def script(init: str = "pass", run: str = "pass", imports: str = "") -> str:
    return SCRIPT.format(init=init, run=run, imports=imports)


def parents(job: Job, workers: int = 3) -> set[str]:
    """Who started each worker, as it told itself by ``parent``."""
    found = {row.split()[1] for row in job.log("stdout").splitlines() if row.startswith("parent")}
    assert len({row for row in job.log("stdout").splitlines() if row.startswith("init")}) >= workers
    return found


PARENT = "print('parent', open('/proc/self/stat').read().rpartition(')')[2].split()[1])"


def test_each_has_its_own_init_shutdown_log_and_exit(tmp_path: Path) -> None:
    job = Job(tmp_path, script(PARENT), files=60)
    assert job.run(processes=3, arguments=["a"]).status == "Completed"
    assert job.whole(60)
    logs = [path.read_text() for path in (job.folder / "logs/user/stdout/0").iterdir()]
    assert all(log.count("init") == 1 and log.endswith("shutdown True\n") for log in logs) and len(logs) == 3
    assert len(parents(job)) == 2  # this process started the first, the copy the others
    assert job.log("stderr") == ""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("os.kill(int(where), 9)", "The worker was killed (SIGKILL), while run() had this mini-batch"),
        ("os._exit(3)", "ended with exit code 3"),
    ],
)
def test_one_that_is_lost_is_replaced_from_the_copy(tmp_path: Path, more: str, said: str) -> None:
    once = f"os.path.exists('{tmp_path}/mark') or (open('{tmp_path}/mark', 'w').close(), {more})"
    job = Job(tmp_path, script(PARENT, f"'00031' in mini_batch[-1] and ({once})"), files=60)
    summary = job.run(processes=3)
    assert (summary.status, summary.retries, summary.workers_lost) == ("Completed", 1, 1)
    assert job.whole(60)
    assert said in job.errors()[0]["message"]


@pytest.mark.parametrize(
    ("imports", "init"),
    [
        ("", "globals()['file'] = open(__file__)"),
        ("import queue, _thread", "_thread.start_new(queue.Queue().get, ())"),
        ("import helper", "helper.name()"),
        ("import random", "pass"),
        ("", "globals()['child'] = os.posix_spawn('/bin/sleep', ['sleep', '30'], {})"),
    ],
    ids=["open file", "thread", "module of the script", "word", "child"],
)
def test_none_is_forked_where_a_copy_would_share_something(tmp_path: Path, imports: str, init: str) -> None:
    job = Job(tmp_path, script(f"{PARENT}; {init}", imports=imports), files=60)
    (job.source / "helper.py").write_text("import os\ndef name():\n    return os.getpid()\n")
    assert job.run(processes=3).status == "Completed"
    assert len(parents(job)) == 1
    assert job.whole(60)


def test_what_is_raised_in_the_init_of_a_forked_one_is_told(tmp_path: Path) -> None:
    second = f"os.path.exists('{tmp_path}/mark') and 1 / 0; open('{tmp_path}/mark', 'w').close()"
    job = Job(tmp_path, script(second), files=60)
    summary = job.run(processes=2, run_max_try=2)
    assert any("score.py, line 8: init() raised ZeroDivisionError" in line for line in [*job.said, summary.message])
