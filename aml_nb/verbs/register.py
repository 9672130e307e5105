"""``%register NAME PATH``: a file or a folder becomes a new version of a model."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from aml_nb.errors import UsageError
from aml_nb.verbs.context import Context
from aml_nb.verbs.known import pairs
from aml_nb.verbs.parser import Parser

EXAMPLES = {
    "magic": """examples:
  %register iris model.pkl --tag area=flowers --description 'iris, random forest'
  model = %register iris outputs --framework ScikitLearn --framework-version 1.4""",
    "command": "examples:\n  aml-nb register iris model.pkl --tag area=flowers",
}
FRAMEWORKS = ("Custom", "TensorFlow", "ScikitLearn", "Onnx", "TfKeras", "PyTorch", "Multi")


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.add("name", metavar="NAME", completes="model", help="the model's name; its versions count up")
    parser.add("path", metavar="PATH", completes="file", help="the file or folder")
    parser.add("--tag", metavar="KEY=VALUE", action="append", help="a tag; may be given again")
    parser.add("--property", metavar="KEY=VALUE", action="append", help="a property, which never changes")
    parser.add("--description", metavar="TEXT", help="what the model is")
    parser.add("--framework", choices=FRAMEWORKS, help="what made it")
    parser.add("--framework-version", metavar="VERSION", help="that framework's version")


def run(args: Namespace, context: Context) -> Any:
    """Register it and return the Model."""
    from aml_nb.core.model import Model

    if not Path(args.path).expanduser().exists():
        raise UsageError(f"there is nothing at {args.path!r}{_near(args.path)}", hint="%register NAME PATH")
    if args.framework_version and not args.framework:
        raise UsageError("--framework-version needs --framework", hint=f"--framework {'|'.join(FRAMEWORKS)}")
    return Model.register(
        context.workspace,
        model_path=str(Path(args.path).expanduser()),
        model_name=args.name,
        tags=pairs(args.tag, "--tag"),
        properties=pairs(args.property, "--property"),
        description=args.description,
        model_framework=args.framework,
        model_framework_version=args.framework_version,
    )


def _near(path: str) -> str:
    from aml_nb.verbs.parser import near_text

    folder = Path(path).expanduser().parent
    return near_text(Path(path).name, [entry.name for entry in folder.iterdir()] if folder.is_dir() else [])
