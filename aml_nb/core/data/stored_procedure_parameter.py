"""StoredProcedureParameter: a value that a database's stored procedure is called with."""

from __future__ import annotations

from enum import Enum

from aml_nb.errors import UserErrorException


class StoredProcedureParameterType(Enum):
    """What a stored procedure takes a value as."""

    String = "String"
    Int = "Int"
    Decimal = "Decimal"
    Guid = "Guid"
    Boolean = "Boolean"
    Date = "Date"


class StoredProcedureParameter:
    """A value that a stored procedure is called with.

    Parameters
    ----------
    name, value : the parameter.
    type : what it is taken as; a string when left out.

    Raises
    ------
    UserErrorException : the type is none of StoredProcedureParameterType.
    """

    def __init__(self, name: str, value: str, type: StoredProcedureParameterType | None = None) -> None:
        if type is not None and not isinstance(type, StoredProcedureParameterType):
            raise UserErrorException(
                f"{type!r} is no StoredProcedureParameterType.", hint="type=StoredProcedureParameterType.String"
            )
        self.name = name
        self.value = value
        self.type = type or StoredProcedureParameterType.String
