"""Calling a web service, as ``service.run`` does."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aml_nb.core.certificates import trusting
from aml_nb.core.diagnosis import failed_request
from aml_nb.core.webservice import services
from aml_nb.engines.base import Certificate
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.webservice.webservice import Webservice

_SLACK_S = 30.0
_LOG_LAG_S = 1.0
_TURN_S, _LOOK_S = 1.0, 0.05
_LOG_LINES = 500


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    content: bytes


class _NamedConnection(http.client.HTTPSConnection):
    """TLS with a server on this machine whose certificate was made for another name."""

    def __init__(self, host: str, port: int | None, timeout: float, trusted: Certificate) -> None:
        super().__init__(host, port, timeout=timeout, context=trusting(Path(trusted.certificate).read_text()))
        self._name = trusted.cname

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self._name)  # type: ignore[attr-defined]


def post(uri: str, body: bytes, credential: str | None, timeout: float, trusted: Certificate | None = None) -> Answer:
    """Send one request. The way to one's own machine goes by no proxy.

    Over https the server has to prove that it has the ``trusted`` certificate, under the name it was made for.
    """
    return _exchange("POST", uri, body, credential, timeout, trusted)


def send(
    service: Webservice, body: bytes, content_type: str, path: str | None, timeout: float, most: int | None = None
) -> Answer:
    """Send one request as a caller who knows the service's key would, whatever comes back.

    Parameters
    ----------
    service : the service; it is asked first how it is.
    path : on the service; where it scores when None.
    timeout : seconds to wait at most.
    most : bytes of the answer to read at most.

    Raises
    ------
    WebserviceException : it has no address, or it did not answer.
    """
    service.update_deployment_state()
    if service.scoring_uri is None:
        raise _no_uri(service)
    parts, wanted = urlsplit(service.scoring_uri), urlsplit(path or "")
    uri = parts.geturl() if path is None else parts._replace(path=wanted.path, query=wanted.query).geturl()
    certificate = services.spec_of(service._record).certificate
    try:
        return _exchange("POST", uri, body, credential_of(service), timeout, certificate, content_type, most)
    except (OSError, http.client.HTTPException) as error:
        raise _no_answer(service, error) from None


def credential_of(service: Any) -> str | None:
    """The key or token that opens a service; None where it asks for none."""
    if service.token_auth_enabled:
        return str(service.get_access_token().access_token)
    return str(service.get_keys()[0]) if service.auth_enabled else None


def get(uri: str, credential: str | None, timeout: float, trusted: Certificate | None = None) -> Answer:
    """Fetch a document of a service, as ``post`` sends requests."""
    return _exchange("GET", uri, None, credential, timeout, trusted)


def _exchange(
    method: str,
    uri: str,
    body: bytes | None,
    credential: str | None,
    timeout: float,
    trusted: Certificate | None,
    content_type: str = "application/json",
    most: int | None = None,
) -> Answer:
    parts = urlsplit(uri)
    headers = {"Content-Type": content_type}
    if credential is not None:
        headers["Authorization"] = f"Bearer {credential}"
    connection = _connection(parts.hostname or "localhost", parts.port, timeout, parts.scheme, trusted)
    try:
        connection.request(method, parts._replace(scheme="", netloc="").geturl(), body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read(most))
    finally:
        connection.close()


def _connection(
    host: str, port: int | None, timeout: float, scheme: str, trusted: Certificate | None
) -> http.client.HTTPConnection:
    if scheme != "https":
        return http.client.HTTPConnection(host, port, timeout=timeout)
    if trusted is None:
        raise ssl.SSLError("there is no certificate to know the service by")
    return _NamedConnection(host, port, timeout, trusted)


def certificate_text(record: services.Payload) -> str | None:
    """The certificate that a service speaks TLS with, as PEM; None where it speaks none."""
    certificate = services.spec_of(record).certificate
    try:
        return None if certificate is None else Path(certificate.certificate).read_text()
    except OSError:
        return None


def score(service: Webservice, input_data: Any, credential: Callable[[bool], str | None]) -> Any:
    """Post ``input_data`` as it is and return what the JSON answer says.

    ``credential(fresh)`` gives the key or token; after a 401 it is asked for a fresh one. While a version with other
    keys takes over, that may take a moment.
    """
    if service.scoring_uri is None:
        service.update_deployment_state()
    if service.scoring_uri is None:
        raise _no_uri(service)
    body = body_of(input_data)
    answer = _send(service, body, credential(False))
    if answer.status == 401 and credential(False) is not None:
        answer = _send(service, body, credential(True))
    limit = time.monotonic() + _TURN_S
    while _is_shut_out(answer) and credential(False) is not None and time.monotonic() < limit:
        time.sleep(_LOOK_S)
        answer = _send(service, body, credential(True))
    if answer.status != 200:
        raise bad_answer(service, answer)
    return decoded(answer)


def _is_shut_out(answer: Answer) -> bool:
    """Whether the server refused the key or token; a script that answers 401 itself is not asked again."""
    return answer.status == 401 and any(name.lower() == "www-authenticate" for name in answer.headers)


def body_of(input_data: Any) -> bytes:
    """The bytes to post: v1 sends text and bytes unchanged."""
    if isinstance(input_data, str):
        return input_data.encode("utf-8")
    if isinstance(input_data, (bytes, bytearray, memoryview)):
        return bytes(input_data)
    if hasattr(input_data, "read"):
        return body_of(input_data.read())
    raise WebserviceException(
        f"run() takes the body of a request: text or bytes, not {type(input_data).__name__}.",
        hint="service.run(json.dumps(input_data))",
    )


def decoded(answer: Answer) -> Any:
    """The JSON of an answer."""
    try:
        return json.loads(answer.content)
    except ValueError:
        start = answer.content[:200].decode("utf-8", "replace")
        raise WebserviceException(
            f"The answer of the service is no JSON: {start!r}", hint="requests.post(service.scoring_uri, ...)"
        ) from None


def bad_answer(service: Webservice, answer: Answer) -> WebserviceException:
    """v1's error for an answer that is not 200; where run() raised, its reason and its line."""
    why = run_failure(service, answer)
    reason = "" if why is None else f"\n{why.reason}"
    return WebserviceException(
        "Received bad response from service. More information can be found by calling `.get_logs()` on the "
        f"webservice object.\nResponse Code: {answer.status}\nHeaders: {answer.headers}\n"
        f"Content: {answer.content!r}{reason}",
        status_code=answer.status,
        source=None if why is None else why.source,
        hint="service.diagnose(), or print(service.get_logs())",
    )


