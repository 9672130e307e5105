"""Run one magic: its line into words, the verb, the answer as the cell's value."""

from __future__ import annotations

from typing import Any

from aml_nb.errors import UsageError
from aml_nb.magics import Session
from aml_nb.magics.words import words
from aml_nb.verbs import Verb


def run(verb: Verb, session: Session, line: str, cell: str | None) -> Any:
    """Run the verb; an error leaves as an exception, so that the cell fails."""
    context = session.context
    context.cell = cell
    shell = session.shell
    if cell is not None and not line.strip():
        raise UsageError(f"%%{verb.name} needs a name", hint=verb.parser(context.surface).usage_line())
    if cell is not None and verb.magic == "both" and line.split()[0] != "run":
        raise UsageError(f"%%{verb.name} {line.split()[0]} takes no cell", hint=f"%{verb.name} {line}")
    return verb.run(words(line, shell.user_ns, lambda word: shell.var_expand(word, depth=1)), context)
