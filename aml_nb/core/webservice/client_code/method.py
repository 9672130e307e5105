"""``service.client_code(...)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from aml_nb.core.webservice.client_code import Snippet
    from aml_nb.core.webservice.webservice import Webservice


class ClientCode:
    """What a web service tells those who call it."""

    def client_code(self, language: str = "python", *, body: Any = None, key: bool = False) -> Snippet:
        """A program that calls the service, ready to save and run.

        It reads the key or token from the variable ``AML_SERVICE_KEY``; the comment at its top says how to set
        it. On an answer other than 200 it shows status and body and ends with an error.

        Parameters
        ----------
        language : ``python``, ``curl``, ``csharp``, ``go``, ``java`` or ``javascript``.
        body : the request to send: text, or what ``json.dumps`` takes; when None, the example that the
            service's own description gives.
        key : write the key (the token) itself into the program, for everybody who reads it.

        Raises
        ------
        UserErrorException : an unknown language.
        WebserviceException : the service has no address.
        """
        from aml_nb.core.webservice.client_code import of_service

        return of_service(cast("Webservice", self), language, body, key)
