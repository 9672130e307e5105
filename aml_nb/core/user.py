"""Who is at work, for ``created_by``."""

from __future__ import annotations

import getpass
import os


def user() -> str:
    """The user's name; their number in a container that has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}"
