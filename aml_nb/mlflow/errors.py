"""Our errors as MLflow's, with the codes that its clients look at."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar

from mlflow.exceptions import MlflowException
from mlflow.protos import databricks_pb2 as codes

from aml_nb.errors import AmlError, NameTakenError, NotAvailableError, UserErrorException, WebserviceException

T = TypeVar("T", bound=type)
_STATUS = {404: codes.RESOURCE_DOES_NOT_EXIST, 409: codes.RESOURCE_ALREADY_EXISTS, 412: codes.INVALID_STATE}


def missing(what: str) -> MlflowException:
    """Something that was asked for is not there."""
    return MlflowException(f"{what} does not exist.", codes.RESOURCE_DOES_NOT_EXIST)


def taken(what: str) -> MlflowException:
    """Something that was to be made is there already."""
    return MlflowException(f"{what} exists already.", codes.RESOURCE_ALREADY_EXISTS)


def wrong(message: str) -> MlflowException:
    """What was asked for cannot be right."""
    return MlflowException(message, codes.INVALID_PARAMETER_VALUE)


def not_kept(what: str, instead: str) -> NoReturn:
    """MLflow has it and a workspace does not."""
    raise MlflowException(f"aml_nb keeps no {what}. {instead}", codes.NOT_IMPLEMENTED)


def translated(cls: T) -> T:
    """Have every public method of a class raise MlflowException where our own code says what is wrong."""
    for name, member in list(vars(cls).items()):
        if callable(member) and not name.startswith("__") and not isinstance(member, type):
            setattr(cls, name, _translating(member))
    return cls


def _translating(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except AmlError as error:
            raise _of(error) from error

    return call


def _of(error: AmlError) -> MlflowException:
    code = _STATUS.get(getattr(error, "status_code", None) or 0)
    if code is None:
        kinds = (
            (NameTakenError, codes.RESOURCE_ALREADY_EXISTS),
            (NotAvailableError, codes.NOT_IMPLEMENTED),
            (UserErrorException, codes.INVALID_PARAMETER_VALUE),
            (WebserviceException, codes.INVALID_PARAMETER_VALUE),
        )
        code = next((found for kind, found in kinds if isinstance(error, kind)), codes.INTERNAL_ERROR)
    hint = f" Try: {error.hint}" if error.hint else ""
    return MlflowException(f"{error.message}{hint}", code)
