"""The records of delimited text, however badly it is formed.

A quote opens a field only where the field begins, spaces left out of account; one that is not closed within so many
lines was none, and its line is a record of its own. Empty lines are no records.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator

LONGEST_FIELD = 256 << 20
OPEN_LINES = 100
"""How many lines a field may go over, where it was not said that fields do so."""


def records(
    lines: Iterable[str], separator: str, most_lines: int = OPEN_LINES, cut: bool = False
) -> Iterator[list[str]]:
    """The records of lines.

    Parameters
    ----------
    lines : with their line breaks.
    separator : between fields; one sign or more.
    most_lines : over how many lines a field may go.
    cut : whether the lines end somewhere within the text; a record that is open there is left out.
    """
    if csv.field_size_limit() < LONGEST_FIELD:  # one limit for the whole process; a higher one harms nobody
        csv.field_size_limit(LONGEST_FIELD)
    source, waiting = iter(lines), deque[str]()
    while True:
        line = waiting.popleft() if waiting else next(source, None)
        if line is None:
            return
        if "\0" in line:
            line = line.replace("\0", "")
        if '"' not in line:
            if plain := line.rstrip("\r\n"):
                yield plain.split(separator)
            continue
        if not is_open(line, separator, False):
            yield _fields(line, separator)
            continue
        held, closed = _gather(line, source, waiting, separator, most_lines)
        if closed:
            yield _fields("".join(held), separator)
        elif not (cut and len(held) < most_lines):
            waiting.extendleft(reversed(held[1:]))
            yield line.rstrip("\r\n").split(separator)


def is_open(line: str, separator: str, inside: bool) -> bool:
    """Whether a quoted field goes on after a line; ``inside`` says whether one does before it."""
    at = 0
    while True:
        if inside:
            at = line.find('"', at)
            if at < 0:
                return True
            if line.startswith('""', at):
                at += 2
                continue
            inside = False
        elif line.startswith('"', _after_spaces(line, at)):
            inside, at = True, _after_spaces(line, at) + 1
            continue
        at = line.find(separator, at)
        if at < 0:
            return False
        at += len(separator)


def is_plain(line: str, separator: str) -> bool:
    """Whether a line is a record which everybody reads alike: not empty, its quotes around whole fields."""
    if not line:
        return False
    at = 0
    while True:
        start = _after_spaces(line, at)
        if line.startswith('"', start):
            end = _closing(line, start)
            at = _after_spaces(line, end + 1)
            if end < 0 or not (at == len(line) or line.startswith(separator, at)):
                return False
        at = line.find(separator, at)
        if at < 0:
            return True
        at += len(separator)


def _after_spaces(line: str, at: int) -> int:
    while line.startswith(" ", at):
        at += 1
    return at


def _closing(text: str, start: int) -> int:
    """Where the quote at ``start`` is closed; -1 where it is not."""
    end = text.find('"', start + 1)
    while end >= 0 and text.startswith('""', end):
        end = text.find('"', end + 2)
    return end


def _gather(
    line: str, source: Iterator[str], waiting: deque[str], separator: str, most_lines: int
) -> tuple[list[str], bool]:
    """The lines that a quoted field goes over, and whether it ends there."""
    held = [line]
    while len(held) < most_lines:
        more = waiting.popleft() if waiting else next(source, None)
        if more is None:
            return held, False
        held.append(more.replace("\0", ""))
        if not is_open(held[-1], separator, True):
            return held, True
    return held, False


def _fields(text: str, separator: str) -> list[str]:
    if len(separator) == 1 and ' "' not in text and '" ' not in text:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    return list(_split(text.rstrip("\r\n"), separator))


def _split(text: str, separator: str) -> Iterator[str]:
    """The fields of one record with what the csv module does not know: spaces around quotes, longer separators."""
    at = 0
    while True:
        start = _after_spaces(text, at)
        quoted = text.startswith('"', start)
        end = _closing(text, start) if quoted else at
        end = len(text) if end < 0 else end
        stop = text.find(separator, end)
        stop = len(text) if stop < 0 else stop
        rest = text[end + 1 : stop]
        if quoted and start > at and rest.strip(" "):  # spaces, quotes and more: then the quotes are signs like others
            quoted, stop = False, text.find(separator, at)
            stop = len(text) if stop < 0 else stop
        yield text[start + 1 : end].replace('""', '"') + (rest if rest.strip(" ") else "") if quoted else text[at:stop]
        if stop >= len(text):
            return
        at = stop + len(separator)
