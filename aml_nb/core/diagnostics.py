"""``diagnostic_log``: the log records of a stretch of code, in a file."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from types import TracebackType

_FORMAT = "%(asctime)s|%(name)s|%(levelname)s|%(message)s"


class diagnostic_log:
    """Write debug records to a file while the ``with`` block runs.

    Parameters
    ----------
    log_path : a file, or a folder to put ``diagnostics.log`` in; the current one when omitted.
    namespaces : the loggers whose records are taken; aml_nb's and v1's when omitted.
    context_name : a word that each line starts with.

    Examples
    --------
    >>> with diagnostic_log("deploy.log"):
    ...     Model.deploy(ws, "iris", [model], inference_config)
    """

    def __init__(
        self,
        log_path: str | None = None,
        namespaces: Iterable[str] | None = None,
        context_name: str | None = None,
    ) -> None:
        path = os.fspath(log_path or os.curdir)
        self._path = os.path.join(path, "diagnostics.log") if os.path.isdir(path) else path
        self._names = ["aml_nb", "azureml"] if namespaces is None else list(namespaces)
        self._context = context_name
        self._handler: logging.Handler | None = None
        self._levels: dict[str, int] = {}

    def start_capture(self) -> None:
        """Begin; a second call before ``stop_capture`` changes nothing."""
        if self._handler is not None:
            return
        handler = logging.FileHandler(self._path, encoding="utf-8")
        start = "" if self._context is None else self._context.replace("%", "%%") + "|"
        handler.setFormatter(logging.Formatter(start + _FORMAT))
        self._handler = handler
        for name in self._names:
            logger = logging.getLogger(name)
            self._levels[name] = logger.level
            logger.setLevel(logging.DEBUG)
            logger.addHandler(handler)

    def stop_capture(self) -> None:
        """End: close the file and give the loggers their levels back."""
        handler, self._handler = self._handler, None
        if handler is None:
            return
        for name, level in self._levels.items():
            logger = logging.getLogger(name)
            logger.removeHandler(handler)
            logger.setLevel(level)
        self._levels.clear()
        handler.close()

    def __enter__(self) -> diagnostic_log:
        self.start_capture()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.stop_capture()
