"""Why a script failed, with the line of it: read from its exit code and from the end of its log."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import NamedTuple

from aml_nb.core.runs.keeper.ending import Ending
from aml_nb.core.runs.spec import RunSpec
from aml_nb.errors import Source

_FRAME = re.compile(r'^\s+File "(.+?)", line (\d+)', re.MULTILINE)
_RAISED = re.compile(r"^(?:\w+\.)*(\w+)(?:: (.*))?$")
_TOP = "Traceback (most recent call last):"
_SHOWN = 5
TAIL = 1 << 16
"""How much of a log is looked at."""

_MEANING = {
    "SIGSEGV": "a segmentation fault in compiled code",
    "SIGABRT": "compiled code gave up",
    "SIGILL": "a program for another processor",
    "SIGBUS": "a bus error, often a full disk or shared memory",
    "SIGTERM": "somebody ended it",
    "SIGINT": "somebody interrupted it",
    "SIGHUP": "its terminal went away",
}


class Raised(NamedTuple):
    """An exception as the log tells it."""

    kind: str
    message: str
    frames: list[tuple[str, int]]
    text: str


def explain(spec: RunSpec, work: Path, code: int, log: bytes, out_of_memory: bool) -> Ending:
    """How a script that did not end well ended."""
    text = log.decode("utf-8", "replace")
    number = -code if code < 0 else code - 128 if (spec.shell or spec.scheduler) and code > 128 else 0
    if number:
        return Ending.failed(_killed(number, out_of_memory) + _last(text), exitCode=code, hint=_hint(number))
    raised = _raised(text)
    if raised is None:
        what = "command" if spec.shell else "script"
        return Ending.failed(
            f"User program failed: the {what} ended with exit code {code}.{_last(text)}", exitCode=code
        )
    source = _source(raised, spec, work)
    message = f"User program failed with {raised.kind}" + (f": {raised.message}" if raised.message else "")
    if source is not None:
        message += f"\n{source}"
    return Ending.failed(
        message,
        exitCode=code,
        file=source and source.path,
        line=source and source.line,
        first=source and source.first,
        lines=source and list(source.lines),
        debugInfo={"type": raised.kind, "message": raised.message, "stackTrace": raised.text},
    )


def oom_kills() -> int:
    """How often the kernel has killed a process for want of memory: in our own group, else on this machine."""
    for path, word in (("/sys/fs/cgroup/memory.events", "oom_kill"), ("/proc/vmstat", "oom_kill")):
        try:
            with open(path, encoding="ascii") as file:
                for line in file:
                    if line.split()[0] == word:
                        return int(line.split()[1])
        except (OSError, ValueError, IndexError):
            continue
    return 0


def _raised(text: str) -> Raised | None:
    """The last exception of the log, if the log ends with one."""
    frames = list(_FRAME.finditer(text))
    if not frames:
        return None
    start = text.rfind(_TOP)
    if start < 0 or start > frames[-1].start():
        start = frames[-1].start()  # a syntax error of the script itself has no heading
    found = None
    after = text[frames[-1].end() :].splitlines()
    for number, line in enumerate(after[1:], 1):
        match = _RAISED.match(line)
        if match and not line.startswith(" "):
            rest = [match[2] or "", *_continued(after[number + 1 :])]
            found = Raised(match[1], "\n".join(rest).strip(), [], "")
            break
    if found is None:
        return None
    block = text[start:]
    places = [(match[1], int(match[2])) for match in _FRAME.finditer(block)]
    return found._replace(frames=places, text=block.strip())


def _continued(lines: list[str]) -> list[str]:
    """More lines of an exception's message; what processes print at their end is not of it."""
    return lines[:10] if len(lines) <= 10 else []


def _source(raised: Raised, spec: RunSpec, work: Path) -> Source | None:
    """The innermost line that is in the user's own files, under the path that they have."""
    for file, line in reversed(raised.frames):
        path = Path(work, file)
        name = os.path.relpath(os.path.realpath(path), os.path.realpath(work))
        if name.startswith("..") or "site-packages" in Path(name).parts or not path.is_file():
            continue  # a library's, or no file at all: <string>, <frozen importlib._bootstrap>
        read = Source.read(str(path), line)
        shown = os.path.join(spec.source_directory or "", name)
        return Source(shown, line, read.first, read.lines)
    return None


def _killed(number: int, out_of_memory: bool) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if name == "SIGKILL":
        if out_of_memory:
            return "The script was killed by the kernel (SIGKILL): the machine was out of memory."
        return "The script was killed (SIGKILL): by somebody, or for want of memory."
    meaning = _MEANING.get(name)
    return f"The script was ended by {name}" + (f": {meaning}." if meaning else ".")


def _hint(number: int) -> str | None:
    if number == signal.SIGKILL:
        return "read less data at once, or run fewer things at a time"
    return None


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()][-_SHOWN:]
    return " Its last lines:\n" + "\n".join(lines) if lines else " It printed nothing."
