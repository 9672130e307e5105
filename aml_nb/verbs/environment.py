"""``%%environment NAME``: the cell, a conda specification or pip requirements, becomes an environment."""

from __future__ import annotations

import os
import re
import tempfile
from argparse import Namespace
from pathlib import Path
from typing import Any

from aml_nb.display.objects import EnvironmentCard, EnvironmentTable
from aml_nb.errors import AmlError, UsageError
from aml_nb.verbs.context import Context
from aml_nb.verbs.known import names_of
from aml_nb.verbs.parser import Parser, near_text

EXAMPLES = {
    "magic": """examples:
  %%environment sklearn-env --register           the cell is a conda specification ...
  %%environment light --pip                      ... or pip requirements, one a line
  %environment sklearn-env                       show it
  %environment                                   list them""",
    "command": """examples:
  aml-nb environment
  aml-nb environment sklearn-env --file env.yml --register""",
}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.add("name", metavar="NAME", nargs="?", completes="environment", help="the environment; without: list them")
    parser.add("--curated", action="store_true", help="list v1's ready-made environments too")
    parser.add("--file", metavar="FILE", completes="file", help="read the specification from a file")
    parser.add("--register", action="store_true", help="keep it in the workspace as a new version")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--conda", action="store_true", help="it is a conda specification (YAML)")
    kind.add_argument("--pip", action="store_true", help="it is pip requirements; default: seen from the text")


def run(args: Namespace, context: Context) -> Any:
    """Make, show or list."""
    text = _text(args, context)
    if text is None:
        return _show(args, context)
    if not args.name:
        raise UsageError("the environment needs a name", hint="%%environment NAME")
    environment = _make(args.name, text, args.pip or not (args.conda or is_conda(text)))
    if args.register:
        environment = environment.register(context.workspace)
    return EnvironmentCard(environment, verdict(environment))


def _text(args: Namespace, context: Context) -> str | None:
    if args.file:
        try:
            return Path(args.file).read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot read {args.file!r}: {error.strerror or error}") from None
    return context.cell


def is_conda(text: str) -> bool:
    """Whether the text is a conda specification: it has ``dependencies:``, ``name:`` or ``channels:``."""
    return re.search(r"^\s*(dependencies|name|channels)\s*:", text, re.M) is not None


def _make(name: str, text: str, pip: bool) -> Any:
    from aml_nb.core.environment import Environment

    if not text.strip():
        raise UsageError("the specification is empty", hint="dependencies: ... or one requirement a line")
    handle, path = tempfile.mkstemp(suffix=".txt" if pip else ".yml")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        make = Environment.from_pip_requirements if pip else Environment.from_conda_specification
        return make(name, path)
    except AmlError as error:
        error.message = error.message.replace(path, "the specification")
        raise
    finally:
        os.unlink(path)


def _show(args: Namespace, context: Context) -> Any:
    from aml_nb.core.environment import Environment

    if not args.name:
        own = {name for name, *_ in context.workspace._store.versioned("environment").list()}
        listed = Environment.list(context.workspace)
        return EnvironmentTable([e for name, e in listed.items() if args.curated or name in own])
    return EnvironmentCard(shown := find_environment(context, args.name), verdict(shown))


def find_environment(context: Context, text: str) -> Any:
    """The environment that ``name``, ``name:version`` or a variable means."""
    from aml_nb.core.environment import Environment

    given = getattr(text, "value", None)
    if isinstance(given, Environment):
        return given
    name, _, version = text.partition(":")
    try:
        return Environment.get(context.workspace, name, version or None)
    except AmlError as error:
        error.message += near_text(name, names_of("environment", context.workspace))
        error.hint = "%environment  (lists them), or %%environment NAME --register"
        raise


def verdict(environment: Any) -> str:
    """Whether the running interpreter satisfies the environment, and what it lacks."""
    from aml_nb.core.resolve import unsatisfied

    lacking = unsatisfied(environment)
    if not lacking:
        return "the running interpreter satisfies it; services start in it at once"
    return f"needs an environment of its own ({'; '.join(lacking)}); the first deployment makes it"
