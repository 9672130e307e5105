"""Programs on the workers of a real Dask cluster: what they write, how they end, and what becomes of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aml_nb.core.compute import ComputeTarget, DaskCompute
from aml_nb.core.compute.places import place
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.core.workspace import Workspace
from aml_nb.engines import dask, dask_script
from aml_nb.errors import ComputeTargetException

Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def scheduler(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file in which a scheduler says where it is."""
    require("dask")
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with running("distributed.cli.dask_scheduler", *words):
        until(file.exists)
        yield file


@pytest.fixture(scope="module")
def address(scheduler: Path) -> str:
    return str(json.loads(scheduler.read_text())["address"])


class running:
    """A process that is killed in the end, with its session's own children."""

    def __init__(self, module: str, *words: str) -> None:
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen([sys.executable, "-m", module, *words], stdout=quiet, stderr=quiet)

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def worker(scheduler: Path, address: str) -> Iterator[subprocess.Popen[bytes]]:
    words = ["--scheduler-file", str(scheduler), "--no-nanny", "--nthreads", "1", "--no-dashboard"]
    with running("distributed.cli.dask_worker", *words) as process:
        yield process


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "run" / "work"
    folder.mkdir(parents=True)
    return folder


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come to that in {seconds} seconds"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return (
        "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] if os.path.exists("/proc") else False
    )


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_program_runs_on_a_worker_as_if_it_ran_here(
    address: str, worker: subprocess.Popen[bytes], work: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.txt"
    log.write_text("before\n")
    code = "import os, sys; print(os.getcwd(), os.environ['WORD'], flush=True); "
    code += "sys.stderr.write('é' * 300_000); sys.exit(3)"
    env = {**os.environ, "WORD": "wörd"}
    assert dask.run_command(address, python(code), work, env, log, lambda: False) == 3
    assert log.read_text(encoding="utf-8") == f"before\n{work} wörd\n" + "é" * 300_000
    assert [path.name for path in work.parent.iterdir()] == ["work"]
    assert dask.run_command(address, python("import os; os.kill(os.getpid(), 9)"), work, env, log, lambda: False) == 137
    assert dask.run_command(address, ["/no/such/program"], work, env, log, lambda: False) == dask_script.NOT_FOUND
    assert "/no/such/program cannot be started: [Errno 2]" in log.read_text(encoding="utf-8")


def test_output_comes_while_it_runs_and_the_program_ends_when_it_is_stopped(
    address: str, worker: subprocess.Popen[bytes], work: Path
) -> None:
    stop, seen, codes = threading.Event(), list[bytes](), list[int]()
    code = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(600)"

    def drive() -> None:
        codes.append(dask.run(address, python(code), work, os.environ, seen.append, stop.is_set))

    thread = threading.Thread(target=drive, daemon=True)
    thread.start()
    until(lambda: b"\n" in b"".join(seen))
    stop.set()
    thread.join(20)
    assert codes == [128 + signal.SIGTERM]
    until(lambda: is_gone(int(b"".join(seen).split()[1])))


def test_what_waits_for_a_worker_can_be_stopped(address: str, work: Path) -> None:
    asked = time.monotonic() + 0.5
    code = dask.run(address, python("print(1)"), work, os.environ, lambda data: None, lambda: time.monotonic() > asked)
    assert code == 128 + signal.SIGTERM


def test_a_lost_worker_is_said_and_its_program_ends(
    address: str, worker: subprocess.Popen[bytes], work: Path, tmp_path: Path
) -> None:
    code = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(600)"
    command = [sys.executable, "-m", "aml_nb.engines.dask", address, "--", *python(code)]
    with subprocess.Popen(command, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        pid = int(process.stdout.readline().split()[1])
        worker.kill()
        worker.wait()
        assert process.wait(30) == dask.LOST
        assert b"was lost while it ran the program" in process.stderr.read()
    until(lambda: is_gone(pid))


def test_the_process_here_stands_for_the_one_there(address: str, worker: subprocess.Popen[bytes], work: Path) -> None:
    code = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(600)"
    command = [sys.executable, "-m", "aml_nb.engines.dask", address, "--", *python(code)]
    with subprocess.Popen(command, cwd=work, stdout=subprocess.PIPE) as process:
        assert process.stdout
        pid = int(process.stdout.readline().split()[1])
        process.terminate()
        assert process.wait(30) == 128 + signal.SIGTERM
    until(lambda: is_gone(pid))


def test_a_program_that_nobody_waits_for_ends(work: Path) -> None:
    folder = work.parent / "job"
    (folder / "out").mkdir(parents=True)
    job = {"argv": python("import time; time.sleep(600)"), "cwd": str(work), "env": dict(os.environ)}
    (folder / "job.json").write_text(json.dumps(job))
    code = (
        "import sys; from pathlib import Path; from aml_nb.engines import dask_script as d; d.FORGOTTEN = 0.3; "
        "sys.exit(-d.main(Path(sys.argv[1])))"
    )
    began = time.monotonic()
    assert subprocess.run([*python(code), str(folder)], timeout=30, check=False).returncode == signal.SIGTERM
    assert time.monotonic() - began < 25


def test_a_scheduler_is_attached_and_its_absence_told(ws: Workspace, address: str) -> None:
    target = ComputeTarget.attach(ws, "lab", DaskCompute.attach_configuration(address))
    assert target.is_attached and ws.compute_targets["lab"].address == address
    assert place(ws, "lab") == ("dask", "lab", address, 1)
    target.detach()
    assert ComputeTarget.list(ws) == []
    with pytest.raises(ComputeTargetException, match="No Dask scheduler answers at tcp://127.0.0.1:9"):
        ComputeTarget.attach(ws, "lab", DaskCompute.attach_configuration("tcp://127.0.0.1:9"))


def test_a_run_goes_to_a_worker(ws: Workspace, address: str, worker: subprocess.Popen[bytes], work: Path) -> None:
    target = ComputeTarget.attach(ws, "lab", DaskCompute.attach_configuration(address))
    (work / "train.py").write_text(
        "import os, subprocess\nfrom azureml.core import Run\nRun.get_context().log('trained', 1)\n"
        "print(subprocess.check_output(['ps', '-o', 'command=', '-p', str(os.getppid())], text=True))\n"
    )
    run = Experiment(ws, "far").submit(ScriptRunConfig(str(work), "train.py", compute_target=target))
    run.wait_for_completion(show_output=False)
    assert run.get_status() == "Completed" and run.get_metrics() == {"trained": 1}
    assert run.get_details()["target"] == "lab"
    assert "aml_nb.engines.dask_script" in run.get_details_with_logs()["logFiles"]["user_logs/std_log.txt"]


def test_a_scheduler_that_is_gone_is_told(
    work: Path, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    require("dask")
    monkeypatch.setattr(dask, "_CONNECT", 0.5)
    with pytest.raises(ComputeTargetException, match="No Dask scheduler answers"):
        dask.run("tcp://127.0.0.1:9", python("1"), work, os.environ, lambda data: None, lambda: False)
