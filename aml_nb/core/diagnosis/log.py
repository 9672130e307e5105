"""What a service's log says: its lines by who wrote them, and the requests that failed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_STAMPED = re.compile(r"^(?:\S+ )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+) ([DIWEC]) \[(\d+)\] (\S+) - (.*)$")
_ANSWERED = re.compile(r"^([A-Z]+) (\S+) (\d{3}) ([\d.]+)ms (-?\d+)(?: (.*))?$")
_OLDER = re.compile(r'"(GET|POST|OPTIONS|HEAD) (\S+) HTTP/[\d.]+" (\d{3})')
_LOST = re.compile(r"^(502): (.*)$")
_BEGINS = re.compile(
    r"Service \S+, revision (\d+), listens|Revision (\d+) serves; revision|Rolling out revision (\d+)\."
)
RAISED = "Encountered Exception: "
SUPERVISOR = "supervisor"


@dataclass(frozen=True)
class Entry:
    """A line that the server wrote, with the lines below it that have no stamp of their own."""

    when: str
    level: str
    process: int
    writer: str
    text: str


@dataclass(frozen=True)
class Request:
    """A request and how it was answered.

    ``told`` is what the worker said just before: the exception, or what is wrong with the input.
    """

    method: str
    path: str
    status: int
    identity: str = ""
    told: str = ""
    line: str = ""


def entries(log: str) -> list[Entry]:
    """The lines with a stamp; what a script printed goes with the line above it."""
    found: list[tuple[re.Match[str], list[str]]] = []
    for line in log.splitlines():
        match = _STAMPED.match(line)
        if match is not None:
            found.append((match, [match[5]]))
        elif found:
            found[-1][1].append(line)
    return [Entry(m[1], m[2], int(m[3]), m[4], "\n".join(text)) for m, text in found]


def since_revision(log: str, revision: int) -> str:
    """The part of the log that is about a revision, as far as it can be told."""
    lines = log.splitlines(keepends=True)
    for number in range(len(lines) - 1, -1, -1):
        match = _BEGINS.search(lines[number]) if SUPERVISOR in lines[number] else None
        if match is not None and int(match[1] or match[2] or match[3]) == revision:
            return "".join(lines[number:])
    return log


def requests(log: str) -> Iterator[Request]:
    """The requests that the log tells of, in their order."""
    told: dict[int, str] = {}
    written = entries(log)
    for entry in written:
        first = entry.text.partition("\n")[0]
        answered = _ANSWERED.match(first)
        if answered is not None:
            method, path, status, _, _, identity = answered.groups()
            yield Request(method, path, int(status), identity or "", told.pop(entry.process, ""), first)
        elif entry.writer.startswith(SUPERVISOR) and (lost := _LOST.match(first)) is not None:
            yield Request("POST", "/score", 502, told=lost[2], line=first)
        elif entry.level in "WE":
            told[entry.process] = entry.text
    if not written:
        yield from _of_another_server(log)


def _of_another_server(log: str) -> Iterator[Request]:
    """Requests in the log of an image whose server is not ours: what stands between two of them is the first's."""
    told: list[str] = []
    for line in log.splitlines():
        match = _OLDER.search(line)
        if match is None:
            told.append(line)
            continue
        yield Request(match[1], match[2], int(match[3]), told="\n".join(told), line=line)
        told = []


def of_concern(request: Request) -> bool:
    """Whether a request failed that somebody meant: browsers ask for icons, and robots for anything."""
    if request.status < 400 or request.status == 405:
        return False
    return request.status != 404 or request.method == "POST"
