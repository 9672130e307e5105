"""What goes wrong with a dataset, in v1's classes (``azureml.data.dataset_error_handling``)."""

from __future__ import annotations

from aml_nb.errors import Source, UserErrorException


class _DatasetError(UserErrorException):
    error_code: str = "UserError"

    def __init__(
        self,
        message: str,
        exception: BaseException | None = None,
        *,
        hint: str | None = None,
        source: Source | None = None,
    ) -> None:
        super().__init__(message, inner_exception=exception, hint=hint, source=source)
        self.validation_error_code: str | None = getattr(exception, "validation_error_code", None)
        self.compliant_message = message


class DatasetValidationError(_DatasetError):
    """A dataset cannot be made of what was given: no file is there, or none can be read."""


class DatasetExecutionError(_DatasetError):
    """The data of a dataset cannot be read now: files vanished, changed or may not be read."""
