"""``%runs [VERB] [RUN]``: runs, their metrics, logs, files and models."""

from __future__ import annotations

from argparse import Namespace
from itertools import islice
from pathlib import Path
from typing import Any

from aml_nb.display.answers import LogView
from aml_nb.display.text import Text
from aml_nb.errors import ServiceException, UsageError
from aml_nb.verbs import MAGIC
from aml_nb.verbs.context import Context
from aml_nb.verbs.finding_runs import experiment_of, find_experiment, find_run
from aml_nb.verbs.known import pairs
from aml_nb.verbs.parser import Parser, near_text
from aml_nb.verbs.register import FRAMEWORKS

EXAMPLES = {
    "magic": """RUN is an id, the beginning of one, a number in the chosen experiment, EXPERIMENT:NUMBER, a name,
or $run; it may be left out for the run that was made last.
examples:
  %runs                                          the newest runs
  %runs show 3
  metrics = %runs metrics                        metrics["accuracy"] is its value
  %runs logs --lines 20
  %runs wait                                     until all that are going have ended
  %runs compare --metric accuracy                the runs of the experiment, the best first
  model = %runs register iris outputs/model.pkl
  %runs download outputs --to ./model
  %runs show --live                              a panel that follows the run""",
    "command": """examples:
  aml-nb runs list --experiment iris --json
  aml-nb runs logs iris:3 --follow
  aml-nb runs compare --metric accuracy
  aml-nb runs download iris:3 outputs --to ./model
  aml-nb runs register iris outputs/model.pkl --run iris:3""",
}
_LISTED, _COMPARED = 20, 10


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.set_defaults(run=run_list, experiment=None, status=None, tag=None, children=False, limit=_LISTED)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    listed = verbs.add_parser("list", help="the newest runs", description="The newest runs.")
    _declare_choice(listed)
    listed.add("--children", action="store_true", help="those that have a parent, too")
    listed.add("--limit", type=int, default=_LISTED, metavar="N", help=f"at most so many ({_LISTED})")
    listed.set_defaults(run=run_list)
    show = _named(verbs, "show", "its state, metrics and what went wrong", run_show)
    if surface == MAGIC:
        show.add("--live", action="store_true", help="a panel that follows it")
    _named(verbs, "metrics", "what it logged, as numbers, tables and curves", run_metrics)
    logs = _named(verbs, "logs", "the end of its log", run_logs)
    logs.add("--file", metavar="NAME", help="which of its logs; default: the script's")
    logs.add("--lines", type=int, default=100, metavar="N", help="the last N lines (100)")
    logs.add("--follow", action="store_true", help="go on until it ends")
    _named(verbs, "files", "its files", run_files)
    download = _named(verbs, "download", "copy its files here", run_download)
    download.add("prefix", metavar="PREFIX", nargs="?", help="only those whose name begins so: outputs")
    download.add("--to", metavar="FOLDER", completes="folder", help="where to (a folder with the run's id)")
    cancel = _named(verbs, "cancel", "stop it and its children", run_cancel)
    cancel.add("--wait", action="store_true", help="return when it has stopped")
    wait = verbs.add_parser("wait", help="return when runs have ended", description="Return when runs have ended.")
    what = "the runs; default: all that are still going, of the chosen experiment"
    wait.add("names", metavar="RUN", nargs="*", completes="run", help=what)
    wait.set_defaults(run=run_wait)
    _declare_compare(verbs)
    _declare_register(verbs)
    tag = _named(verbs, "tag", "give it tags", run_tag)
    tag.add("tag", metavar="KEY=VALUE", nargs="*", help="the tags")


def _named(verbs: Any, name: str, summary: str, function: Any) -> Parser:
    parser: Parser = verbs.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.add("name", metavar="RUN", nargs="?", completes="run", help="the run; default: the one made last")
    parser.set_defaults(run=function)
    return parser


def _declare_choice(parser: Parser) -> None:
    parser.add("--experiment", metavar="NAME", completes="experiment", help="of this one; default: the chosen one")
    parser.add("--all", action="store_true", help="of every experiment")
    parser.add("--status", metavar="STATUS", help="only those in this state: Running, Completed, Failed, …")
    parser.add("--tag", metavar="KEY[=VALUE]", action="append", help="only those with this tag")


