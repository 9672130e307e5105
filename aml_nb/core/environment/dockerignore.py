"""What a ``.dockerignore`` leaves out of a build context, by Docker's own rules."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aml_nb.errors import UserErrorException

FILE = ".dockerignore"


@dataclass(frozen=True)
class Ignored:
    """The lines of a ``.dockerignore``: a pattern each, and whether it takes files back in."""

    patterns: tuple[tuple[re.Pattern[str], bool], ...] = ()

    @classmethod
    def of(cls, lines: Iterable[str]) -> Ignored:
        """Read the lines; comments and blank ones say nothing."""
        found = []
        for line in lines:
            text = line.strip()
            if line.startswith("#") or not text:
                continue
            back = text.startswith("!")
            pattern = posixpath.normpath(text[back:].strip()).lstrip("/")
            if pattern not in ("", "."):
                found.append((_compiled(pattern), back))
        return cls(tuple(found))

    @classmethod
    def read(cls, folder: Path) -> Ignored:
        """Those of a folder; none where it has no such file."""
        try:
            return cls.of((folder / FILE).read_text(encoding="utf-8-sig").splitlines())
        except FileNotFoundError:
            return cls()

    @property
    def takes_back(self) -> bool:
        """Whether what is in a folder that is left out may be taken in again."""
        return any(back for _, back in self.patterns)

    def __call__(self, path: str) -> bool:
        """Whether a path (relative, with slashes) is left out: the last line that speaks of it or of a folder above
        it decides."""
        parts = path.split("/")
        above = ["/".join(parts[:number]) for number in range(1, len(parts) + 1)]
        out = False
        for pattern, back in self.patterns:
            if out == back and any(pattern.fullmatch(place) for place in above):
                out = not back
        return out


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(_expression(pattern))
    except re.error as error:
        raise UserErrorException(
            f"{pattern!r} in {FILE} is no pattern: {error.msg}.", hint="one name or pattern a line, as **/*.csv"
        ) from None


def _expression(pattern: str) -> str:
    """A pattern of Docker's as a regular expression: ``*`` and ``?`` stop at slashes, ``**`` does not."""
    made, position = [], 0
    while position < len(pattern):
        rest = pattern[position:]
        if rest.startswith("**"):
            position += 2
            if pattern[position : position + 1] == "/":
                position += 1
                made.append("(?:.*/)?")
            else:
                made.append(".*")
            continue
        group = re.match(r"\[(\^?)((?:\\.|[^\]\\])+)\]", rest)
        if rest[0] == "\\" and len(rest) > 1:
            made.append(re.escape(rest[1]))
            position += 2
        elif group is not None:
            made.append(f"[{group[1]}{_within(group[2])}]")
            position += group.end()
        else:
            made.append({"*": "[^/]*", "?": "[^/]"}.get(rest[0]) or re.escape(rest[0]))
            position += 1
    return "".join(made)


def _within(group: str) -> str:
    """What stands between brackets, where Python gives some characters a meaning of its own."""
    return re.sub(r"\\.|[\[&~|^]", lambda found: found[0] if found[0][0] == "\\" else f"\\{found[0]}", group)
