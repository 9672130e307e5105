"""Exceptions as a log tells them: Python's tracebacks, and the server's sentences about what a script raised."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

MOST_TOLD = 1_000
"""So many characters of an exception's message are looked at and shown."""

_BEGINS = re.compile(r"^(\s*)(?:\S.* )?Traceback \(most recent call last\):\s*$")
_FRAME = re.compile(r'^\s*(?:[+|] )?File "([^"]+)", line (\d+)(?:, in (.+))?$')
_RAISED = re.compile(r"^\s*(?:[+|] )?((?:[A-Za-z_<][\w<>]*\.)*[A-Za-z_]\w*)(?:: (.*))?$")
_SAID = re.compile(
    r"(?P<stage>init\(\)|run\(\)|importing the script) raised (?P<kind>[A-Za-z_][\w.]*)(?:: (?P<text>.*))?$"
)
_LINKS = ("During handling of the above exception", "The above exception was the direct cause")


@dataclass(frozen=True)
class Raised:
    """One exception.

    ``kind`` is its class without the module, ``frames`` are (file, line) from the outermost to the innermost,
    ``texts`` what stands in those lines, and ``earlier`` are those that it was raised from or while they were handled,
    oldest first.
    """

    kind: str
    message: str
    frames: tuple[tuple[str, int], ...] = ()
    texts: tuple[str, ...] = ()
    earlier: tuple[Raised, ...] = ()

    @property
    def told(self) -> str:
        """As Python's last line has it."""
        return f"{self.kind}: {self.message}" if self.message else self.kind

    def chain(self) -> tuple[Raised, ...]:
        """It and what it came from, the newest first."""
        return (self, *reversed(self.earlier))

    def passed(self, *parts: str) -> bool:
        """Whether it went through a file whose path has one of these parts."""
        return any(part in file for link in self.chain() for file, _ in link.frames for part in parts)


def last_raised(text: str) -> Raised | None:
    """The last exception that the text tells, with those that led to it; None where it tells none."""
    found: list[tuple[Raised, bool]] = []
    lines = text.splitlines()
    number, linked = 0, False
    while number < len(lines):
        if any(link in lines[number] for link in _LINKS):
            linked = True
        elif (begins := _BEGINS.match(lines[number])) is not None:
            raised, number = _block(lines, number + 1, len(begins[1]))
            if raised is not None:
                found.append((raised, linked))
            linked = False
            continue
        number += 1
    return _joined(found)


def said_to_raise(sentence: str) -> tuple[str, Raised] | None:
    """What the server's own sentence says: ``init()``, ``run()`` or ``importing the script``, and the exception."""
    first, _, rest = sentence.partition("\n")
    match = _SAID.search(first)
    if match is None:
        syntax = re.search(r"(?:^|: )(?P<kind>SyntaxError|IndentationError|TabError): (?P<text>.*)$", first)
        return None if syntax is None else ("importing the script", Raised(syntax["kind"], syntax["text"].strip()))
    text = "\n".join([match["text"] or "", *_message_lines(rest.splitlines())])
    return match["stage"], Raised(match["kind"].rpartition(".")[2], text.strip()[:MOST_TOLD])


def _message_lines(lines: list[str]) -> list[str]:
    """The lines of a message, up to where something else begins."""
    kept: list[str] = []
    for line in lines:
        if _BEGINS.match(line) or re.match(r"^\S.*, line \d+$", line):
            break
        kept.append(line)
    return kept


def _block(lines: list[str], number: int, margin: int) -> tuple[Raised | None, int]:
    """Read from the line after ``Traceback``: the exception, and the number of the line after it."""
    frames: list[tuple[str, int]] = []
    texts: list[str] = []
    while number < len(lines):
        line = lines[number]
        frame = _FRAME.match(line)
        if frame is not None:
            frames.append((frame[1], int(frame[2])))
            texts.append("")
        elif line.strip() and len(line) - len(line.lstrip()) <= margin:
            break
        elif texts and not texts[-1]:
            texts[-1] = line.strip()
        number += 1
    if number == len(lines):
        return None, number
    match = _RAISED.match(lines[number])
    if match is None:
        return None, number
    text, number = [match[2] or ""], number + 1
    while number < len(lines) and _goes_on(lines[number]):
        text.append(lines[number])
        number += 1
    message = "\n".join(text).strip()[:MOST_TOLD]
    return Raised(match[1].rpartition(".")[2], message, tuple(frames), tuple(texts)), number


def _goes_on(line: str) -> bool:
    """Whether a line belongs to the message above it: not where a log's or another traceback's line begins."""
    return not (
        _BEGINS.match(line)
        or re.match(r"^(?:\S+ )?\d{4}-\d\d-\d\d[ T]", line)
        or any(link in line for link in _LINKS)
        or re.match(r"^\S.*, line \d+$", line)
        or line.startswith(("Try: ", "-->"))
    )


def _joined(found: list[tuple[Raised, bool]]) -> Raised | None:
    """The last one, with the ones before it as far as it says that it came from them."""
    if not found:
        return None
    earlier: list[Raised] = []
    position = len(found) - 1
    while position > 0 and found[position][1]:
        position -= 1
        earlier.insert(0, found[position][0])
    last = found[-1][0]
    return replace(last, earlier=tuple(earlier))