def _declare_compare(verbs: Any) -> None:
    parser: Parser = verbs.add_parser("compare", help="runs side by side", description="Runs side by side.")
    parser.add("names", metavar="RUN", nargs="*", completes="run", help=f"the runs; default: the last {_COMPARED}")
    _declare_choice(parser)
    parser.add("--parent", metavar="RUN", completes="run", help="the children of this one, as of a HyperDrive run")
    parser.add("--metric", metavar="NAME", help="the best by this metric first")
    parser.add("--least", action="store_true", help="the least value of the metric is the best")
    parser.set_defaults(run=run_compare)


def _declare_register(verbs: Any) -> None:
    what = "make a model of a file or folder of it"
    parser: Parser = verbs.add_parser("register", help=what, description="Make a model of a file or folder of it.")
    parser.add("model", metavar="MODEL", completes="model", help="the model's name; its versions count up")
    parser.add("path", metavar="PATH", nargs="?", help="the file or folder of the run; default: all of outputs")
    parser.add("--run", dest="name", metavar="RUN", completes="run", help="the run; default: the one made last")
    parser.add("--tag", metavar="KEY=VALUE", action="append", help="a tag; may be given again")
    parser.add("--description", metavar="TEXT", help="what the model is")
    parser.add("--framework", choices=FRAMEWORKS, help="what made it")
    parser.add("--framework-version", metavar="VERSION", help="that framework's version")
    parser.set_defaults(run=run_register)


def run_list(args: Namespace, context: Context) -> Any:
    """The newest runs that match, with what they logged."""
    from aml_nb.display.run_facts import read_metrics
    from aml_nb.display.runs import RunTable

    if args.limit < 1:
        raise UsageError(f"--limit {args.limit} shows nothing", hint=f"--limit {_LISTED}")
    records = list(islice(_chosen(args, context), args.limit))
    workspace = context.workspace
    return RunTable(workspace, records, {r.run_id: read_metrics(workspace, r.run_id) for r in records})


def _chosen(args: Namespace, context: Context) -> Any:
    """The records that the options of a list choose, newest first."""
    from aml_nb.core.runs import status as states
    from aml_nb.core.runs.records import RunRecords
    from aml_nb.core.runs.watch import settle

    workspace, status = context.workspace, args.status
    if status is not None:
        known = {name.lower(): name for name in states.ALL}
        if status.lower() not in known:
            near = near_text(status.capitalize(), states.ALL)
            raise UsageError(f"no run is ever {status!r}{near}", hint=f"one of {', '.join(sorted(states.ALL))}")
        status = known[status.lower()]
    experiment = None if getattr(args, "all", False) else experiment_of(context, args.experiment)
    if args.experiment is not None:
        experiment = find_experiment(workspace, args.experiment).name
    parent = getattr(args, "parent", None)
    parent_id = find_run(context, parent).id if parent is not None else None
    top = parent_id is None and not getattr(args, "children", False)
    wanted = dict(text.split("=", 1) for text in args.tag or [] if "=" in text)
    flags = [text for text in args.tag or [] if "=" not in text]
    found = RunRecords(workspace._store).find(
        experiment if parent_id is None else None, parent_id=parent_id, top=top, tags=wanted or None
    )
    for record in found:
        fresh = settle(workspace, record)
        if status in (None, fresh.status) and all(flag in fresh.tags for flag in flags):
            yield fresh


def run_show(args: Namespace, context: Context) -> Any:
    """One run as it is now."""
    from aml_nb.display.runs import RunCard

    found = find_run(context, args.name)
    if getattr(args, "live", False) and context.live is not None:
        context.live(found)
        return None
    return RunCard(found)


def run_metrics(args: Namespace, context: Context) -> Any:
    """What it logged; ``view["accuracy"]`` is what ``run.get_metrics()`` has."""
    from aml_nb.display.metrics import MetricsView
    from aml_nb.display.run_facts import RunFacts

    found = find_run(context, args.name)
    facts = RunFacts(context.workspace, found.id)
    facts.refresh()
    from aml_nb.core.runs.metrics import Journal, summary

    entries, _ = Journal(found._folder.metrics).read()
    return MetricsView(found.id, summary(entries), facts.metrics)


def run_logs(args: Namespace, context: Context) -> Any:
    """The end of its log, or all that is still to come."""
    from aml_nb.display.log_tail import tail
    from aml_nb.display.run_facts import log_names

    found = find_run(context, args.name)
    if args.follow and not context.quiet:
        found.wait_for_completion(show_output=True, raise_on_error=False)
        return Text(f"{found.id} is {found.get_status()}.")
    names = log_names(found._files.names())
    if args.file is not None and args.file not in names:
        match = [name for name in names if name.rpartition("/")[2] == args.file]
        if not match:
            known = ", ".join(names) or "none"
            raise UsageError(
                f"{found.id} has no log {args.file!r}{near_text(args.file, names)}", hint=f"there is {known}"
            )
        args.file = match[0]
    if not names:
        return LogView(found.id, [])
    with found._files.open(args.file or names[0]) as file:
        return LogView(found.id, list(tail(args.file or names[0], file, most=args.lines).lines))


