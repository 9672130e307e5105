"""v1's exceptions of AutoML."""

from __future__ import annotations

from typing import Any

from aml_nb.errors import AzureMLException


class AutoMLException(AzureMLException):
    """Root of AutoML's exceptions."""

    code, status = "automl", 500

    def __init__(self, exception_message: str, target: str | None = None, **kwargs: Any) -> None:
        super().__init__(exception_message, target=target, **kwargs)

    @property
    def error_code(self) -> str:
        """Whose fault it is: ``UserError`` or ``SystemError``."""
        return self._error_code


class UserException(AutoMLException):
    """What was asked for cannot be right."""

    code, status = "automl-user", 400
    _error_code = "UserError"


class ConfigException(UserException):
    """A setting cannot be right, or contradicts another one."""

    code, status = "automl-config", 400


class ScenarioNotSupportedException(ConfigException):
    """Settings that are right, and that do not go together."""

    code, status = "automl-scenario", 400


class DataException(UserException):
    """The data cannot be learnt from."""

    code, status = "automl-data", 400


class ClientException(AutoMLException):
    """A method of a run has failed."""

    code, status = "automl-client", 500


class FitException(ClientException):
    """No pipeline could be trained."""

    code, status = "automl-fit", 400
