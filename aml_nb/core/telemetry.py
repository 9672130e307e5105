"""v1's telemetry switches. aml_nb measures nobody: every call is accepted, and nothing is collected or sent."""

from __future__ import annotations

import logging
from typing import Any

AML_INTERNAL_LOGGER_NAMESPACE = "azureml.telemetry"
DIAGNOSTICS_VERBOSITY_KEY = "diagnostics_verbosity"
HBI_MODE = False
LOGGER_NAME = "ApplicationInsightLogger"
SEND_DIAGNOSTICS_KEY = "send_diagnostics"
global_diagnostics_properties: dict[str, Any] = {}


class UserErrorException(Exception):
    """What was asked of the telemetry cannot be right."""

    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class EventLogger:
    """An event logger that keeps and sends nothing."""

    def log_event(self, telemetry_event: Any, **kwargs: Any) -> str:
        """Forget the event."""
        return ""

    def log_metric(self, telemetry_metric: Any, **kwargs: Any) -> str:
        """Forget the metric."""
        return ""

    def flush(self) -> None:
        """There is nothing to send."""


def set_diagnostics_collection(
    send_diagnostics: bool = True, verbosity: int = logging.INFO, reason: str = "", path: str | None = None
) -> None:
    """Accept v1's call and say that nothing is sent, whatever was asked for."""
    asked = "" if not send_diagnostics else " send_diagnostics=True changes nothing."
    print(f"aml_nb collects and sends no diagnostics.{asked}")


def is_diagnostics_collection_info_available() -> bool:
    """Whether a choice about diagnostics was ever kept; there is none to make."""
    return False


def get_diagnostics_collection_info(
    component_name: str | None = None, path: str | None = None, proceed_in_hbi_mode: bool = False
) -> tuple[bool, None]:
    """Whether diagnostics are sent, and how much: never, nothing."""
    return False, None


def get_telemetry_log_handler(
    instrumentation_key: str | None = None,
    component_name: str | None = None,
    path: str | None = None,
    proceed_in_hbi_mode: bool = False,
) -> logging.Handler:
    """A log handler that drops every record."""
    return logging.NullHandler()


def get_event_logger(*args: Any, **kwargs: Any) -> EventLogger:
    """An event logger that keeps nothing."""
    return EventLogger()


def add_diagnostics_properties(properties: dict[str, Any]) -> None:
    """Add to the properties that v1 would send along; they stay in this process."""
    global_diagnostics_properties.update(properties)


def set_diagnostics_properties(properties: dict[str, Any]) -> None:
    """Replace the properties that v1 would send along; they stay in this process."""
    global_diagnostics_properties.clear()
    global_diagnostics_properties.update(properties)
