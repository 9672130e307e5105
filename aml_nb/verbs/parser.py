"""The parser behind every verb: it raises UsageError instead of leaving, and knows what each word may be."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NoReturn

from aml_nb.errors import UsageError

KINDS = (
    "model", "service", "environment", "compute", "profile", "workspace", "experiment", "run", "dataset", "datastore",
    "batch", "data", "pipeline_run", "pipeline", "schedule", "published", "file", "folder", "python",
)  # fmt: skip
"""What the value of an argument names; ``argument.completes = kind`` lets it be completed."""


class HelpRequested(Exception):
    """``-h`` was given; the text is the help."""


class _Help(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        raise HelpRequested(parser.format_help())


class Parser(argparse.ArgumentParser):
    """argparse's parser, for cells: no exit, no abbreviations, close matches for words it does not know."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(add_help=False, allow_abbrev=False)
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*args, **kwargs)
        self.color = False  # Python 3.14 colours help by itself, in cells too
        self.add_argument("-h", "--help", action=_Help, nargs=0, help="show this help")

    def add(self, *names: str, completes: str | None = None, **kwargs: Any) -> argparse.Action:
        """``add_argument``, saying also what kind of thing the value names."""
        action = self.add_argument(*names, **kwargs)
        if completes is not None:
            action.completes = completes  # type: ignore[attr-defined]
        return action

    def error(self, message: str) -> NoReturn:
        verbs = next((each.choices for each in self._actions if isinstance(each, argparse._SubParsersAction)), None)
        if verbs and message.endswith("are required: VERB"):
            raise UsageError(f"{self.prog}: the VERB is missing", hint=f"one of {', '.join(verbs)}")
        raise UsageError(f"{self.prog}: {message}", hint=self.usage_line())

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise UsageError(message or f"{self.prog} left with {status}", hint=self.usage_line())

    def usage_line(self) -> str:
        """The usage in one line."""
        return " ".join(self.format_usage().split()).removeprefix("usage: ")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self._refuse(unknown[0])
        return namespace, unknown

    def _refuse(self, word: str) -> NoReturn:
        if not word.startswith("-"):
            raise UsageError(f"{self.prog}: {word!r} is one word too many", hint=self.usage_line())
        near = near_text(word.split("=")[0], self._option_string_actions)
        raise UsageError(f"{self.prog}: no option {word!r}{near}", hint=f"{self.prog} --help")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        names = [str(choice) for choice in action.choices]
        what = action.option_strings[0] if action.option_strings else action.metavar or action.dest
        message = f"{self.prog}: {value!r} is no {str(what).lower()}{near_text(str(value), names)}"
        raise UsageError(message, hint=f"one of {', '.join(names)}")


def near_text(word: str, known: Iterable[str]) -> str:
    """``; did you mean …?`` or nothing."""
    near = get_close_matches(word, list(known), 3, 0.6)
    return f"; did you mean {' or '.join(near)}?" if near else ""


class CommandParser(Parser):
    """The same on a command line, where every verb also takes the workspace and the form of the output."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = self.add_argument_group("everywhere")
        workspace = every.add_argument(
            "--workspace", metavar="NAME", default=argparse.SUPPRESS, help="the workspace to work in"
        )
        workspace.completes = "workspace"  # type: ignore[attr-defined]
        every.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
