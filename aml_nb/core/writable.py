"""Text that can be UTF-8: JSON may have halves of characters, which no page, table or terminal takes."""

from __future__ import annotations

from typing import Any


def writable(value: Any) -> Any:
    """A text with halves of characters written out, also where it is inside dictionaries and lists."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {writable(key): writable(each) for key, each in value.items()}
    return [writable(each) for each in value] if isinstance(value, list) else value
