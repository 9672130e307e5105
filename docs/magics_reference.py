"""Write ``docs/magics.md`` from the parsers of the verbs: ``python docs/magics_reference.py``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from aml_nb.verbs import MAGIC, VERBS, Verb

PAGE = Path(__file__).with_name("magics.md")
HEAD = """# Magics and commands

Every verb exists as a magic and, with the same words, as an `aml-nb` command. `%verb?` or
`aml-nb verb --help` shows what stands here.

<!-- Written by docs/magics_reference.py from the parsers; a test holds the two together. -->
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for verb in VERBS.values():
        parts.extend(section(verb))
    return "\n".join(parts).rstrip() + "\n"


def section(verb: Verb) -> Iterator[str]:
    """A verb: its heading, its arguments, its examples, and its own verbs."""
    parser = verb.parser(MAGIC if verb.magic else "command")
    yield f"\n## `{parser.prog}`\n\n{verb.summary}.\n"
    yield from arguments(parser)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from subsections(action)
    if parser.epilog:
        yield f"```text\n{parser.epilog}\n```\n"


def subsections(action: argparse._SubParsersAction[argparse.ArgumentParser]) -> Iterator[str]:
    helps = {choice.dest: choice.help for choice in action._choices_actions}
    for name, parser in action.choices.items():
        yield f"### `{parser.prog}`\n\n{(helps.get(name) or '').capitalize()}.\n"
        yield from arguments(parser)


def arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    """A table of what the parser takes; nothing where it takes nothing."""
    rows = [row(action) for action in parser._actions if shown(action)]
    if rows:
        yield "\n".join(["| argument | |", "|---|---|", *rows, ""])


def shown(action: argparse.Action) -> bool:
    hidden = action.help == argparse.SUPPRESS or "--help" in action.option_strings
    return not hidden and not isinstance(action, argparse._SubParsersAction)


def row(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
    if action.choices and action.metavar is None:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    if not action.option_strings:
        words = f"[{value}]" if action.nargs in ("?", "*") else value
    else:
        words = ", ".join(action.option_strings) + (f" {value}" if value else "")
    help_text = (action.help or "").replace("|", "\\|")
    return f"| `{words}` | {help_text} |".replace("`|", "`\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
