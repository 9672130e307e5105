"""Threads that hold up nobody's end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from aml_nb.labserver.threads import Threads


def test_calls_run_side_by_side_up_to_the_limit() -> None:
    threads, meet = Threads(3, "test"), threading.Barrier(3, timeout=20)
    assert len([each.result(20) for each in [threads.submit(meet.wait) for _ in range(3)]]) == 3
    names = {threads.submit(lambda: threading.current_thread().name).result(20) for _ in range(50)}
    assert names <= {"test-1", "test-2", "test-3"}
    threads.shutdown()


def test_errors_and_cancelled_calls_leave_the_threads_alone() -> None:
    threads, go = Threads(1, "test"), threading.Event()
    first = threads.submit(go.wait, 20)
    second = threads.submit(time.sleep, 0)
    assert second.cancel()
    third = threads.submit(divmod, 1, 0)
    go.set()
    assert first.result(20)
    with pytest.raises(ZeroDivisionError):
        third.result(20)
    assert threads.submit(divmod, 7, 2).result(20) == (3, 1)
    threads.shutdown()
    with pytest.raises(RuntimeError):
        threads.submit(time.sleep, 0)


def test_a_call_that_hangs_does_not_keep_the_process() -> None:
    code = "import time\nfrom aml_nb.labserver.threads import Threads\nThreads(2, 'x').submit(time.sleep, 600)"
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert time.monotonic() - began < 60
