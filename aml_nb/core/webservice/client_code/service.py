"""From a web service to what its clients must know."""

from __future__ import annotations

import json
from contextlib import suppress
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aml_nb.core.webservice import calling, services
from aml_nb.core.webservice.client_code.facts import Facts
from aml_nb.errors import AmlError, UserErrorException, WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.webservice.webservice import Webservice

# What most entry scripts of v1's time take; shown where neither script nor caller says better.
PLACEHOLDER = '{"data": [[1, 2, 3, 4]]}'
_PATIENCE_S = 5.0


def facts_of(service: Webservice, body: Any, key: bool) -> Facts:
    """Address, credential and example of a service."""
    if service.scoring_uri is None:
        service.update_deployment_state()
    if service.scoring_uri is None:
        raise WebserviceException(
            f"The web service {service.name!r} has no address to call: it is {service.state}.",
            hint="service.wait_for_deployment(show_output=True), or print(service.get_logs())",
        )
    credential = "token" if service.token_auth_enabled else "key" if service.auth_enabled else "none"
    secret = calling.credential_of(service) if key else None
    uri, alias = _address(service)
    return Facts(service.name, uri, credential, _body(service, body), secret, alias)


def _address(service: Webservice) -> tuple[str, str | None]:
    """The address under the name that the certificate was made for, and that name where it leads nowhere by itself."""
    certificate = services.spec_of(service._record).certificate
    parts = urlsplit(str(service.scoring_uri))
    if parts.scheme != "https" or certificate is None or certificate.cname == parts.hostname:
        return parts.geturl(), None
    port = "" if parts.port is None else f":{parts.port}"
    return parts._replace(netloc=f"{certificate.cname}{port}").geturl(), certificate.cname


def _body(service: Webservice, given: Any) -> str:
    if isinstance(given, str):
        return given
    if given is None:
        return _example(service) or PLACEHOLDER
    try:
        return given.decode("utf-8") if isinstance(given, (bytes, bytearray)) else json.dumps(given)
    except (TypeError, ValueError) as error:
        raise UserErrorException(
            f"The body cannot be written as text: {error}", hint="body='{\"data\": [[1, 2]]}'"
        ) from None


def _example(service: Webservice) -> str | None:
    """The example in the service's description; None where it gives none, or does not answer."""
    with suppress(AmlError, OSError, HTTPException, ValueError, KeyError, TypeError):
        document = description(service)
        example = document["definitions"]["ServiceInput"].get("example")
        return json.dumps(example) if example not in (None, {}) else None
    return None


def description(service: Webservice) -> dict[str, Any]:
    """The service's own OpenAPI document, as it gives it now.

    Raises
    ------
    OSError, HTTPException, ValueError : it does not answer, or something that is no JSON.
    """
    trusted = services.spec_of(service._record).certificate
    answer = calling.get(str(service.swagger_uri), calling.credential_of(service), _PATIENCE_S, trusted)
    document: dict[str, Any] = json.loads(answer.content)
    return document
