"""``aml-nb status``: whether the workspace's control plane runs, and what it looks after."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from aml_nb.verbs.context import Context
from aml_nb.verbs.parser import Parser

EXAMPLES = {"command": "examples:\n  aml-nb status\n  aml-nb status --json"}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes: nothing of its own."""


def run(args: Namespace, context: Context) -> Any:
    """Look, and start nothing."""
    from aml_nb.core import plane
    from aml_nb.display.planes import PlaneCard

    workspace = context.workspace
    return PlaneCard(workspace, plane.look(workspace))
