"""The end of a log, however long it is."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import BinaryIO

from aml_nb.display import text

LOG_FOLDERS = ("user_logs", "azureml-logs", "logs", "system_logs")
"""Where a run has its logs among its files, in the order in which they are shown."""
MOST_LINES = 200
MOST_BYTES = 64 * 1024
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class LogTail:
    """A log's last lines; ``whole`` says whether they are all there are."""

    name: str
    size: int
    lines: tuple[str, ...]
    whole: bool

    @property
    def note(self) -> str:
        """What is not shown."""
        from aml_nb.display.images import size

        return "" if self.whole else f"the last {len(self.lines)} lines of {size(self.size)}"


def tail(name: str, file: BinaryIO, known: LogTail | None = None, most: int = MOST_LINES) -> LogTail:
    """The last lines of an open log; what is known is given back where the log has not grown."""
    size = file.seek(0, io.SEEK_END)
    if known is not None and known.size == size:
        return known
    start = max(0, size - max(MOST_BYTES, most * 400))
    file.seek(start)
    lines = readable(file.read(size - start)).split("\n")
    if start:
        del lines[0]  # the end of a line
    if lines and not lines[-1]:
        del lines[-1]
    return LogTail(name, size, tuple(lines[-most:] if most > 0 else ()), not start and len(lines) <= most)


def readable(data: bytes) -> str:
    """What a log says, without colours and control characters; of a line that was written over, what stood last."""
    lines = _COLOURS.sub("", data.decode("utf-8", "replace")).replace("\r\n", "\n").split("\n")
    return "\n".join(text.harmless(line.rstrip("\r").rpartition("\r")[2]) for line in lines)
