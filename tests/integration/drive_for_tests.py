"""Functions that `test_driver_runs` submits as runs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import Any

from aml_nb.errors import UserErrorException


def drive(run: Any, payload: dict[str, Any], cancelled: threading.Event) -> None:
    """Do what the payload says."""
    print("driving", run.id, os.getpid(), flush=True)
    what = payload["do"]
    if what == "log":
        run.log("value", payload["value"])
    elif what == "raise":
        raise UserErrorException("The space is empty.", hint="give it something")
    elif what == "fall over":
        raise ZeroDivisionError("by zero")
    elif what == "wait":
        cancelled.wait()
    elif what == "leave a thread":
        threading.Thread(target=time.sleep, args=(600,)).start()
    elif what == "hang":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(child.pid, flush=True)
        time.sleep(600)
