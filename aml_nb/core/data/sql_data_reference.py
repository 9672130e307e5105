"""SqlDataReference: what a step reads from a database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from aml_nb.core.data.data_reference import DataReference
from aml_nb.core.data.stored_procedure_parameter import StoredProcedureParameter
from aml_nb.errors import NotAvailableError, UserErrorException


class SqlDataReference(DataReference):
    """A table, a query or a stored procedure of a database.

    Parameters
    ----------
    datastore : the database.
    data_reference_name : what the step calls it; the datastore's name when left out.
    sql_table, sql_query, sql_stored_procedure : what is read: one of them at most.
    sql_stored_procedure_params : what the procedure is called with.

    Raises
    ------
    UserErrorException : more than one of them is given, or the parameters are not StoredProcedureParameter.
    """

    def __init__(
        self,
        datastore: Any,
        data_reference_name: str | None = None,
        sql_table: str | None = None,
        sql_query: str | None = None,
        sql_stored_procedure: str | None = None,
        sql_stored_procedure_params: Sequence[StoredProcedureParameter] | None = None,
    ) -> None:
        super().__init__(datastore, data_reference_name)
        if sum(bool(given) for given in (sql_table, sql_query, sql_stored_procedure)) > 1:
            raise UserErrorException(
                "sql_table, sql_query and sql_stored_procedure exclude each other.", hint="give one of them"
            )
        if not all(isinstance(value, StoredProcedureParameter) for value in sql_stored_procedure_params or ()):
            raise UserErrorException(
                "sql_stored_procedure_params is a list of StoredProcedureParameter.",
                hint="[StoredProcedureParameter(name, value)]",
            )
        self.sql_table = sql_table
        self.sql_query = sql_query
        self.sql_stored_procedure = sql_stored_procedure
        self.sql_stored_procedure_params = sql_stored_procedure_params

    def path(self, path: str | None = None, data_reference_name: str | None = None) -> NoReturn:
        """A database has no paths."""
        raise _none("path")

    def as_download(self, path_on_compute: str | None = None, overwrite: bool = False) -> NoReturn:
        """A database has no files."""
        raise _none("as_download")

    def as_upload(self, path_on_compute: str | None = None, overwrite: bool = False) -> NoReturn:
        """A database has no files."""
        raise _none("as_upload")

    def as_mount(self) -> NoReturn:
        """A database has no files."""
        raise _none("as_mount")

    def to_config(self) -> NoReturn:
        """A run configuration keeps paths, and a database has none."""
        raise _none("to_config")


def _none(call: str) -> NotAvailableError:
    return NotAvailableError(
        f"A SqlDataReference has no {call}(): it names a table or a query, not files.",
        hint="DataReference(datastore, path_on_datastore=...) for files",
    )
