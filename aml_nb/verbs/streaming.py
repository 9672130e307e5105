"""Services as they go on, in a terminal: lines until the service is gone or somebody has seen enough."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aml_nb.display import text
from aml_nb.display.answers import AtLeast, log_tone
from aml_nb.errors import UsageError, WebserviceException
from aml_nb.verbs import COMMAND

if TYPE_CHECKING:
    from aml_nb.verbs.context import Context

_LOG_S, _STATUS_S = 0.3, 0.5


def logs(context: Context, service: Any, level: str | None, count: int) -> Any:
    """Print the last ``count`` lines of a service's log, then each line that comes."""
    from aml_nb.display.log_stream import LogStream

    stream = LogStream(service)
    chosen = AtLeast(level) if level else None

    def look(first: bool) -> bool:
        try:
            lines = stream.read()
        except WebserviceException as error:
            _print(text.clean(error.message), "dim")
            return False
        found = chosen.take(lines) if chosen else lines
        for line in (found[-count:] if count > 0 else []) if first else found:
            _print(line, log_tone(line))
        return True

    return _until_enough(context, look, _LOG_S)


def status(context: Context, service: Any) -> Any:
    """Print how a service is, then each change of it."""
    from aml_nb.display import service_panel
    from aml_nb.display.diagnosis import DiagnosisCard
    from aml_nb.display.service_facts import ServiceFacts

    facts = ServiceFacts(service, ("diagnosis",))

    def look(first: bool) -> bool:
        changed = facts.refresh()
        if first:
            _print(service_panel.as_text(facts), "")
        elif "head" in changed:
            said = ", ".join(filter(None, (service_panel.replicas(facts), facts.problem or facts.error)))
            line = f"{time.strftime('%H:%M:%S')} {facts.name} {facts.state}{f': {said}' if said else ''}"
            _print(line, text.tone_of(facts.state))
        if not first and "diagnosis" in changed and facts.diagnosis is not None:
            _print(DiagnosisCard(facts.diagnosis, context.surface == COMMAND).as_text(), "")
        return not facts.gone

    return _until_enough(context, look, _STATUS_S)


def _until_enough(context: Context, look: Callable[[bool], bool], pause: float) -> Any:
    """Look again and again; Ctrl-C is how one has seen enough, and no error."""
    if context.json:
        raise UsageError("--follow goes on with text; it cannot be JSON", hint="leave --json or --follow out")
    try:
        first = True
        while look(first):
            first = False
            time.sleep(pause)
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    return 0 if context.surface == COMMAND else None


def _print(line: str, tone: str) -> None:
    said = text.harmless(line)
    sys.stdout.write((text.ansi(tone, said) if text.colours() else said) + "\n")
    sys.stdout.flush()
