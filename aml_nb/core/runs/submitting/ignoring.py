"""Which files of a folder stay behind: the patterns of ``.amlignore``, or of ``.gitignore`` where there is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

FILES = (".amlignore", ".gitignore")


def rules(folder: Path) -> Callable[[str, bool], bool]:
    """A function that says whether a path (relative, with slashes; is it a folder?) stays behind."""
    for name in FILES:
        try:
            lines = (folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            continue
        patterns = [found for line in lines if (found := _pattern(line)) is not None]
        return lambda path, is_folder: _ignored(patterns, path, is_folder)
    return lambda path, is_folder: False


def _ignored(patterns: list[tuple[re.Pattern[str], bool, bool]], path: str, is_folder: bool) -> bool:
    """The last pattern that fits decides."""
    for pattern, folders_only, back_in in reversed(patterns):
        if (is_folder or not folders_only) and pattern.fullmatch(path):
            return not back_in
    return False


def _pattern(line: str) -> tuple[re.Pattern[str], bool, bool] | None:
    """A line as (what fits, folders only, back in)."""
    text = line.rstrip()
    if not text or text.startswith("#"):
        return None
    back_in = text.startswith("!")
    text = text[1:] if back_in else text.removeprefix("\\")
    folders_only, text = text.endswith("/"), text.rstrip("/")
    if not text:
        return None
    anywhere = "/" not in text
    prefix = "(?:.*/)?" if anywhere else ""
    try:
        return re.compile(prefix + _regex(text.lstrip("/"))), folders_only, back_in
    except re.error:  # such as [z-a], which fits nothing
        return None


def _regex(text: str) -> str:
    made, place = "", 0
    while place < len(text):
        here = text[place:]
        if here.startswith("**/"):
            made, place = made + "(?:.*/)?", place + 3
        elif here.startswith("**"):
            made, place = made + ".*", place + 2
        elif here[0] == "*":
            made, place = made + "[^/]*", place + 1
        elif here[0] == "?":
            made, place = made + "[^/]", place + 1
        elif here[0] == "[" and "]" in here[2:]:
            end = here.index("]", 2)
            inside = here[1:end].replace("\\", "\\\\")
            made, place = made + "[" + ("^" + inside[1:] if inside[0] == "!" else inside) + "]", place + end + 1
        else:
            made, place = made + re.escape(here[0]), place + 1
    return made
