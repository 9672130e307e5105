"""``%%score_script FILE`` and ``aml-nb score-script FILE``: check an entry script, write it, try it."""

from __future__ import annotations

import os
from argparse import Namespace
from keyword import iskeyword
from pathlib import Path
from typing import Any

from aml_nb.core.inference.entry_check import EntryCheck, check_entry_script
from aml_nb.display.base import Card
from aml_nb.errors import UsageError
from aml_nb.verbs import MAGIC
from aml_nb.verbs.context import Context
from aml_nb.verbs.known import names_of
from aml_nb.verbs.parser import Parser

EXAMPLES = {
    "magic": """examples:
  %%score_script score.py                        write the cell, when it can serve
  %%score_script score.py --sample '{"data": [[5.1, 3.5, 1.4, 0.2]]}'
  %score_script score.py                         check the file that is there""",
    "command": """examples:
  aml-nb score-script score.py
  aml-nb score-script score.py --sample @request.json --model iris:2""",
}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.add("file", metavar="FILE", completes="python", help="the entry script, a .py file")
    parser.add("--sample", metavar="JSON", completes="file", help="run init and run on this body: JSON, @FILE or $name")
    parser.add(
        "--model", metavar="NAME[:VERSION]", action="append", completes="model",
        help="a model that the sample needs; default: those the script names",
    )  # fmt: skip
    parser.add("--check", action="store_true", help="only check; write nothing")
    if surface == MAGIC:
        parser.add("--append", action="store_true", help="add the cell to the end of FILE")
        parser.add("--force", action="store_true", help="write it even where the check finds problems")


def run(args: Namespace, context: Context) -> Any:
    """Check the script; write it when there is a cell; run the sample when there is one."""
    path = Path(args.file)
    check_name(path)
    text = script_text(args, context, path)
    check = check_entry_script(text, args.file, lambda: names_of("model", context.workspace))
    if not getattr(args, "force", False):
        check.raise_problems()
    if context.cell is not None and not args.check:
        write(path, text)
        context.last_script = args.file
    card = check_card(args, context, check, text)
    if args.sample is None:
        return card
    from aml_nb.verbs.sample import run_sample

    answer = run_sample(context, path, args.sample, args.model or check.models, text if args.check else None)
    context.say(card.as_text())
    return answer


def check_name(path: Path, verb: str = "score_script") -> None:
    """Refuse a name that no entry script can have."""
    if path.suffix != ".py" or not path.stem.isidentifier() or iskeyword(path.stem):
        raise UsageError(
            f"{str(path)!r} cannot be an entry script: it must be a .py file whose name can be imported",
            hint=f"%%{verb} score.py",
        )


def script_text(args: Namespace, context: Context, path: Path, verb: str = "score_script") -> str:
    """The script as it is to be: the cell, behind what is in the file with ``--append``, or the file."""
    if context.cell is None:
        return read(path, verb)
    cell = context.cell if context.cell.endswith("\n") else context.cell + "\n"
    if not args.append:
        return cell
    before = read(path, verb) if path.exists() else ""
    return before + ("" if before.endswith("\n") or not before else "\n") + cell


def read(path: Path, verb: str = "score_script") -> str:
    """The script's text, whatever encoding its first lines declare."""
    import tokenize

    try:
        with tokenize.open(path) as file:
            return file.read()
    except FileNotFoundError:
        raise UsageError(f"there is no file {str(path)!r}", hint=f"write it with %%{verb} FILE") from None
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {str(path)!r}: {error}") from error


def write(path: Path, text: str) -> None:
    """Replace the file in one step; where that is refused nothing has changed."""
    path = path.resolve()  # a link keeps pointing to the script
    staged = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            staged.write_text(text, encoding="utf-8")
            if path.exists():
                os.chmod(staged, path.stat().st_mode & 0o777)
            os.replace(staged, path)
        finally:
            staged.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot write {str(path)!r}: {error.strerror or error}", hint="choose a folder that you may write to"
        ) from error


def check_card(args: Namespace, context: Context, check: EntryCheck, text: str) -> Card:
    """What was checked and, where there is a cell, written."""
    wrote = context.cell is not None and not args.check
    rows = [
        ("models", ", ".join(check.models)),
        ("helpers", ", ".join(f"{name} (beside it)" for name in check.helpers)),
    ]
    notes = [f"line {p.line}: {p.message}" if p.line else p.message for p in check.problems]
    what = "wrote" if wrote else "checked"
    data = {
        "file": args.file, "written": wrote, "models": check.models, "helpers": check.helpers,
        "problems": [{"line": p.line, "message": p.message} for p in check.problems],
    }  # fmt: skip
    return Card(what, f"{args.file} ({len(text.splitlines())} lines)", rows, None, notes, data)
