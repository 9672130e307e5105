"""``aml-nb up``: start the workspace's control plane."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from aml_nb.verbs.context import Context
from aml_nb.verbs.parser import Parser

EXAMPLES = {"command": "examples:\n  aml-nb up\n  aml-nb up --restart"}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.add("--restart", action="store_true", help="end the one that runs first")


def run(args: Namespace, context: Context) -> Any:
    """Start it, and say where it listens."""
    from aml_nb.core import plane
    from aml_nb.display.planes import PlaneCard

    workspace = context.workspace
    return PlaneCard(workspace, plane.restart(workspace) if args.restart else plane.up(workspace))
