"""``%%train [FILE]``: the cell is a training script; it becomes a run of an experiment."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import time
from argparse import Namespace
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

from aml_nb.errors import AmlError, UsageError
from aml_nb.verbs import MAGIC
from aml_nb.verbs.context import Context
from aml_nb.verbs.environment import find_environment
from aml_nb.verbs.finding_runs import chosen_experiment, find_dataset
from aml_nb.verbs.known import names_of, pairs
from aml_nb.verbs.parser import Parser, near_text
from aml_nb.verbs.training_script import check, place

EXAMPLES = {
    "magic": """examples:
  %%train                                        the cell runs as a script; its log streams here
  %%train --param depth=5 --param rate=$rate     it is called with --depth 5 --rate 0.1
  %%train train.py --compute cluster --no-wait   write train.py, run it on a cluster, go on meanwhile
  %%train --data iris=iris-data:2 --as run       --iris is the data's path; the Run is in the variable run
  %train src/train.py --live                     a script that is there, with its folder; a live panel
The script is a process of its own: it does not see the notebook's variables, --param hands them over.
Run.get_context() is its run; what it writes to outputs/ is kept. %experiment NAME chooses the experiment.""",
    "command": """examples:
  aml-nb train train.py --experiment iris --param depth=5
  aml-nb train src/train.py --compute cluster --no-wait --json""",
}
FIRST_EXPERIMENT = "training"


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    in_cell = surface == MAGIC
    what = "the script; a cell is written to it" if in_cell else "the script"
    parser.add("file", metavar="FILE", nargs="?" if in_cell else None, completes="python", help=what)
    parser.add("--experiment", metavar="NAME", completes="experiment", help="the experiment; default: the chosen one")
    parser.add("--compute", metavar="NAME", completes="compute", help="the compute target (local)")
    parser.add(
        "--environment", metavar="NAME[:VERSION]", completes="environment",
        help="a registered environment; default: this interpreter",
    )  # fmt: skip
    parser.add("--param", metavar="NAME=VALUE", action="append", help="call it with --NAME VALUE; may be given again")
    parser.add(
        "--data", metavar="NAME=DATASET", action="append", completes="dataset",
        help="call it with --NAME and a registered dataset's path, or $dataset; may be given again",
    )  # fmt: skip
    parser.add("--source-dir", metavar="FOLDER", completes="folder", help="a folder that goes along with the script")
    parser.add("--tag", metavar="KEY=VALUE", action="append", help="a tag of the run; may be given again")
    parser.add("--name", metavar="TEXT", help="what to call the run")
    parser.add("--wait", action=argparse.BooleanOptionalAction, default=True, help="stream its log until it ends")
    if in_cell:
        parser.add("--live", action="store_true", help="show a live panel and do not wait")
        parser.add("--as", dest="variable", metavar="VARIABLE", help="put the Run into this variable")


def run(args: Namespace, context: Context) -> Any:
    """Check the script, submit it, stream it; returns the Run."""
    from aml_nb.core.runs.experiment import Experiment
    from aml_nb.core.runs.script_run_config import ScriptRunConfig

    _check(args, context)
    workspace = context.workspace
    options: dict[str, Any] = {"compute_target": compute_of(args.compute, context)}
    if args.environment is not None:
        options["environment"] = find_environment(context, args.environment)
    arguments = [*arguments_of(args.param), *inputs_of(args.data, context)]
    experiment = Experiment(workspace, _experiment_name(args, context))
    folder, script = place(workspace, _cell(context), args.file, args.source_dir)
    config = ScriptRunConfig(folder, script=script, arguments=arguments, **options)
    submitted = experiment.submit(config, tags=pairs(args.tag, "--tag"))
    if args.name:
        submitted.display_name = args.name
    context.last_run = submitted.id
    if getattr(args, "variable", None):
        _put(context, args.variable, submitted)
    return _show(args, context, submitted, os.path.join(folder, script))


def _check(args: Namespace, context: Context) -> None:
    """Everything that can be known to be wrong before anything is written or submitted."""
    if args.file is not None and Path(str(args.file)).suffix != ".py":
        raise UsageError(f"{str(args.file)!r} is no Python script", hint="%%train train.py")
    variable = getattr(args, "variable", None)
    if variable is not None and not str(variable).isidentifier():
        raise UsageError(f"--as {variable!r} is no name for a variable", hint="--as run")
    cell = _cell(context)
    if cell is None and args.file is None:
        raise UsageError("which script?", hint="%%train with the script in the cell, or %train FILE")
    if cell is None:
        check(_read(args), str(args.file))
    else:
        check(cell, str(args.file or "the cell"), context.variables)


def _read(args: Namespace) -> str:
    from aml_nb.verbs.score_script import read

    inside = Path(args.source_dir or "").expanduser() / args.file
    path = inside if args.source_dir and inside.is_file() else Path(args.file).expanduser()
    if not path.is_file():
        near = near_text(path.name, [entry.name for entry in path.parent.glob("*.py")])
        raise UsageError(f"there is no file {str(args.file)!r}{near}", hint="%train FILE, a script that is there")
    return read(path)


def _cell(context: Context) -> str | None:
    cell = context.cell
    return cell if cell is None or cell.endswith("\n") else cell + "\n"


def _experiment_name(args: Namespace, context: Context) -> str:
    if args.experiment is not None:
        given = getattr(args.experiment, "value", args.experiment)
        return str(getattr(given, "name", given))
    chosen = chosen_experiment(context.workspace)
    if chosen is None:
        known = names_of("experiment", context.workspace)
        chosen = known[0] if len(known) == 1 else FIRST_EXPERIMENT
        context.advise(f"In the experiment {chosen}; %experiment NAME chooses another.")
    return chosen


def arguments_of(given: list[str] | None) -> list[str]:
    """``--name value`` for each ``name=value``; ``--name`` for a name alone."""
    found = []
    for text in given or []:
        name, equals, value = str(text).partition("=")
        name = name.lstrip("-")
        if not name or any(letter.isspace() for letter in name):
            raise UsageError(f"--param {str(text)!r} is not name=value", hint="--param depth=5")
        found.extend([f"--{name}", value] if equals else [f"--{name}"])
    return found


def inputs_of(given: list[str] | None, context: Context) -> list[Any]:
    """``--name`` and the dataset's named input for each ``name=dataset``; a variable has its own name."""
    found: list[Any] = []
    for text in given or []:
        name, equals, wanted = str(text).partition("=")
        held = getattr(text, "value", None)
        if held is not None:
            dataset, name = held, name if equals else str(getattr(held, "name", None) or "data")
        elif not equals:
            dataset, name = find_dataset(context.workspace, name), name.partition(":")[0]
        else:
            dataset = find_dataset(context.workspace, wanted)
        if not hasattr(dataset, "as_named_input"):
            raise UsageError(f"--data {name}: {type(dataset).__name__} is no dataset", hint="--data NAME=DATASET")
        found.extend([f"--{name}", named_input(dataset, name)])
    return found


