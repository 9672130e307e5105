"""What the scoring scripts that v1's AutoML wrote call beside their models: telemetry and logs.

Whoever keeps such a script with its model deploys it as it is. Nothing is measured or sent: a failure goes to the log.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any

LOGGER_NAME = "azureml.automl"


def enable_telemetry(key: str | None = None, *args: Any, **kwargs: Any) -> None:
    """Accept v1's call; nothing is sent."""


def set_verbosity(verbosity: int | str) -> None:
    """How much AutoML's own loggers say: a level of ``logging``, or its name."""
    logging.getLogger(LOGGER_NAME).setLevel(verbosity)


def set_log_file(path: str) -> None:
    """Accept v1's call; what is said goes to the service's or the run's log."""


def install_handler(component_name: str) -> None:
    """Accept v1's call; there is no handler that sends anything."""


def update_custom_dimensions(custom_dimensions: dict[str, Any]) -> None:
    """Accept what v1 would send along with each record."""


def update_custom_dimension(**custom_dimensions: Any) -> None:
    """Accept what v1 would send along with each record."""


def log_traceback(
    exception: BaseException,
    logger: logging.Logger | logging.LoggerAdapter[Any] | None,
    override_error_msg: str | None = None,
    is_critical: bool = True,
    tb: Any = None,
) -> None:
    """Log an exception with its traceback.

    Parameters
    ----------
    exception : what was raised.
    logger : who says so; the root logger when None.
    override_error_msg : what to say in place of the exception's own words.
    is_critical : as an error; else as a warning.
    tb : another traceback than the exception's own.
    """
    shown = traceback.format_exception(type(exception), exception, tb or exception.__traceback__)
    said = override_error_msg or str(exception)
    text = f"{type(exception).__name__}: {said}\n{''.join(shown).rstrip()}"
    (logger or logging.getLogger()).log(logging.ERROR if is_critical else logging.WARNING, "%s", text)
