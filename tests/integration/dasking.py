"""A real Dask cluster for tests: a scheduler and workers of one thread, each a process that can be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path


class Cluster:
    """A scheduler of this machine and its workers, which end with ``stack``.

    Parameters
    ----------
    host : where the scheduler listens.
    ttl : how long it waits for a word of a worker that nobody has seen end; Dask's default is five minutes.
    """

    def __init__(self, stack: ExitStack, folder: Path, host: str = "127.0.0.1", ttl: str = "5 minutes") -> None:
        self._environ = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": ttl}
        self._stack, self._file = stack, folder / "scheduler.json"
        self.workers: list[subprocess.Popen[bytes]] = []
        scheduler = self._start([], "dask_scheduler", "--host", host, "--port", "0")
        until(lambda: self._file.exists() or scheduler.poll() is not None)
        self.address = str(json.loads(self._file.read_text())["address"])

    def add_worker(self, host: str = "127.0.0.1", before: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Start a worker; ``before`` is what stands before its command line."""
        worker = self._start(before, "dask_worker", "--host", host, "--nthreads", "1", "--no-nanny")
        self.workers.append(worker)
        return worker

    def _start(self, before: Sequence[str], module: str, *words: str) -> subprocess.Popen[bytes]:
        argv = [*before, sys.executable, "-m", f"distributed.cli.{module}", *words, "--no-dashboard"]
        process = subprocess.Popen(
            [*argv, "--scheduler-file", str(self._file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._environ,
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come to that in {seconds} seconds"
        time.sleep(0.02)
