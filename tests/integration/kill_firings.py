"""``python -m tests.integration.kill_firings WORKSPACE SEED SCHEDULE…``: fire each, killed at some moment, then again.

One process that has imported everything forks those that die, so that a kill costs milliseconds and any line may be
the last one. It prints how many were killed before they were done.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone

import aml_nb.core.pipelines.calling
import aml_nb.core.pipelines.pipeline_run
import aml_nb.core.pipelines.submitting
import aml_nb.core.runs.kinds
import aml_nb.core.runs.submitting.drivers  # noqa: F401
from aml_nb.core.pipelines import firing
from aml_nb.core.workspace import Workspace


def forked(work: Callable[[], object]) -> int:
    """Do it in a process of its own; how that ended."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def fire(workspace: str, schedule: str) -> None:
    firing.fire(Workspace.get(workspace), schedule, datetime.now(timezone.utc))


def fire_until(workspace: str, schedule: str, seconds: float) -> None:
    """Fire, and die after so many seconds."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    mine = os.getpid()
    if os.fork() == 0:
        time.sleep(seconds)
        os.kill(mine, signal.SIGKILL)
        os._exit(0)
    fire(workspace, schedule)


def main(workspace: str, seed: str, *schedules: str) -> None:
    moments = random.Random(int(seed))
    began = time.monotonic()
    assert forked(lambda: fire(workspace, schedules[0])) == 0
    takes = time.monotonic() - began
    killed = 0
    for schedule in schedules[1:]:
        after = moments.uniform(0, takes)
        killed += forked(lambda s=schedule, t=after: fire_until(workspace, s, t)) == -signal.SIGKILL  # type: ignore[misc]
        assert forked(lambda s=schedule: fire(workspace, s)) == 0  # type: ignore[misc]
    print(killed)


if __name__ == "__main__":
    main(*sys.argv[1:])