def run_files(args: Namespace, context: Context) -> Any:
    """The names of its files with their sizes."""
    from aml_nb.display.runs import FileTable

    found = find_run(context, args.name)
    return FileTable(found.id, [(name, _size(found, name)) for name in found.get_file_names()])


def _size(found: Any, name: str) -> int | None:
    try:
        with found._files.open(name) as file:
            return int(file.seek(0, 2))
    except OSError:
        return None


def run_download(args: Namespace, context: Context) -> Any:
    """Copy its files, those with the prefix alone where there is one."""
    found, prefix = _run_and_prefix(args, context)
    names = [name for name in found.get_file_names() if prefix is None or name.startswith(prefix)]
    if not names:
        known = sorted({name.partition("/")[0] for name in found.get_file_names()})
        raise UsageError(
            f"{found.id} has no files{f' that begin with {prefix!r}' if prefix else ''}",
            hint=f"there is {', '.join(known)}" if known else "%runs files",
        )
    folder = Path(args.to or found.id).expanduser()
    found.download_files(prefix=prefix, output_directory=str(folder))
    return Text(f"{len(names)} file{'s' if len(names) > 1 else ''} of {found.id} to {folder}")


def _run_and_prefix(args: Namespace, context: Context) -> tuple[Any, str | None]:
    """One word alone may be the run, or the beginning of names of the last one's files."""
    try:
        return find_run(context, args.name), args.prefix
    except ServiceException:
        last = find_run(context)
        if args.prefix is not None or not any(name.startswith(args.name) for name in last.get_file_names()):
            raise
        return last, str(args.name)


def run_cancel(args: Namespace, context: Context) -> Any:
    """Stop it; one that is over stays as it is."""
    from aml_nb.core.runs.status import OVER

    found = find_run(context, args.name)
    before = found.get_status()
    if before in OVER:
        return Text(f"{found.id} is {before} already.")
    found.cancel()
    if args.wait:
        found.wait_for_completion(raise_on_error=False)
    return Text(f"{found.id} is {found.get_status()}.")


def run_wait(args: Namespace, context: Context) -> Any:
    """Wait for those that were named, else for all that are going."""
    from aml_nb.core.runs.status import OVER
    from aml_nb.verbs.waiting import wait

    if args.names:
        return wait(context.workspace, [find_run(context, name).id for name in args.names])
    going = [record.run_id for record in _chosen(args, context) if record.status not in OVER]
    return wait(context.workspace, going) if going else Text("No run is going.")


def run_compare(args: Namespace, context: Context) -> Any:
    """Parameters and metrics of several runs."""
    from aml_nb.core.runs.watch import look
    from aml_nb.verbs.comparing import compare

    if args.names:
        records = [look(context.workspace, find_run(context, name).id) for name in args.names]
    else:
        records = list(islice(_chosen(args, context), 100 if args.parent or args.metric else _COMPARED))
    if not records:
        raise UsageError("there are no runs to compare", hint="%runs --all")
    return compare(context.workspace, records, args.metric, args.least)


def run_register(args: Namespace, context: Context) -> Any:
    """Register it and return the Model."""
    found = find_run(context, args.name)
    if args.framework_version and not args.framework:
        raise UsageError("--framework-version needs --framework", hint=f"--framework {'|'.join(FRAMEWORKS)}")
    return found.register_model(
        str(args.model),
        model_path=args.path or "outputs",
        tags=pairs(args.tag, "--tag"),
        description=args.description,
        model_framework=args.framework,
        model_framework_version=args.framework_version,
    )


def run_tag(args: Namespace, context: Context) -> Any:
    """Give it tags and show it."""
    from aml_nb.display.runs import RunCard

    name, words = args.name, list(args.tag)
    if name is not None and "=" in name and not hasattr(name, "value"):
        name, words = None, [name, *words]
    found = find_run(context, name)
    tags = pairs(words, "KEY=VALUE")
    if not tags:
        raise UsageError("which tags?", hint=f"%runs tag {name or found.id} quality=good")
    found.set_tags(tags)
    return RunCard(found)
