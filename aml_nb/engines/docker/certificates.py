"""The certificates that this machine trusts: behind a proxy with a certificate of its own, builds need them too."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

INSIDE = "/etc/ssl/certs/ca-certificates.crt"
"""Where a base image made here has them."""
VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_USUAL = (INSIDE, "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem")


def named() -> Path | None:
    """The bundle that the user's variables name; None where nothing but the system's is trusted."""
    for name in VARIABLES:
        value = os.environ.get(name)
        if value and os.path.isfile(value):
            return Path(value)
    return None


def trusted() -> Path | None:
    """The bundle that this machine uses, named or not."""
    usual = (ssl.get_default_verify_paths().cafile, *_USUAL)
    return named() or next((Path(path) for path in usual if path and os.path.isfile(path)), None)
