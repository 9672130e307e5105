"""The error tree.

    AmlError                                  everything aml_nb raises on purpose
    ├── UsageError                            a magic or command was called wrongly
    ├── ArgumentError                         an argument that v1 refuses with a plain ValueError, which it is
    ├── StoreError                            the workspace's database or files
    └── AzureMLException                      v1's root, with v1's constructor and text
        ├── WebserviceException · ModelNotFoundException · ModelPathNotFoundException
        ├── ComputeTargetException · WorkspaceException · ...
        └── UserErrorException
            └── AuthenticationException

Each class has a ``code`` and an HTTP ``status`` for whoever answers over a wire, and each
error may carry a ``hint`` (the next thing to type) and ``source`` (the lines of the user's own
script that failed). v1's classes keep v1's names, parents and constructors, so that
``except WebserviceException as e: e.message`` in an old notebook works.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Source(NamedTuple):
    """Where in the user's own code something failed.

    ``lines`` is the text of the lines around ``line`` (1-based), the first of which is number ``first``.
    """

    path: str
    line: int
    first: int = 0
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        head = f"{self.path}, line {self.line}"
        rows = [
            f"{'-->' if number == self.line else '   '} {number:4d} {text}"
            for number, text in enumerate(self.lines, self.first)
        ]
        return "\n".join([head, *rows])

    @classmethod
    def told(cls, facts: Mapping[str, Any] | None) -> Source | None:
        """From what another process said of an error: ``file``, ``line``, ``first`` and ``lines``."""
        if not facts or not facts.get("file") or not facts.get("line"):
            return None
        lines = tuple(str(text) for text in facts.get("lines") or ())
        return cls(str(facts["file"]), int(facts["line"]), int(facts.get("first") or 0), lines)

    @classmethod
    def read(cls, path: str, line: int, around: int = 2) -> Source:
        """Take the lines around ``line`` from the file; without them where it cannot be read."""
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read().splitlines()
        except OSError:
            return cls(path, line)
        first = max(1, line - around)
        return cls(path, line, first, tuple(text[first - 1 : line + around]))


class AmlError(Exception):
    """Root of every error that aml_nb raises on purpose.

    Parameters
    ----------
    message : what failed and why, in the user's words.
    hint : the next thing to type or to look at.
    source : the lines of the user's script that failed.
    """

    code = "internal"
    status = 500
    brief: str | None = None
    """What a cell shows in place of a message that has to be v1's, with all its JSON."""

    def __init__(self, message: str, *, hint: str | None = None, source: Source | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.source = source

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # A constructor that makes its message from something else could not be called with the message again.
        return _again, (type(self), self.args, self.__dict__)

    def _text(self) -> str:
        """The message, the user's lines and the hint, as a terminal or a cell shows them."""
        parts = [f"{type(self).__name__}: {self.brief or self.message}"]
        if self.source is not None:
            parts.append(f"\n{self.source}")
        if self.hint:
            parts.append(f"\nTry: {self.hint}")
        return "\n".join(parts)

    def _render_traceback_(self) -> list[str]:
        """IPython shows this in place of a traceback through our frames; the cell still fails.

        One text for all lines: under ``%xmode Minimal`` and ``Plain`` IPython puts nothing between what it is given.
        """
        return [self._text()]


def _again(cls: type[AmlError], args: tuple[Any, ...], state: dict[str, Any]) -> AmlError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class UsageError(AmlError):
    """A magic or a command was called with words it does not know."""

    code, status = "usage", 400


class ArgumentError(AmlError, ValueError):
    """An argument cannot be right; v1 raises a plain ValueError there."""

    code, status = "argument", 400


class StoreError(AmlError):
    """The workspace's database or files cannot be read or written."""

    code, status = "store", 500


class NameTakenError(StoreError):
    """A record of that name is there already."""

    code, status = "name-taken", 409


class NotAvailableError(AmlError, NotImplementedError):
    """A part of SDK v1 that aml_nb does not have; the message names the coverage page."""

    code, status = "not-available", 501

    def __init__(self, message: str, *, hint: str | None = None, source: Source | None = None) -> None:
        super().__init__(message, hint=hint or "aml-nb azureml coverage", source=source)


class AzureMLException(AmlError):
    """Root of v1's exceptions (``azureml._common.exceptions.AzureMLException``).

    ``str()`` has v1's form: the class, the message, the inner exception and an ErrorResponse in JSON.
    """

    code, status = "service", 500
    _error_code = "SystemError"

    def __init__(
        self,
        exception_message: str,
        inner_exception: BaseException | None = None,
        target: str | None = None,
        details: str | None = None,
        message_format: str | None = None,
        message_parameters: dict[str, str] | None = None,
        reference_code: str | None = None,
        *,
        hint: str | None = None,
        source: Source | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(str(exception_message), hint=hint, source=source)
        self.inner_exception = inner_exception
        self.target = target
        self.details = details
        self.message_format = message_format
        self.message_parameters = message_parameters
        self.reference_code = reference_code

    def __str__(self) -> str:
        import json  # here: every scoring worker imports this module, and few of them print an error

        body: dict[str, Any] = {"code": self._error_code, "message": self.message}
        for key in ("target", "details", "message_format", "message_parameters", "reference_code"):
            if getattr(self, key) is not None:
                body[key] = getattr(self, key)
        response = json.dumps({"error": body}, indent=4, default=str)
        return (
            f"{type(self).__name__}:\n\tMessage: {self.message}\n"
            f"\tInnerException {self.inner_exception}\n\tErrorResponse \n{response}"
        )

    def __repr__(self) -> str:
        return str(self)

    def print_stacktrace(self) -> None:
        """Print the traceback of the exception being handled."""
        import traceback

        traceback.print_exc()


class AzureMLAggregatedException(AzureMLException):
    """Several exceptions at once."""

    def __init__(self, exceptions_list: list[BaseException], **kwargs: Any) -> None:
        super().__init__("\n".join(str(e) for e in exceptions_list), **kwargs)
        self.exceptions_list = exceptions_list


class UserErrorException(AzureMLException):
    """What was asked for cannot be right."""

    code, status = "user", 400
    _error_code = "UserError"

    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class AuthenticationException(UserErrorException):
    """Whoever asks is not known, or may not."""

    code, status = "authentication", 401


class _LoggedException(AzureMLException):
    def __init__(self, exception_message: str, logger: Any = None, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        if logger is not None:
            logger.error(exception_message)


class WebserviceException(_LoggedException):
    """A model or web service operation failed.

    ``status_code`` is the HTTP status where an HTTP answer is behind it.
    """

    code, status = "webservice", 400
    diagnosis: Any = None
    """The ``Diagnosis`` of a deployment that failed."""

    def __init__(
        self, exception_message: str, status_code: int | None = None, logger: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(exception_message, logger=logger, **kwargs)
        self.status_code = status_code


class ModelFileNotFoundError(WebserviceException, FileNotFoundError):
    """The path to register is not there; v1 raised the one class first and the other later."""


class ModelNotFoundException(_LoggedException):
    """No such model here; the message lists every place that was looked at."""

    code, status = "model-not-found", 404


class ModelVersionNotFoundException(ModelNotFoundException, WebserviceException):
    """No such version, or no such model in the workspace that was given: v1 raised the second class for these."""


class ModelPathNotFoundException(_LoggedException):
    """The run has no such file."""

    code, status = "model-path-not-found", 404


class ComputeTargetException(AzureMLException):
    """A compute target operation failed."""

    code, status = "compute", 400

    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class WorkspaceException(AzureMLException):
    """A workspace cannot be made, found or opened."""

    code, status = "workspace", 404

    def __init__(self, exception_message: str, found_multiple: bool = False, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        self.found_multiple = found_multiple


class WorkspacePrivateEndpointException(WorkspaceException):
    """A private endpoint operation failed."""


class _PlainException(AzureMLException):
    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class ProjectSystemException(_PlainException):
    """The project's configuration file cannot be used."""


class ExperimentExecutionException(_PlainException):
    """A run could not be started."""


class RunConfigurationException(_PlainException):
    """A run configuration cannot be read."""


class SnapshotException(_PlainException):
    """A run's snapshot cannot be taken."""


class TrainingException(_PlainException):
    """An estimator was put together wrongly."""


class DiscoveryUrlNotFoundException(AzureMLException):
    """A service address is not known."""

    def __init__(self, discovery_key: str, **kwargs: Any) -> None:
        super().__init__(f"{discovery_key} not found.", **kwargs)


class RunEnvironmentException(AzureMLException):
    """``Run.get_context(allow_offline=False)`` outside a run."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            "Could not load a submitted run, if outside of an execution context, use experiment.start_logging "
            "to initialize an azureml.core.Run.",
            **kwargs,
        )


class ActivityFailedException(AzureMLException):
    """A run ended as failed; ``message`` has its error details."""

    def __init__(self, error_details: Any, **kwargs: Any) -> None:
        super().__init__(f"Activity Failed:\n{error_details}", **kwargs)
        self.error_details = error_details


class DatasetTimestampMissingError(AzureMLException):
    """A time filter on a dataset without timestamp columns."""

    def __init__(self, error_details: Any, **kwargs: Any) -> None:
        super().__init__(str(error_details), **kwargs)


class ParallelRunException(AzureMLException):
    """Raised by an entry script to say how a mini-batch is to be retried."""

    def __init__(self, exception_message: str, code: Any = None, delay_seconds: int = 0, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        self.code = code
        self.delay_seconds = delay_seconds


class ServiceException(AzureMLException):
    """The control plane answered with an error.

    Parameters
    ----------
    error_response_exception : the error behind it, or its message; ``status_code`` is taken from it unless given.
    """

    def __init__(self, error_response_exception: Any, **kwargs: Any) -> None:
        status_code = kwargs.pop("status_code", getattr(error_response_exception, "status_code", None))
        if isinstance(error_response_exception, BaseException):
            kwargs.setdefault("inner_exception", error_response_exception)
        super().__init__(str(error_response_exception), **kwargs)
        self.status_code = status_code
