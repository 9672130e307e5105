"""``kill -9`` of drivers and workers at random moments: the resumed job has every row exactly once.

``AML_NB_KILLS=200`` makes it 200 kills.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from aml_nb.engines.batch import BatchSummary
from aml_nb.engines.batch.job import replace
from aml_nb.engines.batch.journal import DONE, Journal
from tests.integration.batching import Job

KILLS = int(os.environ.get("AML_NB_KILLS", "12"))
FILES = 600
SCRIPT = """
import time
def run(mini_batch):
    time.sleep(0.004)
    return [open(path).read() + " " * 300 for path in mini_batch]
"""
DRIVE = """
import json, sys
from pathlib import Path
from aml_nb.engines.batch import BatchSpec, run_batch
folder = Path(sys.argv[1])
run_batch(BatchSpec(**json.loads((folder.parent / "given.json").read_text())), folder)
"""


def drive(job: Job) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", DRIVE, str(job.folder)], stdin=subprocess.DEVNULL)


def kill_something(driver: subprocess.Popen[bytes], top: Path, dice: random.Random) -> bool:
    """Kill the driver, one of its workers or what they are forked from; whether the driver is dead."""
    workers = started_for(top) if dice.random() < 0.4 else []
    if workers:
        worker = dice.choice(workers)
        try:
            worker.kill()
        except psutil.NoSuchProcess:
            pass
        return False
    driver.kill()
    driver.wait()
    return True


@pytest.mark.parametrize("fork", ["0", "1"], ids=["spawned", "forked"])
def test_a_job_that_is_killed_again_and_again_has_every_row_once(
    tmp_path: Path, fork: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AML_NB_BATCH_FORK", fork)
    seed = int(os.environ.get("AML_NB_SEED", random.randrange(1 << 30)))
    print(f"AML_NB_SEED={seed}")
    dice = random.Random(seed)
    kills = jobs = 0
    while kills < KILLS // 2:
        jobs += 1
        top = tmp_path / str(jobs)
        top.mkdir()
        job = Job(top, SCRIPT, FILES)
        facts = job.spec(mini_batch_size=5, run_max_try=50).to_dict()
        replace(top / "given.json", facts)
        driver = drive(job)
        began = time.monotonic()
        while driver.poll() is None:
            time.sleep(dice.uniform(0.0, 0.6))
            if kills < KILLS // 2 and driver.poll() is None:
                kills += 1
                if kill_something(driver, top, dice):
                    driver = drive(job)
            elif time.monotonic() - began > 100:
                raise AssertionError("the job does not end")
        assert driver.returncode == 0
        summary = BatchSummary.read(job.folder)
        assert summary is not None and (summary.status, summary.done, summary.failed) == ("Completed", FILES // 5, 0)
        assert sorted(int(row) for row in job.rows()) == list(range(FILES))
        assert (summary.rows, summary.items_done) == (FILES, FILES)
        journal = Journal(job.folder / "journal")
        done = [facts["number"] for facts, _, _ in journal.recover() if facts["kind"] == DONE]
        journal.close()
        assert len(done) == len(set(done))  # no mini-batch whose record was there was done again
    assert leftovers(tmp_path) == []


def started_for(folder: Path) -> list[psutil.Process]:
    """The workers of jobs in a folder."""
    return [each for each in psutil.process_iter() if _variable(each, "TOP").startswith(str(folder))]


def leftovers(folder: Path) -> list[psutil.Process]:
    """Workers that outlive their driver, once they had a moment to notice."""
    until = time.monotonic() + 30
    while True:
        found = started_for(folder)
        if not found or time.monotonic() > until:
            return found
        time.sleep(0.05)


def _variable(process: psutil.Process, name: str) -> str:
    try:
        return str(process.environ().get(name, ""))
    except psutil.Error:
        return ""


def test_workers_end_with_their_driver_whatever_the_script_does(tmp_path: Path) -> None:
    job = Job(tmp_path, "import time, subprocess\ndef run(batch):\n    print(1)\n    subprocess.run(['sleep', '60'])\n")
    replace(tmp_path / "given.json", job.spec(run_invocation_timeout=60).to_dict())
    driver = drive(job)
    until = time.monotonic() + 60
    out = job.folder / "logs/user/stdout/0"
    while time.monotonic() < until and not (out.is_dir() and job.log("stdout").count("1") == 2):
        time.sleep(0.02)
    assert len(psutil.Process(driver.pid).children(recursive=True)) == 4
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert leftovers(tmp_path) == []
