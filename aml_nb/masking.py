"""Addresses as they may be printed and kept."""

from __future__ import annotations

import re


def without_login(text: str) -> str:
    """The text with the login in each of its URLs replaced by stars; a password may hold an @ itself."""
    return re.sub(r"://[^/\s]+@", "://****@", text)
