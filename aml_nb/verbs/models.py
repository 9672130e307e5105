"""``%models [NAME]``: what is registered."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from aml_nb.display.objects import ModelTable
from aml_nb.errors import ModelNotFoundException
from aml_nb.verbs.context import Context
from aml_nb.verbs.known import names_of
from aml_nb.verbs.parser import Parser, near_text

EXAMPLES = {
    "magic": "examples:\n  %models\n  %models iris --all-versions\n  %models --tag area=flowers --tag reviewed",
    "command": "examples:\n  aml-nb models\n  aml-nb models iris --all-versions --json",
}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.add("name", metavar="NAME", nargs="?", completes="model", help="only this model")
    parser.add("--tag", metavar="KEY[=VALUE]", action="append", help="only those with this tag; may be given again")
    parser.add("--property", metavar="KEY[=VALUE]", action="append", help="only those with this property")
    parser.add("--all-versions", action="store_true", help="every version, not the latest alone")


def run(args: Namespace, context: Context) -> Any:
    """List them, the newest version of each unless all are asked for."""
    from aml_nb.core.model import Model

    found = Model.list(
        context.workspace,
        name=args.name,
        tags=_filters(args.tag),
        properties=_filters(args.property),
        latest=not args.all_versions,
    )
    if args.name and not found and not args.tag and not args.property:
        near = near_text(args.name, names_of("model", context.workspace))
        raise ModelNotFoundException(f"no model named {args.name!r} is registered{near}", hint="%models")
    return ModelTable(found)


def _filters(given: list[str] | None) -> list[Any] | None:
    """v1's filters: a key, or a list of key and value."""
    if not given:
        return None
    return [text.split("=", 1) if "=" in text else text for text in given]
