"""Building the environment of a run, which may take minutes: its log is the run's, and it can be cancelled."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from aml_nb.core.runs.keeper import processes
from aml_nb.core.runs.keeper.book import Book
from aml_nb.core.runs.keeper.stopping import Stop
from aml_nb.core.runs.spec import RunSpec

LOG = "azureml-logs/20_image_build_log.txt"
_STEP_S = 0.1
_PATIENCE_S = 10.0


def interpreter(folder: Path, spec: RunSpec, book: Book, stop: Stop) -> str | None:
    """The interpreter of the run's environment, built if need be; None when the run is to end before it is there."""
    book.status("Preparing")
    log = folder / "logs" / LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    result: list[Any] = []
    worker = threading.Thread(target=_build, args=(spec, log, result), daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(_STEP_S)
        if stop.wanted():
            _end(worker)
            return None
    if isinstance(result[0], BaseException):
        raise result[0]
    return str(result[0])


def _end(worker: threading.Thread) -> None:
    """End the installer as often as it is started again, until nobody starts it any more."""
    until = time.monotonic() + _PATIENCE_S
    while worker.is_alive() and time.monotonic() < until:
        processes.end_all([], gently=False)
        worker.join(_STEP_S)


def _build(spec: RunSpec, log: Path, result: list[Any]) -> None:
    try:
        from aml_nb.core.environment import Environment
        from aml_nb.core.resolve import resolve_environment
        from aml_nb.core.resolve.ready import run_requirements

        assert spec.environment is not None
        environment = Environment._from_json(spec.environment)
        with log.open("a", encoding="utf-8", buffering=1) as file:

            def tell(line: str) -> None:
                file.write(f"{line}\n")

            found = resolve_environment(environment, None, tell, run_requirements())
            for note in found.notes:
                tell(note)
        result.append(found.python)
    except BaseException as error:
        result.append(error)
