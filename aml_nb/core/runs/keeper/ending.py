"""How a run ended, and what its user is told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Ending:
    """The last status of a run, and its error in the shape of v1's ``get_details()['error']``."""

    status: str
    error: dict[str, Any] | None = None
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def completed(cls) -> Ending:
        """All went well."""
        return cls("Completed")

    @classmethod
    def canceled(cls) -> Ending:
        """Somebody cancelled it."""
        return cls("Canceled")

    @classmethod
    def timed_out(cls, seconds: float) -> Ending:
        """It took longer than it was allowed to; v1 cancels it then."""
        message = f"The run was cancelled: it took longer than max_run_duration_seconds={seconds:g}."
        return cls("Canceled", {"error": {"code": "RunTimedOut", "message": message, "details": []}})

    def warned(self, sentence: str) -> Ending:
        """The same end, with something to be told besides."""
        return replace(self, warnings=[*self.warnings, sentence])

    @classmethod
    def failed(cls, message: str, code: str = "UserError", **facts: Any) -> Ending:
        """It failed; ``facts`` are what is known besides: ``file``, ``line``, ``hint``, ``exitCode``…"""
        known = {key: value for key, value in facts.items() if value is not None}
        return cls("Failed", {"error": {"code": code, "message": message, "details": [], **known}})

    @classmethod
    def internal(cls, error: BaseException) -> Ending:
        """We failed ourselves, or what we were told to do cannot be done."""
        from aml_nb.errors import AmlError

        if isinstance(error, AmlError):
            return cls.failed(error.message, hint=error.hint)
        return cls.failed(f"{type(error).__name__}: {error}", "SystemError")