def named_input(dataset: Any, name: str) -> Any:
    """The dataset as an input of that name: its files as a folder, a table by its id."""
    word = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in name)
    consumed = dataset.as_named_input(word)
    return consumed.as_mount() if hasattr(dataset, "to_path") else consumed


def compute_of(given: Any, context: Context) -> Any:
    """The compute target of that name, or ``local``."""
    name = getattr(given, "value", given)
    if name is None or not isinstance(name, str) or name == "local":
        return name or "local"
    known = names_of("compute", context.workspace)
    if name not in known:
        raise UsageError(
            f"there is no compute target {name!r}{near_text(name, ['local', *known])}",
            hint=f"--compute local, or first %compute create {name}",
        )
    from aml_nb.core.compute import ComputeTarget

    return ComputeTarget(context.workspace, name)


def _put(context: Context, name: str, submitted: Any) -> None:
    variables = context.variables
    if isinstance(variables, MutableMapping):
        variables[str(name)] = submitted


def _show(args: Namespace, context: Context, submitted: Any, script: str) -> Any:
    if getattr(args, "live", False) and context.live is not None:
        context.live(submitted)
        return None
    if args.wait:
        started = time.monotonic()
        cell = context.cell is not None and args.file is None
        with _output(context), _errors_here(context, script if cell else None):
            submitted.wait_for_completion(show_output=True)
        if not context.quiet:
            context.say(f"{submitted.id} is {submitted.get_status()} after {time.monotonic() - started:.1f} s.")
    else:
        context.advise("%runs logs shows what it writes, %runs show how far it is, %runs cancel stops it.")
    if context.surface == MAGIC:
        return submitted
    from aml_nb.display.runs import RunCard

    return RunCard(submitted)


@contextlib.contextmanager
def _errors_here(context: Context, cell: str | None) -> Iterator[None]:
    """What v1's object advises, as a verb; the file ``cell``, which nobody here wrote, is called the cell."""
    try:
        yield
    except AmlError as error:
        if "run.cancel()" in (error.hint or ""):  # it was interrupted
            error.hint = "%runs cancel ends it, %runs logs --follow shows it again"
        if "get_all_logs" in (error.hint or ""):
            error.hint = "%runs logs" if context.surface == MAGIC else f"%runs logs {context.last_run}"
        if cell is not None:
            error.brief = (error.brief or error.message).replace(cell, "the cell")
            if error.source is not None:
                error.source = error.source._replace(path="the cell")
        raise


def _output(context: Context) -> Any:
    """v1's stream on stdout; nowhere when the answer is JSON."""
    return contextlib.redirect_stdout(io.StringIO()) if context.quiet else contextlib.nullcontext()
