"""``aml-nb down``: end the workspace's control plane."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from aml_nb.verbs.context import Context
from aml_nb.verbs.parser import Parser

EXAMPLES = {"command": "examples:\n  aml-nb down\n  aml-nb down --workspace course"}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes: nothing of its own."""


def run(args: Namespace, context: Context) -> Any:
    """End it; runs that it has started go on."""
    from aml_nb.core import plane
    from aml_nb.display.text import Text

    workspace = context.workspace
    if plane.down(workspace):
        return Text(f"Ended the control plane of the workspace {workspace.name}. Runs that it has started go on.")
    return Text(f"The control plane of the workspace {workspace.name} is not running.")
