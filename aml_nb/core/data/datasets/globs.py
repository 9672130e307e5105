"""Patterns of paths: ``*`` and ``?`` stay within one folder, ``**`` goes through all below, ``[ab]`` is one of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

_MAGIC = re.compile(r"[*?\[]")


def has_pattern(path: str) -> bool:
    """Whether a path has a pattern in it."""
    return _MAGIC.search(path) is not None


def split(path: str) -> tuple[str, str]:
    """The folder above the first pattern, and the rest; the rest is empty where there is no pattern."""
    parts = path.split("/")
    for index, part in enumerate(parts):
        if has_pattern(part):
            return "/".join(parts[:index]), "/".join(parts[index:])
    return path, ""


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """What a whole relative path must match; a pattern that ends in ``/`` means everything below."""
    if pattern.endswith("/"):
        pattern += "**"
    return re.compile("".join(_translate(pattern)), re.DOTALL)


def depth(pattern: str) -> int | None:
    """How many folders deep a match can lie; None where there is no bound."""
    return None if "**" in pattern or pattern.endswith("/") else pattern.count("/") + 1


def walk(folder: str, levels: int | None = None) -> Iterator[str]:
    """The files below a folder, relative to it and with ``/``, sorted; links to folders are followed once each."""
    yield from _walk(folder, "", levels, frozenset({os.path.realpath(folder)}))


def _walk(folder: str, base: str, levels: int | None, above: frozenset[str]) -> Iterator[str]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if not entry.is_dir():
            if entry.is_file():
                yield base + entry.name
        elif levels is None or levels > 1:
            real = os.path.realpath(entry.path) if entry.is_symlink() else None
            if real not in above:
                below = None if levels is None else levels - 1
                seen = above | {real or os.path.realpath(entry.path)}
                yield from _walk(entry.path, f"{base}{entry.name}/", below, seen)


def _translate(pattern: str) -> Iterator[str]:
    index = 0
    while index < len(pattern):
        if pattern.startswith("**/", index):
            yield "(?:[^/]+/)*"
            index += 3
        elif pattern.startswith("**", index):
            yield ".+"
            index += 2
        elif pattern[index] in "*?":
            yield "[^/]*" if pattern[index] == "*" else "[^/]"
            index += 1
        elif pattern[index] == "[" and (end := pattern.find("]", index + 2)) > 0:
            inside = pattern[index + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            yield "[^" + inside[1:] + "]" if inside[0] in "!^" else f"[{inside}]"
            index = end + 1
        else:
            yield re.escape(pattern[index])
            index += 1
