"""The processes in which iterations run: each can be ended alone, and takes nothing else with it."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from aml_nb.core.automl import trial

_POLL_S = 0.2
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# What a fresh process would need seconds to import; one does it, and the others are forked from it.
_PRELOADED = ("aml_nb.core.automl.trial", "pandas", "sklearn.ensemble", "sklearn.linear_model")


class Outcome(NamedTuple):
    """How an iteration ended: ``result`` of one that came to its end, else why it did not."""

    result: dict[str, Any] | None = None
    error: str | None = None
    ended: str | None = None
    """Why it was ended from outside: ``time`` or ``stopped``."""


class Workers:
    """Starts iterations.

    Parameters
    ----------
    folder : where the data was prepared.
    cores : that an iteration may use; all for less than 1.
    packages : that iterations need besides scikit-learn.
    """

    def __init__(self, folder: Path, cores: int, packages: Iterable[str]) -> None:
        self._folder = folder
        if cores >= 1:
            os.environ.update({name: str(cores) for name in _THREADS})
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([*_PRELOADED, *packages])

    def warm(self) -> None:
        """Begin to import what iterations need."""
        from multiprocessing import forkserver

        forkserver.ensure_running()

    def run(self, number: int, task: dict[str, Any], seconds: float | None, stopped: Callable[[], bool]) -> Outcome:
        """Run an iteration and wait for its end.

        Parameters
        ----------
        number : of the iteration.
        task : what it does.
        seconds : after so long it is ended.
        stopped : whether it is to end at once.
        """
        mine = trial.place(self._folder, number)
        mine.mkdir(parents=True, exist_ok=True)
        (mine / trial.TASK).write_text(json.dumps(task), encoding="utf-8")
        process = self._context.Process(target=trial.work, args=(str(self._folder), number), daemon=True)
        until = None if seconds is None else time.monotonic() + seconds
        process.start()
        try:
            while process.is_alive():
                process.join(_POLL_S)
                if stopped():
                    return Outcome(ended="stopped")
                if until is not None and time.monotonic() > until:
                    return Outcome(ended="time")
            code = process.exitcode
        finally:
            if process.is_alive():
                process.kill()
            process.join()
            process.close()
        return _outcome(mine, code)


def _outcome(mine: Path, code: int | None) -> Outcome:
    import joblib

    if (mine / trial.RESULT).exists():
        return Outcome(result=joblib.load(mine / trial.RESULT))
    try:
        told = json.loads((mine / trial.ERROR).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            why = "; the machine may be out of memory" if name == "SIGKILL" else ""
            return Outcome(error=f"The process of this iteration was ended by {name}{why}.")
        return Outcome(error=f"The process of this iteration ended with code {code}.")
    return Outcome(error=f"{told['type']}: {told['message']}")
