"""UnknownWebservice: a web service of a kind that this version does not know."""

from __future__ import annotations

from typing import Any, NoReturn

from aml_nb.core.webservice.webservice import Webservice
from aml_nb.errors import NotAvailableError


class UnknownWebservice(Webservice):
    """A web service that a newer version deployed; it can be listed and deleted."""

    def run(self, input: Any) -> NoReturn:
        """Not for a service of an unknown kind."""
        raise self._unknown("run")

    def update(self, *args: Any) -> NoReturn:
        """Not for a service of an unknown kind."""
        raise self._unknown("update")

    def get_token(self) -> NoReturn:
        """Not for a service of an unknown kind."""
        raise self._unknown("get_token")

    def _unknown(self, what: str) -> NotAvailableError:
        return NotAvailableError(
            f"{what} is not known for a web service of type {self.compute_type}.", hint="pip install -U aml_nb"
        )
