"""Text as a string of another language: whatever it holds, it stays one literal with the same characters."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def python(text: str) -> str:
    """A Python string in ASCII, between the quotes that need fewer backslashes."""
    return ascii(text)


def shell(text: str) -> str:
    """One word of a POSIX shell, which knows no NUL."""
    return shlex.quote(text.replace("\0", ""))


def javascript(text: str) -> str:
    """A JavaScript string that may also stand between the <script> tags of a page."""
    return re.sub(r"<(?=[/!])", r"\\u003c", json.dumps(text))


def go(text: str) -> str:
    """A Go string: characters beyond U+FFFF are one escape of eight digits there."""
    return _quoted(text, lambda code: f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def csharp(text: str) -> str:
    """A C# string."""
    return _quoted(text, lambda code: f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def java(text: str) -> str:
    """A Java string.

    Java turns ``\\u000a`` into a line break before it looks for strings, so what is below U+0080 is written in
    octal digits, and what is beyond U+FFFF as its two halves.
    """
    return _quoted(text, _java)


def _java(code: int) -> str:
    if code < 0x80:
        return f"\\{code:03o}"
    units = chr(code).encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _quoted(text: str, escape: Callable[[int], str]) -> str:
    return '"' + "".join(_letter(letter, escape) for letter in text) + '"'


def _letter(letter: str, escape: Callable[[int], str]) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter in _SHORT:
        return _SHORT[letter]
    return letter if " " <= letter <= "~" else escape(ord(letter))
