"""TLS of a web service on ACI, which has a certificate of its own; on AKS it is the cluster's."""

from __future__ import annotations

import socket
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aml_nb.core import certificates
from aml_nb.core.certificates import BadCertificate
from aml_nb.engines.base import Certificate
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.webservice.services import Payload
    from aml_nb.core.workspace import Workspace

_OWN = ("ssl_cert_pem_file", "ssl_key_pem_file", "ssl_cname")
_FILES = ("ssl_cert_pem_file", "ssl_key_pem_file")
_CHANGE_S, _LOOK_S = 10.0, 0.05


def keep(workspace: Workspace, config: Any) -> dict[str, str]:
    """Copy the certificate that a deployment configuration names into the workspace.

    Raises
    ------
    WebserviceException
        It cannot be used; it may have changed since the configuration was made.
    """
    return _kept(workspace, config.ssl_cert_pem_file, config.ssl_key_pem_file, config.ssl_cname)


def changes(workspace: Workspace, record: Payload, given: dict[str, Any]) -> Payload:
    """What ``AciWebservice.update`` changes of TLS: on, off, or another certificate.

    Raises
    ------
    WebserviceException
        A part of the certificate is missing, or it cannot be used.
    """
    asked = {name: given[name] for name in _OWN if name in given}
    enabled = given.get("ssl_enabled")
    if enabled is None and not asked:
        return {}
    if enabled is False:
        return {"sslEnabled": False, "certificate": None}
    if not asked and record.get("certificate"):
        return {"sslEnabled": True}
    cname = asked.get("ssl_cname") or record.get("cname")
    if not (cname and all(asked.get(name) for name in _FILES)):
        raise WebserviceException(
            "SSL is enabled, you must provide a SSL certificate, key, and cname: ssl_cert_pem_file, "
            "ssl_key_pem_file and ssl_cname.",
            hint="service.update(ssl_enabled=True, ssl_cert_pem_file=..., ssl_key_pem_file=..., ssl_cname=...)",
        )
    kept = _kept(workspace, asked["ssl_cert_pem_file"], asked["ssl_key_pem_file"], cname)
    return {"sslEnabled": True, "certificate": kept, "cname": cname}


def await_change(uri: str | None, certificate: Certificate | None) -> None:
    """Wait a moment until a service speaks as it was told to: an engine may take its certificate a little later."""
    parts, limit = urlsplit(uri or ""), time.monotonic() + _CHANGE_S
    while parts.port is not None and time.monotonic() < limit:
        try:
            if _speaks(parts.hostname or "localhost", parts.port, certificate):
                return
        except OSError:
            pass
        time.sleep(_LOOK_S)


def _speaks(host: str, port: int, certificate: Certificate | None) -> bool:
    with socket.create_connection((host, port), _CHANGE_S) as plain:
        if certificate is None:
            plain.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return plain.recv(5) == b"HTTP/"
        context = certificates.trusting(Path(certificate.certificate).read_text())
        context.wrap_socket(plain, server_hostname=certificate.cname).close()
        return True


def _kept(workspace: Workspace, certificate: str, key: str, cname: str) -> dict[str, str]:
    try:
        pair = certificates.read(certificate, key, cname)
    except BadCertificate as error:
        raise WebserviceException(f"Error, {error}", hint=f"openssl x509 -text -in {certificate}") from None
    return asdict(certificates.keep(workspace, pair))
