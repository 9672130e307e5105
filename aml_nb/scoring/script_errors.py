"""What can go wrong in a user's script, told with the line of theirs where it did.

ScoringError           a request that fails; knows what the caller reads and the HTTP status
├── InputError         the body is not what run() takes (400, 405, 415)
├── RunError           run() raised (500, x-ms-run-function-failed: True)
└── ResultError        what run() returned cannot be sent (500)
EntryScriptError       the script cannot be served at all; ``code`` says why
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from types import TracebackType

from aml_nb.errors import AmlError, Source
from aml_nb.scoring.package_names import package_of
from aml_nb.scoring.request import Reply

_OURS = os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + os.sep
_INSTALLED = tuple(
    f"{os.sep}{part}" for part in (f"site-packages{os.sep}", f"dist-packages{os.sep}", f"lib{os.sep}python3.")
)

_MOST_TOLD = 8_000

SCRIPT_FAILED = "An unexpected error occurred in scoring script. Check the logs for more info."
SERVER_FAILED = "An unexpected internal error occurred. Check the logs for more info."


class Interruption(BaseException):
    """Raised by the server inside run() to end it; everything else that comes out of run() is a RunError."""


class ScoringError(AmlError):
    """A request that cannot be answered; ``answer`` is what the caller reads, ``traceback`` is for the log."""

    code, status = "scoring", 500
    run_failed = False

    def __init__(
        self,
        message: str,
        *,
        answer: str | None = None,
        hint: str | None = None,
        source: Source | None = None,
        traceback: str = "",
    ) -> None:
        super().__init__(message, hint=hint, source=source)
        self.answer = message if answer is None else answer
        self.traceback = traceback

    def reply(self) -> Reply:
        """The HTTP answer that v1's server gives."""
        body = json.dumps({"message": self.answer}).encode()
        return Reply(self.status, body, run_failed=self.run_failed)


class InputError(ScoringError):
    """The request is not what run() takes."""

    code, status = "input", 400

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class RunError(ScoringError):
    """run() raised; the message has the exception and the line of the script."""

    code = "run-failed"
    run_failed = True

    @classmethod
    def wrap(cls, error: BaseException, roots: Sequence[str] = ()) -> RunError:
        """Tell of ``error``, which came out of run(), by the user's own lines."""
        source = user_source(error, roots)
        return cls(
            f"{where(source)}run() raised {describe(error)}",
            answer=SCRIPT_FAILED,
            source=source,
            traceback=user_traceback(error),
        )


class ResultError(ScoringError):
    """What run() returned cannot be written as JSON."""

    code = "result"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, answer=SERVER_FAILED, hint=hint)


class EntryScriptError(AmlError):
    """The entry script cannot be served.

    ``code`` is one of script-not-found, script-syntax, script-import, script-no-init, script-no-run,
    script-signature, init-failed. ``traceback`` holds the user's frames, without ours.
    """

    code, status = "script-import", 500

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        source: Source | None = None,
        traceback: str = "",
    ) -> None:
        super().__init__(message, hint=hint, source=source)
        self.code = code
        self.traceback = traceback


def describe(error: BaseException) -> str:
    """``ValueError: text``, or the class alone where there is no text, or none that can be had."""
    try:
        text = error.message if isinstance(error, AmlError) else str(error)
    except Exception:
        text = ""
    text = shortened(writable(text))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def shortened(text: str) -> str:
    """``text`` without its middle where an exception tells of megabytes."""
    return text if len(text) <= 2 * _MOST_TOLD else f"{text[:_MOST_TOLD]} … {text[-_MOST_TOLD:]}"


def writable(text: str) -> str:
    """``text`` with halves of characters, which no log and no page takes, written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def where(source: Source | None) -> str:
    """``score.py, line 4: `` or nothing."""
    return f"{source.path}, line {source.line}: " if source else ""


def read_source(path: str, line: int, roots: Sequence[str] = ()) -> Source:
    """The user's lines around ``line``; the path is told as the user knows it, relative to their folder."""
    return Source.read(path, line)._replace(path=short_path(path, roots))


def short_path(path: str, roots: Sequence[str]) -> str:
    """``path`` relative to the first root it lies in."""
    real = os.path.realpath(path)
    for root in roots:
        if real.startswith(root + os.sep):
            return os.path.relpath(real, root)
    return path


def user_source(error: BaseException, roots: Sequence[str] = ()) -> Source | None:
    """The innermost line of the user's own code that ``error`` passed through."""
    if isinstance(error, SyntaxError) and error.filename and is_users(error.filename, roots):
        return read_source(error.filename, error.lineno or 1, roots)
    found: tuple[str, int] | None = None
    for path, line in _frames(error.__traceback__):
        if is_users(path, roots):
            found = (path, line)
    return read_source(found[0], found[1], roots) if found else None


def is_users(path: str, roots: Sequence[str] = ()) -> bool:
    """Whether a file is the user's own code: in one of ``roots`` and neither installed nor ours."""
    if path.startswith("<") or not (os.path.isabs(path) or os.path.exists(path)):
        return False  # code that was compiled elsewhere tells of a file that is not here
    real = os.path.realpath(path)
    if real.startswith(_OURS):
        return False
    if roots and not any(real.startswith(root + os.sep) for root in roots):
        return False
    inside = next((real[len(root) :] for root in roots if real.startswith(root + os.sep)), real)
    return not any(part in inside for part in _INSTALLED)


def user_traceback(error: BaseException) -> str:
    """The traceback as Python prints it, with the frames of the server and of the import system left out."""
    told = traceback.TracebackException.from_exception(error)
    seen: set[int] = set()
    links = [told]
    while links:
        link = links.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        link.stack[:] = [frame for frame in link.stack if not _machinery(frame.filename)]
        links += [other for other in (link.__cause__, link.__context__) if other is not None]
    text = "".join(told.format())
    return shortened(writable(text.replace(str(error), error.message) if isinstance(error, AmlError) else text))


def _machinery(path: str) -> bool:
    return path.startswith("<frozen ") or os.path.realpath(path).startswith(_OURS)


def _frames(tb: TracebackType | None) -> Iterator[tuple[str, int]]:
    while tb is not None:
        yield tb.tb_frame.f_code.co_filename, tb.tb_lineno
        tb = tb.tb_next


def module_hint(error: ImportError) -> str | None:
    """What to add to the environment when a module is missing."""
    name = (error.name or "").partition(".")[0]
    if not isinstance(error, ModuleNotFoundError) or not name or name in sys.stdlib_module_names:
        return None
    return f"environment.python.conda_dependencies.add_pip_package({package_of(error.name or name)!r})"
