"""What a driver says of a worker that it has lost."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

from aml_nb.engines.batch.seat import Child


def test_a_worker_that_hung_up_has_time_to_be_gone() -> None:
    """Its end of the line is closed before the process is over: by a second, where the machine is busy."""
    code = "import os, time; time.sleep(1); os._exit(7)"
    child: Any = Child.__new__(Child)
    child.process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    child.line, child.oom_kills = SimpleNamespace(close=lambda: None), 0
    assert child.died_of()[0] == "ended with exit code 7"
