"""Run one magic: its line into words, the verb, the answer as the cell's value."""

from __future__ import annotations

import sys
from typing import Any

from aml_nb.errors import UsageError
from aml_nb.magics import Session
from aml_nb.magics.words import check_variables, words
from aml_nb.verbs import Verb


def run(verb: Verb, session: Session, line: str, cell: str | None) -> Any:
    """Run the verb; an error leaves as an exception, so that the cell fails."""
    context = session.context
    context.cell = cell
    if cell is not None and not line.strip() and not verb.bare:
        raise UsageError(f"%%{verb.name} needs a name", hint=verb.parser(context.surface).usage_line())
    if cell is not None and verb.magic == "both" and line.split()[0] != "run":
        raise UsageError(f"%%{verb.name} {line.split()[0]} takes no cell", hint=f"%{verb.name} {line}")
    variables = visible(session.shell.user_ns)
    check_variables(line, variables)
    return verb.run(words(line, variables, lambda word: expand(word, variables)), context)


def visible(user_ns: dict[str, Any]) -> dict[str, Any]:
    """The variables where the magic was called: the user's, and those of the function around it."""
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_name not in ("run_line_magic", "run_cell_magic"):
        frame = frame.f_back  # type: ignore[assignment]
    caller = frame.f_back if frame is not None else None
    if caller is None or caller.f_globals is not user_ns or caller.f_locals is user_ns:
        return user_ns
    return {**user_ns, **caller.f_locals}


def expand(word: str, variables: dict[str, Any]) -> str:
    """``{expression}`` and ``$name`` as IPython expands them; a word that cannot be stays as it was typed."""
    from IPython.utils.text import DollarFormatter

    try:
        return str(DollarFormatter().vformat(word, args=[], kwargs=dict(variables)))
    except Exception:  # the expression is the user's: it may raise anything
        return word
