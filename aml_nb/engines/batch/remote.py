"""Scoring a mini-batch in whatever process an executor has: the worker is a child of that process, and stays warm.

So a script that crashes, hangs or leaks costs a worker, never the process that a cluster relies on, and the script
runs in its own environment's Python.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

from aml_nb.engines.batch import spec as names
from aml_nb.engines.batch.launch import Launch
from aml_nb.engines.batch.seat import Outcome, Seat
from aml_nb.engines.batch.sources import Batch
from aml_nb.engines.batch.spec import BatchSpec

_SWEEP_S, _KEPT_S = 1.0, 600.0

_lock = threading.Lock()
_idle: dict[tuple[str, str], list[tuple[float, Seat]]] = {}
_numbers: dict[str, int] = {}
_sweeper: list[threading.Thread] = []


def score(spec: dict[str, Any], folder: str, batch: Batch) -> Outcome:
    """The outcome of a mini-batch (``seat.py``), whose worker is then kept for the next.

    Parameters
    ----------
    spec, folder : ``BatchSpec.to_dict()`` and the job's folder, which is the same for all machines.
    """
    key = (folder, json.dumps(spec, sort_keys=True))
    seat = _take(key) or _new(BatchSpec.from_dict(spec), folder)
    try:
        seat.give(batch)
        told: Outcome | Batch = seat.next()
        assert isinstance(told, dict)  # nobody calls a mini-batch back here
    except BaseException:
        seat.end(kindly=False)
        raise
    with _lock:
        _idle.setdefault(key, []).append((time.monotonic(), seat))
        if not _sweeper:
            atexit.register(_end_all)
            _sweeper.append(threading.Thread(target=_sweep, name="aml_nb-sweeper", daemon=True))
            _sweeper[0].start()
    return told


def finish(folder: str = "") -> None:
    """End the idle workers of a job (of all jobs) in this process, by the script's ``shutdown``."""
    for seat in _gone(lambda key, since: not folder or key[0] == folder):
        seat.end(kindly=True)


def _take(key: tuple[str, str]) -> Seat | None:
    with _lock:
        found = _idle.get(key)
        return found.pop()[1] if found else None


def _new(spec: BatchSpec, folder: str) -> Seat:
    node = f"{socket.gethostname()}-{os.getpid()}"
    with _lock:
        number = _numbers[folder] = _numbers.get(folder, -1) + 1
    return Seat(Launch(spec, Path(folder), node), f"process{number:03d}")


def _gone(which: Any) -> list[Seat]:
    with _lock:
        found = []
        for key, seats in list(_idle.items()):
            left = [(since, seat) for since, seat in seats if not which(key, since)]
            found += [seat for since, seat in seats if which(key, since)]
            _idle[key] = left
            if not left:
                del _idle[key]
        return found


def _sweep() -> None:
    """End the workers of jobs that have ended: an executor has no word for it."""
    while True:
        time.sleep(_SWEEP_S)
        for seat in _gone(lambda key, since: since < time.monotonic() - _KEPT_S or _ended(key[0])):
            seat.end(kindly=True)


def _ended(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, names.SUMMARY_FILE)) or not os.path.isdir(folder)


def _end_all() -> None:
    for seat in _gone(lambda key, since: True):
        seat.end(kindly=False)
