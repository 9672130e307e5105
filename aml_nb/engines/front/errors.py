"""Why a front does not stand."""

from __future__ import annotations

from typing import Any

from aml_nb.errors import WebserviceException


class FrontError(WebserviceException):
    """HAProxy is not there, does not start or refuses what it is told; ``reason`` is one word for which."""

    def __init__(self, message: str, *, reason: str = "front", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason

    @property
    def report(self) -> dict[str, Any]:
        """What ``state.json`` says of it."""
        hint = f" Try: {self.hint}" if self.hint else ""
        return {"code": self.reason, "message": f"{self.message}{hint}"}
