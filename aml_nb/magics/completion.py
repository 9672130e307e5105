"""Complete a magic's line from the verb's own parser and from what is in the workspace."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aml_nb.errors import AmlError
from aml_nb.magics import Session
from aml_nb.verbs import MAGIC, VERBS
from aml_nb.verbs.known import names_of
from aml_nb.verbs.parser import Parser

_OURS = re.compile(rf"^\s*(?:[\w.,\s]+=\s*)?%%?(?P<verb>{'|'.join(VERBS)})(?P<rest>\s.*)$", re.S)


def match(session: Session, context: Any) -> Any:
    """IPython's matcher: only lines that are one of our magics, and there nobody else."""
    found = _OURS.match(context.text_until_cursor)
    if found is None or VERBS[found["verb"]].magic is None:
        return {"completions": []}
    *before, word = re.split(r"\s+", found["rest"].lstrip()) if found["rest"].strip() else [""]
    candidates = complete(VERBS[found["verb"]].parser(MAGIC), before, word, session)
    return _result(candidates, word, context.token)


def _result(candidates: Iterable[str], word: str, token: str) -> Any:
    from IPython.core.completer import SimpleCompletion

    chosen = [c for c in dict.fromkeys(candidates) if c.startswith(word)]
    return {
        "completions": [SimpleCompletion(c, type="magic") for c in chosen],
        "suppress": True,
        "matched_fragment": word,
        "ordered": True,
    }


def complete(parser: Parser, before: list[str], word: str, session: Session | None = None) -> list[str]:
    """What may stand where ``word`` begins, after the words before it."""
    parser, before = _innermost(parser, before)
    options = parser._option_string_actions
    last = before[-1] if before else ""
    if "=" in word and word.split("=")[0] in options:
        option, value = word.split("=", 1)
        return [f"{option}={v}" for v in values(options[option], value, session)]
    if last in options and _takes_value(options[last]):
        return values(options[last], word, session)
    if word.startswith("-"):
        return [o for o in options if o.startswith("--") or len(word) == 2]
    positional = _next_positional(parser, before)
    found = values(positional, word, session) if positional else []
    return found or [o for o in options if o.startswith("--") and not word]


def _innermost(parser: Parser, before: list[str]) -> tuple[Parser, list[str]]:
    """Go down into the sub-verb that was typed."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for position, word in enumerate(before):
                if word in action.choices:
                    return _innermost(action.choices[word], before[position + 1 :])
    return parser, before


def _takes_value(action: argparse.Action) -> bool:
    return action.nargs != 0


def _next_positional(parser: Parser, before: list[str]) -> argparse.Action | None:
    options = parser._option_string_actions
    count, skip = 0, False
    for word in before:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = "=" not in word and word in options and _takes_value(options[word])
        else:
            count += 1
    positionals = [action for action in parser._actions if not action.option_strings]
    if count < len(positionals):
        return positionals[count]
    return positionals[-1] if positionals and positionals[-1].nargs in ("*", "+") else None


def values(action: argparse.Action, word: str, session: Session | None) -> list[str]:
    """What the argument may be: its choices, files, variables, or names of things that exist."""
    if action.choices is not None:
        return [str(choice) for choice in action.choices]
    kind = getattr(action, "completes", None)
    if kind is None:
        return []
    if word.startswith("$") and session is not None:
        return [f"${name}" for name in session.shell.user_ns if not name.startswith("_")]
    if word.startswith("@"):
        return [f"@{name}" for name in files(word[1:])]
    if kind in ("file", "folder", "python"):
        return files(word, kind)
    names = _names(kind, session) if session is not None else []
    if kind == "data":
        names = [*names, *files(word, "folder")]
    given, equals, _ = word.rpartition("=")
    return [f"{given}={name}" for name in names] if equals else names


def _names(kind: str, session: Session) -> list[str]:
    """Names of things that exist; a workspace that cannot be read completes nothing."""
    try:
        workspace = session.context.workspace_if_any()
        return names_of(kind, workspace) if workspace is not None else []
    except (AmlError, OSError):
        return []


def files(word: str, kind: str = "file") -> list[str]:
    """Paths that begin with the word; folders end in ``/``."""
    folder, _, start = word.rpartition("/")
    root = Path(folder + "/") if folder or word.startswith("/") else Path()
    try:
        entries = sorted(root.expanduser().iterdir())
    except OSError:
        return []
    prefix = f"{folder}/" if folder or word.startswith("/") else ""
    found = []
    for entry in entries:
        if entry.name.startswith(".") and not start.startswith("."):
            continue
        if entry.is_dir():
            found.append(f"{prefix}{entry.name}/")
        elif kind == "file" or (kind == "python" and entry.suffix == ".py"):
            found.append(f"{prefix}{entry.name}")
    return found
