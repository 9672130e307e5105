"""What is acknowledged is kept: notebooks that are killed while they log, upload, tag and end their runs."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace

pytestmark = pytest.mark.slow

NOTEBOOK = """
import os, sys
from aml_nb import Experiment, Workspace

ws = Workspace.get("test-ws")
run = Experiment(ws, "train").start_logging(run_id=sys.argv[1], snapshot_directory=None)
print("run", flush=True)
# One process more logs to the same run, as a data loader does.
child = os.fork()
name = "child" if not child else "parent"
for number in range(1_000_000):
    run.log(name, number)
    os.write(1, f"{name} {number}\\n".encode())
    if child and number % 50 == 0:
        run.tag(f"at{number}")
        os.write(1, f"tag {number}\\n".encode())
    if child and number % 200 == 0:
        open(f"{run.id}.txt", "w").write(str(number))
        run.upload_file(f"outputs/{number}.txt", f"{run.id}.txt")
        os.write(1, f"file {number}\\n".encode())
"""


def start(home: Path, run_id: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", NOTEBOOK, run_id], stdout=subprocess.PIPE, start_new_session=True, cwd=home.parent
    )


@pytest.mark.parametrize("seed", range(3))
def test_what_was_logged_before_the_kill_is_read_back(ws: Workspace, home: Path, seed: int) -> None:
    run_id = f"killed-{seed}"
    with start(home, run_id) as notebook:
        assert notebook.stdout is not None
        assert notebook.stdout.readline() == b"run\n"
        first: list[bytes] = []
        while sum(line.startswith(b"parent") for line in first) < 2:  # on a busy machine they come late
            first.append(notebook.stdout.readline())
            assert first[-1], "the notebook ended"
        time.sleep(random.Random(seed).uniform(0.1, 0.6))
        os.killpg(notebook.pid, signal.SIGKILL)
        said = b"".join([*first, notebook.stdout.read()]).decode().splitlines()
    # A last line may be cut by the kill; what stands before it was acknowledged.
    acknowledged: dict[str, list[int]] = {"parent": [], "child": [], "tag": [], "file": []}
    for line in said[:-1]:
        name, number = line.split()
        acknowledged[name].append(int(number))
    run = Run.get(ws, run_id)
    metrics = run.get_metrics()
    assert acknowledged["parent"]
    for name in ("parent", "child"):
        logged = metrics.get(name, [])
        logged = logged if isinstance(logged, list) else [logged]
        assert logged == list(range(len(logged)))
        assert len(logged) >= len(acknowledged[name])
    assert {f"at{number}" for number in acknowledged["tag"]} <= set(run.tags)
    for uploaded in acknowledged["file"]:
        run.download_file(f"outputs/{uploaded}.txt", "back.txt")
        assert Path("back.txt").read_text() == str(uploaded)
    assert run.get_status() == "NotResponding"
    run.log("parent", -1)
    assert run.get_metrics("parent")["parent"][-1] == -1
    run.complete()
    assert run.get_status() == "Completed"


ENDING = """
import sys
from aml_nb import Run, Workspace

run = Run.get(Workspace.get("test-ws"), sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
getattr(run, sys.argv[2])()
print(run.get_status(), flush=True)
"""


def test_notebooks_that_end_one_run_at_once_agree_how_it_ended(ws: Workspace) -> None:
    run = Experiment(ws, "train").start_logging(snapshot_directory=None, outputs="outputs")
    Path("outputs").mkdir()
    for number in range(20):
        Path(f"outputs/{number}.txt").write_text(str(number))
    how = ["complete", "fail", "cancel", "complete"]
    others = [
        subprocess.Popen(
            [sys.executable, "-c", ENDING, run.id, word], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for word in how
    ]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
    for other in others:
        assert other.stdin is not None
        other.stdin.write("\n")
        other.stdin.flush()
    said = {other.communicate()[0].strip() for other in others}
    assert [other.returncode for other in others] == [0, 0, 0, 0]
    assert said == {run.get_status()}
    assert said <= {"Completed", "Failed", "Canceled"}
    assert len(run.get_file_names()) == 20
