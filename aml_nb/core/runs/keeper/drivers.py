"""A run that is a function of ours: called here, with its output in the run's log."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

from aml_nb.core.runs.keeper.book import Book
from aml_nb.core.runs.keeper.ending import Ending
from aml_nb.core.runs.keeper.logs import limit
from aml_nb.core.runs.keeper.output import Output
from aml_nb.core.runs.spec import RunSpec
from aml_nb.engines.detached import MARK

_POLL_S = 0.1
_GRACE_S = 30.0


def keep(folder: Path, spec: RunSpec, book: Book) -> Ending:
    """Call ``module.drive(run, payload, cancelled)`` and say how it ended."""
    from aml_nb.core.runs.run import Run

    assert spec.module is not None
    output = Output(folder / "logs" / spec.log, limit())
    sys.path[1:1] = [path for path in spec.python_path if path not in sys.path]
    book.state(groups=[os.getpgrp()])
    os.environ[MARK] = str(folder)  # by which the processes that the function starts are found when it is killed
    run = Run.get(book.workspace, spec.run_id)
    cancelled = threading.Event()
    threading.Thread(target=_watch, args=(book, cancelled, output), daemon=True).start()
    if book.cancelled() or not book.status("Running"):
        return Ending.canceled()
    try:
        import_module(spec.module).drive(run, spec.payload, cancelled)
    except Exception as error:
        _print(error)
        return Ending.canceled() if cancelled.is_set() else _failed(error)
    finally:
        output.close()
    return Ending.canceled() if cancelled.is_set() else Ending.completed()


def _print(error: Exception) -> None:
    """Our frames say nothing to whoever made the mistake."""
    from aml_nb.errors import UserErrorException

    if isinstance(error, UserErrorException):
        print(error._text(), file=sys.stderr)
    else:
        traceback.print_exception(error)


def _failed(error: Exception) -> Ending:
    from aml_nb.errors import AmlError

    if not isinstance(error, AmlError):
        return Ending.failed(f"{type(error).__name__}: {error}")
    source = error.source
    if source is None:
        return Ending.failed(error.message, hint=error.hint)
    return Ending.failed(
        f"{error.message}\n{source}",
        hint=error.hint,
        file=source.path,
        line=source.line,
        first=source.first,
        lines=list(source.lines),
    )


def _watch(book: Book, cancelled: threading.Event, output: Output) -> None:
    """Tell the function that it is to end; end it where it does not. See to it that its log does not fill the disk."""
    waiting: Any = threading.Event()
    while not book.cancelled():
        waiting.wait(_POLL_S)
        output.look()
    cancelled.set()
    waiting.wait(float(os.environ.get("AML_NB_DRIVER_GRACE_SECONDS") or _GRACE_S))
    output.close()
    book.end(Ending.canceled())
    os.killpg(os.getpgrp(), signal.SIGKILL)