def run_failure(service: Webservice, answer: Answer) -> failed_request.RunFailure | None:
    """What the service's log says of a failed request, which it may say a moment later."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    identity = headers.get("x-request-id")
    if answer.status != 500 or not identity:
        return None
    limit = time.monotonic() + _LOG_LAG_S
    while True:
        for answering in service._answering():
            if identity in (log := answering.get_logs(_LOG_LINES)):
                return failed_request.run_failure(log, identity, services.spec_of(answering._record))
        if time.monotonic() >= limit:
            return None
        time.sleep(0.01)


def _send(service: Webservice, body: bytes, credential: str | None) -> Answer:
    timeout = service._record["spec"]["scoring_timeout_ms"] / 1000 + _SLACK_S
    certificate = services.spec_of(service._record).certificate
    try:
        return post(str(service.scoring_uri), body, credential, timeout, certificate)
    except (OSError, http.client.HTTPException) as error:
        service.update_deployment_state()
        if service.scoring_uri is None:  # it ended meanwhile: why is what matters
            raise _no_uri(service) from None
        raise _no_answer(service, error) from None


def _no_answer(service: Webservice, error: Exception) -> WebserviceException:
    return WebserviceException(
        f"The service did not answer at {service.scoring_uri}: {error}. Current state is {service.state}",
        hint="print(service.get_logs())",
    )


def _no_uri(service: Webservice) -> WebserviceException:
    told = "" if service.error is None else f"\nErrors:\n{json.dumps(service.error, indent=2)}"
    return WebserviceException(
        "Error attempting to call webservice, scoring_uri unavailable. This could be due to a failed deployment, "
        f"or the service is not ready yet.\nCurrent state: {service.state}{told}",
        hint="service.wait_for_deployment(show_output=True), or print(service.get_logs())",
    )
