"""Paths in a datastore: always relative to its root, with slashes, and never out of it."""

from __future__ import annotations

import posixpath
from typing import Any

from aml_nb.errors import UserErrorException


def inside(path: Any, what: str = "path") -> str:
    """The path as the datastore has it: no dots, no slash at either end, "" for the root.

    Parameters
    ----------
    path : what the user gave, a str or a path; None is the root.
    what : how the user called it, for the error.

    Raises
    ------
    UserErrorException : it leads out of the datastore, or it is no path.
    """
    if path is None:
        return ""
    text = str(path)
    if "\0" in text:
        raise UserErrorException(f"{what} {text!r} holds a zero byte.", hint="give a path of letters and slashes")
    normal = posixpath.normpath(text.lstrip("/")) if text.strip("/") else "."
    if normal == ".." or normal.startswith("../"):
        raise UserErrorException(f"{what} {text!r} leads out of the datastore.", hint="give a path without '..'")
    return "" if normal == "." else normal


def join(*parts: str) -> str:
    """Parts of a path in a datastore put together; empty ones are left out."""
    return "/".join(part for part in parts if part)
