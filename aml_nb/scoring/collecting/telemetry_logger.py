"""What v1's ``azureml.monitoring`` has for its own telemetry. Nothing is measured, and nothing is sent."""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SAMPLING_RATE = 100


class std_tm(ctypes.Structure):
    """C's ``struct tm``."""

    _fields_ = [
        (name, ctypes.c_int)
        for name in ("tm_sec", "tm_min", "tm_hour", "tm_mday", "tm_mon", "tm_year", "tm_wday", "tm_yday", "tm_isdst")
    ]


class TelemetryLogger:
    """Loggers of this process; what is told to them stays in it."""

    @staticmethod
    def get_telemetry_logger(
        name: str, component_name: str = "azureml.monitoring", stream_handler_verbosity: int = logging.INFO
    ) -> logging.Logger:
        """A logger of that name below the component's."""
        logger = logging.getLogger(component_name).getChild(name)
        logger.setLevel(stream_handler_verbosity)
        return logger

    @staticmethod
    @contextmanager
    def log_activity(
        logger: logging.Logger,
        activity_name: str,
        activity_type: str = "InternalCall",
        custom_dimensions: dict[str, Any] | None = None,
        telemetry_event_name: str | None = None,
    ) -> Iterator[logging.Logger]:
        """Log at DEBUG that an activity begins and ends."""
        logger.debug("%s (%s) begins", activity_name, activity_type)
        try:
            yield logger
        finally:
            logger.debug("%s (%s) ends", activity_name, activity_type)

    @staticmethod
    def log_telemetry_event(event_name: str, **kwargs: Any) -> None:
        """Forget the event."""


class TelemetryLoggerContextFilter(logging.Filter):
    """Gives each record the values of a context as ``properties``."""

    def __init__(self, context: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.context = dict(context or {})

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        own = getattr(record, "properties", None)
        record.properties = {**self.context, **(own if isinstance(own, dict) else {})}
        return True
