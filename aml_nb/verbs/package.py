"""``%package NAME``: models and an entry script as a Docker image, or as a Dockerfile with its context."""

from __future__ import annotations

import contextlib
import io
from argparse import Namespace
from typing import Any

from aml_nb.display.packages import PackageCard
from aml_nb.verbs import MAGIC
from aml_nb.verbs.context import Context
from aml_nb.verbs.deploy import declare_content
from aml_nb.verbs.inference import content_of
from aml_nb.verbs.parser import Parser

EXAMPLES = {
    "magic": """examples:
  %package iris --script score.py                an image iris:latest in this machine's Docker
  package = %package iris --label 2 --model iris:2 --script score.py
  %package iris --script score.py --dockerfile ./iris-image
  %package iris --script score.py --dockerfile ./iris-function --function http""",
    "command": """examples:
  aml-nb package iris --script score.py
  aml-nb package iris --script score.py --dockerfile ./iris-image""",
}
_TRIGGERS = ("http", "blob", "service_bus_queue")


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.add("name", metavar="NAME", help="what to call the image")
    parser.add("--label", metavar="LABEL", default="latest", help="what stands behind its name (latest)")
    declare_content(parser)
    parser.add(
        "--dockerfile", metavar="FOLDER", completes="folder",
        help="write a Dockerfile with its context there, for which no Docker is needed, and build nothing",
    )  # fmt: skip
    parser.add("--function", metavar="TRIGGER", choices=_TRIGGERS, help=f"an Azure Function: {', '.join(_TRIGGERS)}")
    parser.add("--input", metavar="PATH", help="where the function reads: a blob's path, or a queue")
    parser.add("--output", metavar="PATH", help="where it writes what the script answers")
    parser.add("--auth-level", metavar="LEVEL", help="which key callers of an http function need (function)")


def run(args: Namespace, context: Context) -> Any:
    """Make it, wait for it, and return the ModelPackage."""
    from aml_nb.core.image.packaging import package

    for key in ("script", "environment", "source_dir"):
        setattr(args, key, context.default(key, getattr(args, key)))
    content = content_of(args, context)
    with contextlib.redirect_stdout(io.StringIO()) if context.quiet else contextlib.nullcontext():
        made = package(
            context.workspace,
            content.models,
            content.inference,
            args.dockerfile is not None,
            args.name,
            args.label,
            _function(args),
        )
        made.wait_for_creation(show_output=True)
        if args.dockerfile is not None:
            made.save(args.dockerfile)
    return made if context.surface == MAGIC else PackageCard(made)


def _function(args: Namespace) -> dict[str, str] | None:
    """How the Azure Function is triggered, as far as one is asked for."""
    from aml_nb.core.image import function_app
    from aml_nb.errors import UsageError

    given = {"input": args.input, "output": args.output, "auth_level": args.auth_level}
    if args.function is None:
        misplaced = [f"--{name.replace('_', '-')}" for name, value in given.items() if value is not None]
        if misplaced:
            raise UsageError(f"%package: {', '.join(misplaced)} is for --function", hint="--function http")
        return None
    names = {"blob": ("input_path", "output_path"), "service_bus_queue": ("input_queue_name", "output_queue_name")}
    input_name, output_name = names.get(args.function, ("input", "output"))
    values = {input_name: args.input, output_name: args.output, "auth_level": args.auth_level}
    return function_app.trigger(args.function, {name: value for name, value in values.items() if value is not None})
