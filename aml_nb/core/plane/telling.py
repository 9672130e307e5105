"""Telling the control plane that schedules have changed."""

from __future__ import annotations

import http.client
from contextlib import suppress
from urllib.parse import urlsplit

from aml_nb.core.plane.starting import Plane

_ANSWER_S = 30.0


def reload(plane: Plane) -> None:
    """Have it look at the schedules now; where that fails it looks a few seconds later by itself."""
    from aml_nb.core.authentication import AbstractAuthentication

    connection = http.client.HTTPConnection(urlsplit(plane.url).netloc, timeout=_ANSWER_S)
    with suppress(OSError, http.client.HTTPException):
        connection.request("POST", "/control/reload", headers=AbstractAuthentication().get_authentication_header())
        connection.getresponse().read()
    connection.close()
