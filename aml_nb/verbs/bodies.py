"""The body of a request, from what was typed: JSON, ``@file`` or a variable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aml_nb.errors import UsageError


def body_bytes(given: Any) -> bytes:
    """The body as it goes over the wire.

    A variable that is text or bytes goes as it is, any other object as JSON; text that was typed must be JSON.
    """
    value = getattr(given, "value", given)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if hasattr(given, "value"):
        return value.encode() if isinstance(value, str) else _json(value)
    if not isinstance(given, str):
        return _json(given)
    if given.startswith("@"):
        return _file(Path(given[1:]).expanduser())
    if given.startswith("$"):
        raise UsageError(f"no variable {given!r} in this notebook", hint="define it in a cell, or type the JSON")
    try:
        json.loads(given)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"the body is no JSON: {error}", hint="""'{"data": [[1, 2]]}', @FILE, or $name for a variable"""
        ) from None
    return given.encode()


def looks_like_body(word: Any) -> bool:
    """Whether the word is a body and not a service's name."""
    if hasattr(word, "value"):
        return not (isinstance(word.value, str) and word.value.isidentifier())
    return isinstance(word, str) and (word[:1] in '{["@$' or word[:1].isdigit() or word in ("null", "true", "false"))


def _json(value: Any) -> bytes:
    from aml_nb.verbs.jsonable import as_json

    try:
        return as_json(value).encode()
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"the variable cannot be written as JSON: {error}", hint='json.dumps({"data": ...}) makes a body'
        ) from None


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
