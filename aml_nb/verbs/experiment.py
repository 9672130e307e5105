"""``%experiment [NAME]``: choose or make the experiment that runs belong to, show it, list them."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from aml_nb.errors import UsageError
from aml_nb.verbs import MAGIC
from aml_nb.verbs.context import Context
from aml_nb.verbs.finding_runs import choose_experiment, chosen_experiment, find_experiment
from aml_nb.verbs.known import pairs
from aml_nb.verbs.parser import Parser

EXAMPLES = {
    "magic": """examples:
  %experiment iris                               train in it from now on; it is made where it is missing
  %experiment                                    list them; the chosen one is marked
  experiment = %experiment iris --tag area=flowers
  %experiment iris --archive                     hide it; --reactivate brings it back
What was chosen is kept in the workspace, for %%train and %runs in every notebook and terminal.""",
    "command": """examples:
  aml-nb experiment iris
  aml-nb experiment --json""",
}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.add("name", metavar="NAME", nargs="?", completes="experiment", help="the experiment; without: list them")
    parser.add("--tag", metavar="KEY=VALUE", action="append", help="give it a tag; may be given again")
    parser.add("--all", action="store_true", help="list the archived ones too")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--show", action="store_true", help="show it without choosing it")
    ends.add_argument("--archive", action="store_true", help="hide it and its runs from lists")
    ends.add_argument("--reactivate", action="store_true", help="bring an archived one back")
    ends.add_argument("--unset", action="store_true", help="choose none")


def run(args: Namespace, context: Context) -> Any:
    """List them, or choose, make and show one; returns the Experiment."""
    if args.unset:
        choose_experiment(context.workspace, None)
        return _table(args, context)
    if args.name is None:
        return _without_name(args, context)
    if args.show or args.archive or args.reactivate:
        experiment = find_experiment(context.workspace, args.name) if not args.reactivate else _any(args, context)
    else:
        experiment = _made(args, context)
    if args.archive:
        experiment.archive()
        if chosen_experiment(context.workspace) == experiment.name:
            choose_experiment(context.workspace, None)
    if args.reactivate:
        experiment.reactivate()
    if args.tag:
        experiment.set_tags(pairs(args.tag, "--tag"))
    if context.surface == MAGIC:
        return experiment
    from aml_nb.display.runs import ExperimentCard

    return ExperimentCard(experiment)


def _without_name(args: Namespace, context: Context) -> Any:
    for option in ("show", "archive", "reactivate"):
        if getattr(args, option):
            raise UsageError(f"which experiment? --{option} needs a name", hint=f"%experiment NAME --{option}")
    if args.tag:
        raise UsageError("which experiment? --tag needs a name", hint="%experiment NAME --tag key=value")
    return _table(args, context)


def _table(args: Namespace, context: Context) -> Any:
    from aml_nb.core.runs.experiment import Experiment
    from aml_nb.display.runs import ExperimentTable

    found = Experiment.list(context.workspace, view_type="All" if args.all else "ActiveOnly")
    runs = {experiment.id: list(_runs(context.workspace, experiment)) for experiment in found}
    return ExperimentTable(found, runs, chosen_experiment(context.workspace))


def _runs(workspace: Any, experiment: Any) -> Any:
    from aml_nb.core.runs.records import RunRecords

    return RunRecords(workspace._store).find(experiment_id=experiment.id, top=True)


def _made(args: Namespace, context: Context) -> Any:
    from aml_nb.core.runs.experiment import Experiment

    given = getattr(args.name, "value", args.name)
    experiment = given if isinstance(given, Experiment) else Experiment(context.workspace, str(given))
    choose_experiment(context.workspace, experiment.name)
    return experiment


def _any(args: Namespace, context: Context) -> Any:
    from aml_nb.core.runs.experiment import Experiment

    wanted = str(args.name)
    found = [e for e in Experiment.list(context.workspace, view_type="All") if e.name == wanted]
    if not found:
        return find_experiment(context.workspace, args.name)
    return found[0]
