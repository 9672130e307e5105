"""Two Dask workers over one on the same batch job: ``python -m benchmarks.batch --dask``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.common import ROOT, BenchmarkError, median, table
from benchmarks.replicas import TURNS, limit

LEAST = 1.7
FILES, SIZE, LIMIT_S = 1_200, 10, 3.0
SCRIPT = f"""\
import os

def run(mini_batch):
    rows = []
    for path in mini_batch:
        total = 0
        for number in range({TURNS}):
            total += number
        rows.append(f"{{os.path.basename(path)}}: {{total}}")
    return rows
"""


@contextmanager
def cluster(workers: int, folder: Path) -> Iterator[Any]:
    """A client of a scheduler on the loopback interface with so many workers of one thread."""
    from aml_nb.engines.dask import connected

    file, end = folder / "scheduler.json", time.monotonic() + 60
    with ExitStack() as stack:
        _start(stack, folder, "dask_scheduler", "--port", "0")
        while not file.exists():
            _wait(end, "the scheduler")
        for _ in range(workers):
            _start(stack, folder, "dask_worker", "--nthreads", "1", "--no-nanny")
        with connected(json.loads(file.read_text())["address"]) as client:
            while len(client.nthreads()) < workers:
                _wait(end, "the workers")
            yield client


def _start(stack: ExitStack, folder: Path, module: str, *words: str) -> None:
    words = (*words, "--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(folder / "scheduler.json"))
    process = subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{module}", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    stack.callback(process.wait)
    stack.callback(process.kill)


def _wait(end: float, what: str) -> None:
    if time.monotonic() > end:
        raise BenchmarkError(f"{what} did not come up")
    time.sleep(0.05)


def once(workers: int, folder: Path, files: int) -> float:
    """The seconds of the job on so many workers; their start is not in it, that of the script's processes is."""
    from aml_nb.engines.batch import BatchSpec, run_batch

    with tempfile.TemporaryDirectory(dir=folder) as name:
        top = Path(name)
        spec = BatchSpec(
            source={"kind": "folder", "path": str(folder / "data")},
            entry_script="script.py",
            source_directory=str(folder / "source"),
            mini_batch_size=SIZE,
            processes=workers,
            output=str(top / "rows.txt"),
        )
        with cluster(workers, top) as client:
            began = time.perf_counter()
            summary = run_batch(spec, top / "job", executor=client.get_executor(pure=False))
            wall = time.perf_counter() - began
        expected = sorted(f"{number:05d}: {sum(range(TURNS))}" for number in range(files))
        if summary.status != "Completed" or sorted((top / "rows.txt").read_text().splitlines()) != expected:
            raise BenchmarkError(f"the rows are not those of the files: {summary}")
    return wall


def measure(folder: Path, rounds: int, files: int) -> list[dict[str, float]]:
    """One worker, two, and what the machine's processors give at that moment, by turns."""
    for name in ("data", "source"):
        (folder / name).mkdir()
    (folder / "source" / "script.py").write_text(SCRIPT)
    for number in range(files):
        (folder / "data" / f"{number:05d}").touch()
    return [
        {"one": once(1, folder, files), "two": once(2, folder, files), "limit": limit(LIMIT_S)} for _ in range(rounds)
    ]


def report(rounds: list[dict[str, float]], files: int) -> bool:
    """Print the figures; whether the target was reached."""
    quotient = median([each["one"] / each["two"] for each in rounds])
    one, two, most = (median([each[key] for each in rounds]) for key in ("one", "two", "limit"))
    row = [f"{files:,} files", f"{one:.2f}", f"{two:.2f}", f"{quotient:.2f}", f"{most:.2f}", f"{LEAST}"]
    header = ["dask", "1 worker, s", "2 workers, s", "quotient", "limit", "at least", ""]
    print(table(header, [[*row, "reached" if quotient >= LEAST else "MISSED"]]))
    return quotient >= LEAST
