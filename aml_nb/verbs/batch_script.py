"""``%%batch_script FILE``: check the entry script of a batch, write it, try it on the first mini-batch."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from aml_nb.errors import AmlError, Source, UsageError, UserErrorException
from aml_nb.verbs import MAGIC
from aml_nb.verbs.batch_data import find_data
from aml_nb.verbs.context import Context
from aml_nb.verbs.known import names_of
from aml_nb.verbs.parser import Parser
from aml_nb.verbs.score_script import check_card, check_name, script_text, write
from aml_nb.verbs.train import arguments_of

EXAMPLES = {
    "magic": """examples:
  %%batch_script batch/score.py                  write the cell, when it can score mini-batches
  %%batch_script batch/score.py --try patients   ... and run it on the first mini-batch of a dataset
  %batch_script batch/score.py --try ./data --mini-batch-size 3
The script has init(), called once a process, and run(mini_batch): a list of paths, or a DataFrame of a table;
it returns a list, an array or a DataFrame with an element for each file or row. %batch run scores everything.""",
    "command": """examples:
  aml-nb batch-script batch/score.py
  aml-nb batch-script batch/score.py --try patients --param threshold=0.5""",
}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.add("file", metavar="FILE", completes="python", help="the entry script, a .py file")
    parser.add(
        "--try", dest="data", metavar="DATA", completes="data",
        help="run it on the first mini-batch of a dataset, a folder or $dataset",
    )  # fmt: skip
    parser.add("--mini-batch-size", metavar="SIZE", help="files of it, or bytes of a table: 5, 10KB")
    parser.add("--param", metavar="NAME=VALUE", action="append", help="call it with --NAME VALUE; may be given again")
    parser.add("--check", action="store_true", help="only check; write nothing")
    if surface == MAGIC:
        parser.add("--append", action="store_true", help="add the cell to the end of FILE")
        parser.add("--force", action="store_true", help="write it even where the check finds problems")


def run(args: Namespace, context: Context) -> Any:
    """Check the script; write it when there is a cell; try it when there is data."""
    from aml_nb.core.pipelines.parallel.script_check import check_batch_script

    path = Path(args.file).expanduser()
    check_name(path, "batch_script")
    _check_options(args)
    data = None if args.data is None else find_data(context, args.data)
    text = script_text(args, context, path, "batch_script")
    check = check_batch_script(text, args.file, lambda: names_of("model", context.workspace))
    if not getattr(args, "force", False):
        check.raise_problems()
    if context.cell is not None and not args.check:
        write(path, text)
    card = check_card(args, context, check, text)
    if data is None:
        return card
    tried = _try(args, context, path, text, data)
    if not context.quiet:
        context.say(card.as_text())
    return tried


def _check_options(args: Namespace) -> None:
    if args.data is None:
        for option in ("mini_batch_size", "param"):
            if getattr(args, option) is not None:
                raise UsageError(
                    f"--{option.replace('_', '-')} goes with --try", hint=f"%%batch_script {args.file} --try DATA"
                )
    arguments_of(args.param)


def _try(args: Namespace, context: Context, path: Path, text: str, data: tuple[Any, str]) -> Any:
    from aml_nb.core.pipelines.parallel.trying import try_script
    from aml_nb.display.batch import TriedCard
    from aml_nb.verbs.batch_run import in_words

    dataset, name = data
    with in_words():
        tried = try_script(
            context.workspace, path, text, dataset,
            name=name, mini_batch_size=args.mini_batch_size, arguments=arguments_of(args.param),
        )  # fmt: skip
    if tried.error is not None and tried.error.get("kind") != "short":
        raise _failure(args, tried)
    return TriedCard(str(args.file), tried)


def _failure(args: Namespace, tried: Any) -> AmlError:
    error = tried.error
    message = f"the first mini-batch failed: {error['message']}"
    if tried.printed.strip():
        message += f"\nprinted:\n{tried.printed.rstrip()}"
    hint = error.get("hint") or f"mend {args.file} and run the cell again"
    return UserErrorException(message, source=Source.told(error), hint=hint)
