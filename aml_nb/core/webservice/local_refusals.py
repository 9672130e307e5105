"""What a local web service does not do, as in v1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.core.webservice.webservice import Webservice

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class LocalRefusals(Webservice):
    """No keys, no tokens, no payloads of v1's server."""

    @classmethod
    def deserialize(cls, workspace: Workspace, webservice_payload: dict[str, Any]) -> NoReturn:
        """Not for local services.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError("Local web services cannot be deserialized; LocalWebservice(ws, name) finds one.")

    def get_keys(self) -> NoReturn:
        """Not for local services: they ask for no key.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError("Local web services ask for no key.")

    def regen_key(self, key: str) -> NoReturn:  # type: ignore[override]
        """Not for local services: they ask for no key.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError("Local web services ask for no key.")

    def get_token(self) -> NoReturn:
        """Not for local services: they ask for no token.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError("Local web services ask for no token.")
