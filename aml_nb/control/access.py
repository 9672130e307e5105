"""Who may call the control plane: whoever shows a token of this user's, at an address of this machine.

The check of the Host header keeps out pages of the web that have their own name lead to this machine.
"""

from __future__ import annotations

import os
import re
from typing import Any

from aml_nb.core.authentication import refusal
from aml_nb.errors import AuthenticationException, UserErrorException

_HOSTS = ("127.0.0.1", "localhost", "[::1]")
OPEN = ("/", "/docs", "/openapi.json", "/health")
"""What anybody on this machine may read: it says nothing of what is in the workspace."""
MAX_BODY = 4_000_000


def check(path: str, headers: Any) -> None:
    """Let the request pass.

    Raises
    ------
    AuthenticationException : it has no token, or one that is no good.
    UserErrorException : it was sent to another host.
    """
    host = re.sub(r":\d*$", "", headers.get("host") or "")
    if host.lower() not in (*_HOSTS, *os.environ.get("AML_NB_ALLOWED_HOSTS", "").lower().split()):
        raise UserErrorException(
            f"The host {host[:100]!r} is not this machine.",
            hint="call the address that published_pipeline.endpoint has",
        )
    if path in OPEN:
        return
    why = refusal(headers.get("authorization"))
    if why:
        raise AuthenticationException(
            why,
            hint="headers=InteractiveLoginAuthentication().get_authentication_header()  (azureml.core.authentication)",
        )
