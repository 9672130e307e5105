"""v1's exceptions of HyperDrive."""

from __future__ import annotations

from typing import Any

from aml_nb.errors import AzureMLException


class HyperDriveException(AzureMLException):
    """Root of HyperDrive's exceptions."""

    code, status = "hyperdrive", 500

    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)

    @property
    def error_code(self) -> str:
        """Whose fault it is: ``UserError`` or ``SystemError``."""
        return self._error_code


class HyperDriveConfigException(HyperDriveException):
    """A configuration cannot be right."""

    code, status = "hyperdrive-config", 400
    _error_code = "UserError"

    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class HyperDriveScenarioNotSupportedException(HyperDriveConfigException):
    """A configuration that could be right, and that HyperDrive does not carry."""

    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class HyperDriveNotImplementedException(HyperDriveScenarioNotSupportedException):
    """A method of every run that makes no sense for this one."""

    code, status = "hyperdrive-not-implemented", 501

    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class HyperDriveServiceException(HyperDriveException):
    """A HyperDrive run could not be started or stopped."""

    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class HyperDriveRehydrateException(HyperDriveException):
    """The configuration of an earlier run cannot be read."""

    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
