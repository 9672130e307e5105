"""The lines that an upload or a download prints, in v1's words."""

from __future__ import annotations

import sys
import time

EVERY_SECONDS = 0.1


class Progress:
    """Prints what becomes of each file; many lines at once, for a notebook pays for each write.

    Parameters
    ----------
    verb : ``Upload`` or ``Download``.
    total : how many files there are.
    show : whether anything is printed.
    """

    def __init__(self, verb: str, total: int, show: bool) -> None:
        self.count = 0
        self._verb, self._total, self._show = verb, total, show
        self._lines: list[str] = []
        self._written = 0.0

    def __enter__(self) -> Progress:
        if self._verb == "Upload":
            self._say(f"Uploading an estimated of {self._total} files")
        return self

    def starting(self, path: str) -> None:
        """A file is about to be copied."""
        self._say(f"{self._verb}ing {path}")

    def done(self, path: str) -> None:
        """A file is there."""
        self.count += 1
        self._say(f"{self._verb}ed {path}, {self.count} files out of an estimated total of {self._total}")

    def skipped(self, target: str) -> None:
        """A file was there already and stays as it is."""
        what = "Target" if self._verb == "Upload" else "Path"
        self._say(f"{what} already exists. Skipping {self._verb.lower()} for {target}")

    def __exit__(self, *failure: object) -> None:
        if failure[0] is None:
            self._say(f"{self._verb}ed {self.count} files")
        self.write()

    def _say(self, line: str) -> None:
        if not self._show:
            return
        self._lines.append(line)
        if time.monotonic() - self._written > EVERY_SECONDS:
            self.write()

    def write(self) -> None:
        """Print what is held back; called before what may take long."""
        if self._lines:
            text = "\n".join([*self._lines, ""])
            # A file name may hold bytes that are no text; what prints it must not fail for that.
            sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8"))
            sys.stdout.flush()
            self._lines.clear()
            self._written = time.monotonic()
