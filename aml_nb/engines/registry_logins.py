"""Logins of the registries that base images are pulled from, as the environments of this process name them.

They are kept in memory alone: what describes a service or an image is written down, and may be shown to others.
"""

from __future__ import annotations

_known: dict[str, dict[str, str]] = {}


def remember(image: str, username: str, password: str) -> None:
    """Have the login of an image's registry at hand for as long as this process lives."""
    _known[image] = {"username": username, "password": password}


def of(image: str) -> dict[str, str] | None:
    """The login for an image; None where no environment named one, and Docker's own (``docker login``) counts."""
    return _known.get(image)
