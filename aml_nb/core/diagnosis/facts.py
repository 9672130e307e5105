"""All that is known of a service when it is asked what is wrong with it."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from aml_nb.core.diagnosis import log as logs
from aml_nb.core.diagnosis import places
from aml_nb.core.diagnosis.model_files import Model, models_in, models_of
from aml_nb.core.diagnosis.tracebacks import Raised, last_raised, said_to_raise
from aml_nb.engines.base import ServiceError, ServiceSpec
from aml_nb.engines.snapshot import layout
from aml_nb.errors import Source
from aml_nb.masking import without_login
from aml_nb.scoring.no_code import framework_of

_SILENT = ("container-ended",)
"""What the engine says of an image with a server of its own, whose log alone tells what was raised."""
IMPORT, INIT, RUN = "import", "init", "run"
_STAGES = {"importing the script": IMPORT, "init()": INIT, "run()": RUN}
_REPEATED = re.compile(r"supervisor - Worker \d+ is gone: ")
"""How the supervisor tells once more what the worker has told."""
_MOST_EVIDENCE, _LONGEST = 8, 400


@dataclass(frozen=True)
class Facts:
    """What the engine says, what the log says, what was deployed.

    Attributes
    ----------
    error : why the service, or its newest revision, does not run; None where it does.
    request : the request that failed, where the service itself is well.
    log : the end of what the service wrote, as far as it is about the revision in question.
    root : the folder of the revision.
    environment : the packages that were asked for; None where the service runs in the notebook's own Python.
    deaths : how workers of it ended a short while ago.
    failing : how many requests failed, of how many.
    endpoint : the endpoint of which this is a version.
    rebooted : the machine was started since the service was last heard of.
    """

    name: str
    spec: ServiceSpec
    engine: str = "process"
    error: ServiceError | None = None
    request: logs.Request | None = None
    log: str = ""
    root: Path | None = None
    environment: tuple[str, ...] | None = None
    deaths: tuple[str, ...] = ()
    failing: tuple[int, int] = (0, 0)
    endpoint: str | None = None
    rebooted: bool = False

    @property
    def called(self) -> str:
        """The name by which it is called and found."""
        return self.endpoint or self.name

    @cached_property
    def code(self) -> str:
        """The engine's word for what went wrong; empty where a request did."""
        return self.error.code if self.error is not None else ""

    @cached_property
    def message(self) -> str:
        """What went wrong, as the engine or the worker says it."""
        if self.error is not None:
            return self.error.message
        return self.request.told if self.request is not None else ""

    @cached_property
    def told(self) -> str:
        """Everything that was said of this failure: the message, and the traceback where there is one."""
        more = self.error.traceback if self.error is not None else None
        return f"{self.message}\n{more}" if more else self.message

    @cached_property
    def stage(self) -> str:
        """Where the script was when it raised: ``import``, ``init``, ``run``, or nothing."""
        said = said_to_raise(_sentence(self.message))
        if said is not None:
            return _STAGES[said[0]]
        if self.request is not None:
            return RUN
        if self.code in _SILENT and self.raised is not None:
            return INIT
        return {"init-failed": INIT, "script-import": IMPORT, "script-syntax": IMPORT}.get(self.code, "")

    @cached_property
    def raised(self) -> Raised | None:
        """The exception behind the failure."""
        said = said_to_raise(_sentence(self.message))
        printed = last_raised(self.told)
        if said is None:
            return printed or (last_raised(self.log) if self.code in _SILENT else None)
        if printed is None or printed.kind != said[1].kind:
            return said[1]
        return replace(printed, kind=said[1].kind, message=said[1].message)

    @cached_property
    def where(self) -> Source | None:
        """The line of the user's script that failed."""
        source = places.source_of(self.error, self.spec, self.root) if self.error is not None else None
        if source is not None or self.raised is None:
            return source
        links = self.raised.chain()
        return next((found for link in links if (found := places.source_in(link.frames, self.spec))), None)

    @cached_property
    def line(self) -> str:
        """The text of that line."""
        source = self.where
        if source is not None and 0 <= source.line - source.first < len(source.lines):
            return source.lines[source.line - source.first].strip()
        return self._printed_line()

    def _printed_line(self) -> str:
        """The same where the file is gone: Python printed it with the traceback."""
        for link in self.raised.chain() if self.raised is not None else ():
            mine = [
                text
                for (file, _), text in zip(link.frames, link.texts, strict=True)
                if places.user_path(file, self.spec) is not None
            ]
            if mine:
                return mine[-1]
        return ""

    @cached_property
    def script(self) -> ast.Module | None:
        """The entry script as it ran; None where it cannot be read."""
        for path in (self.script_copy, places.script_path(self.spec)):
            try:
                with open(path or "", encoding="utf-8", errors="replace") as file:
                    return ast.parse(file.read())
            except (OSError, SyntaxError, ValueError):
                continue
        return None

    @cached_property
    def script_copy(self) -> str | None:
        """The copy of the entry script that the service runs."""
        if self.root is None:
            return None
        return str(self.root / layout(self.spec, self.root).entry_script)

    @cached_property
    def shown_script(self) -> str:
        """The entry script as its user types it."""
        return shown(places.script_path(self.spec))

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """The models in the service, with their files: those that lie there, or else those that were asked for."""
        return models_in(self.root) or models_of(self.spec)

    @cached_property
    def framework(self) -> str | None:
        """v1's name of the framework of a service without a script of the user's; None where there is a script."""
        return framework_of(self.spec.entry_script)

    @property
    def local(self) -> bool:
        """Whether it is a local web service."""
        return self.spec.kind == "LOCAL"

    def evidence(self, *parts: str | re.Pattern[str]) -> tuple[str, ...]:
        """The lines of the log, or else of the error, that have one of these parts; the last ones."""
        for text in (self.log, self.told):
            found = [line for line in text.splitlines() if _has(line, parts)]
            own = [line for line in found if not _REPEATED.search(line)]
            if found:
                return clean_lines((own or found)[-_MOST_EVIDENCE:])
        return ()

    def logged(self, pattern: str) -> re.Match[str] | None:
        """The last place in the log, or in the error, that a pattern fits."""
        for text in (self.told, self.log):
            found = list(re.finditer(pattern, text))
            if found:
                return found[-1]
        return None


def shown(path: str) -> str:
    """A path as its user types it."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def clean_lines(lines: Iterable[str]) -> tuple[str, ...]:
    """Lines that others wrote, each once, fit to be shown, and none without an end."""
    kept = dict.fromkeys(clean(line).rstrip() for line in lines)
    return tuple(line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …" for line in kept if line.strip())


def clean(text: str) -> str:
    """Text that others wrote, without logins and without what moves a terminal's cursor."""
    return without_login("".join(c if c.isprintable() or c in "\n\t" else " " for c in text))


def _sentence(text: str) -> str:
    return text.removeprefix(logs.RAISED)


def _has(line: str, parts: tuple[str | re.Pattern[str], ...]) -> bool:
    return any(part in line if isinstance(part, str) else part.search(line) for part in parts if part)
