"""``aml-nb azureml enable|disable|status|coverage``: the name ``azureml`` in this Python environment."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from aml_nb.display.text import Text
from aml_nb.verbs.context import Context
from aml_nb.verbs.parser import Parser

EXAMPLES = {"command": "examples:\n  aml-nb azureml enable\n  aml-nb azureml status"}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, summary in (
        ("enable", "let `import azureml` reach aml_nb, by one .pth file"),
        ("disable", "take that file away"),
        ("status", "whether it does, and where a genuine azureml is"),
        ("coverage", "which names of SDK v1 are there and which are not"),
    ):
        verbs.add_parser(name, help=summary).set_defaults(run=globals()[f"run_{name}"])


def run_enable(args: Namespace, context: Context) -> Any:
    """Write the .pth file."""
    import sys

    from aml_nb import alias

    return Text(f"`import azureml` reaches aml_nb in every process of {sys.prefix}, by {alias.enable()}.")


def run_disable(args: Namespace, context: Context) -> Any:
    """Remove the .pth file."""
    from aml_nb import alias

    removed = alias.disable()
    return Text(f"Removed {removed}." if removed else f"It was not enabled: there is no {alias.pth_path()}.")


def run_status(args: Namespace, context: Context) -> Any:
    """Who answers to ``import azureml``."""
    from aml_nb import alias

    return alias.status()


def run_coverage(args: Namespace, context: Context) -> Any:
    """How much of SDK v1 is there."""
    from aml_nb import coverage

    return coverage.report()
