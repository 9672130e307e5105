"""``%batch [VERB] [RUN]``: score a dataset by mini-batches; how far it is, its rows, what failed, going on with it."""

from __future__ import annotations

from argparse import Namespace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.display.text import Text
from aml_nb.errors import UsageError
from aml_nb.verbs import MAGIC, batch_run
from aml_nb.verbs.context import Context
from aml_nb.verbs.parser import Parser

if TYPE_CHECKING:
    from aml_nb.core.runs.records import RunRecord
    from aml_nb.verbs.finding_batches import Batch

EXAMPLES = {
    "magic": """RUN is a batch: an id, the beginning of one, a name, EXPERIMENT:NUMBER or $run; left out: the last.
examples:
  %batch run batch/score.py --data patients --mini-batch-size 5
  %batch run score.py --data ./data --compute cluster --nodes 2 --param threshold=0.5 --no-wait
  %batch status                                  how far it is, and how long it will take
  frame = %batch results                         its rows as a DataFrame
  %batch results --columns File,Prediction --to predictions.csv
  %batch errors                                  which mini-batches failed, and the script's line
  %batch resume                                  go on with one that failed, was cancelled or killed
%%batch_script FILE writes the script. %pipeline publish makes a service of the last batch.""",
    "command": """examples:
  aml-nb batch run batch/score.py --data patients --mini-batch-size 5
  aml-nb batch status --json
  aml-nb batch results --to predictions.csv
  aml-nb batch errors
  aml-nb batch resume""",
}
_LISTED = 20


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.set_defaults(run=run_list, limit=_LISTED)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    run = verbs.add_parser("run", help="score a dataset", description="Score a dataset.")
    batch_run.declare(run)
    _add_waiting(run, surface)
    run.set_defaults(run=run_run)
    listed = verbs.add_parser("list", help="the newest batches", description="The newest batches.")
    listed.add("--limit", type=int, default=_LISTED, metavar="N", help=f"at most so many ({_LISTED})")
    listed.set_defaults(run=run_list)
    status = _named(verbs, "status", "how far it is", run_status)
    if surface == MAGIC:
        status.add("--live", action="store_true", help="a panel that follows it")
    results = _named(verbs, "results", "its rows, as a DataFrame", run_results)
    results.add("--to", metavar="FILE", completes="file", help="write them: .csv and .parquet, or as they are")
    results.add("--columns", metavar="A,B", help="the names of the columns")
    results.add("--sep", metavar="TEXT", help="what parts the values of a row; default: seen from the rows")
    results.add("--partial", action="store_true", help="what is done so far, of one that has not completed")
    errors = _named(verbs, "errors", "the mini-batches that failed, with file names and the script's line", run_errors)
    errors.add("--all", action="store_true", help="every try, also of those that went well at last")
    resume = _named(verbs, "resume", "go on with one that failed, was cancelled or killed", run_resume)
    what = "take the script, which was mended, from this folder; default: as it was"
    resume.add("--source-dir", metavar="FOLDER", completes="folder", help=what)
    _add_waiting(resume, surface)
    cancel = _named(verbs, "cancel", "stop it; it can be resumed", run_cancel)
    cancel.add("--wait", action="store_true", help="return when it has stopped")


def _named(verbs: Any, name: str, summary: str, function: Any) -> Parser:
    parser: Parser = verbs.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.add("name", metavar="RUN", nargs="?", completes="batch", help="the batch; default: the last")
    parser.set_defaults(run=function)
    return parser


def _add_waiting(parser: Parser, surface: str) -> None:
    from argparse import BooleanOptionalAction

    parser.add("--wait", action=BooleanOptionalAction, default=True, help="show how it goes on until it ends")
    if surface == MAGIC:
        parser.add("--live", action="store_true", help="show a live panel and do not wait")


def run_run(args: Namespace, context: Context) -> Any:
    """Submit it and follow it; returns the PipelineRun."""
    return _show(args, context, batch_run.submit(args, context))


def run_list(args: Namespace, context: Context) -> Any:
    """The newest batches."""
    from aml_nb.display.batch import BatchTable
    from aml_nb.verbs.finding_batches import batches

    if args.limit < 1:
        raise UsageError(f"--limit {args.limit} shows nothing", hint=f"--limit {_LISTED}")
    return BatchTable(list(islice(batches(context.workspace), args.limit)))


def run_status(args: Namespace, context: Context) -> Any:
    """One batch as it is now."""
    from aml_nb.display.batch import BatchCard
    from aml_nb.verbs.finding_batches import find_batch

    batch = find_batch(context, args.name)
    if getattr(args, "live", False) and context.live is not None:
        context.live(batch)
        return None
    return BatchCard(batch)


def run_results(args: Namespace, context: Context) -> Any:
    """Its rows as a DataFrame, and in a file where one is named."""
    from aml_nb.verbs import batch_results
    from aml_nb.verbs.finding_batches import find_batch

    batch = find_batch(context, args.name)
    columns = None if args.columns is None else [name.strip() for name in args.columns.split(",")]
    separator = None if args.sep is None else args.sep.replace("\\t", "\t")
    with batch_results.rows_file(batch, args.partial) as path:
        frame = batch_results.read(path, separator, columns)
        if args.to is not None:
            target = Path(str(args.to)).expanduser()
            batch_results.write(path, target, frame)
            if context.surface != MAGIC:
                return Text(f"{len(frame):,} rows of {batch.name} to {target}")
            context.say(f"{len(frame):,} rows of {batch.name} to {target}")
    if context.surface == MAGIC:
        return frame
    from aml_nb.display.batch import RowsView

    return RowsView(batch.name, frame)


def run_errors(args: Namespace, context: Context) -> Any:
    """The tries that failed: the last one of each mini-batch that did, or all."""
    from aml_nb.core.pipelines.parallel import progress
    from aml_nb.display.batch import ErrorTable
    from aml_nb.verbs.finding_batches import find_batch

    batch = find_batch(context, args.name)
    owner = batch.owner
    noted = [] if owner is None else list(progress.errors(context.workspace, owner))
    if not args.all:
        facts = progress.read(context.workspace, owner) if owner is not None else None
        if facts is not None and batch.over and not facts["failed"] and not facts["items_failed"]:
            noted = []  # what failed went well when it was resumed
        noted = list({each["mini_batch"]: each for each in noted if each.get("final")}.values())
    return ErrorTable(batch.name, noted)


def run_resume(args: Namespace, context: Context) -> Any:
    """Go on with it in a run of its own; returns the step's run."""
    from aml_nb.core.pipelines.parallel.resume import resume
    from aml_nb.display.runs import run_of
    from aml_nb.verbs.finding_batches import find_batch

    batch = find_batch(context, args.name)
    step = _resumable(batch)
    if args.source_dir is not None:
        script = Path(args.source_dir).expanduser() / str(batch.settings.get("entry_script") or "")
        batch_run.check_script(script, str(script), context)
    going = resume(run_of(batch.workspace, step), args.source_dir)
    context.last_run = going.id
    return _show(args, context, going)


def _resumable(batch: Batch) -> RunRecord:
    """The step's run that can be gone on with; otherwise what the object says of it, as a verb."""
    if batch.step is None:
        raise UsageError(f"{batch.name} has not begun to score: it is {batch.status}", hint="%batch run")
    if not batch.step.over:
        raise UsageError(f"{batch.name} is still going: it is {batch.step.status}", hint="%batch status, %batch cancel")
    if batch.step.status == "Completed":
        raise UsageError(f"{batch.name} is Completed: there is nothing to go on with", hint="%batch results")
    return batch.step


def run_cancel(args: Namespace, context: Context) -> Any:
    """Stop it; one that is over stays as it is."""
    from aml_nb.verbs.finding_batches import find_batch

    batch = find_batch(context, args.name)
    run = cancelled(batch)
    if run is None:
        return Text(f"{batch.name} is {batch.status} already.")
    if args.wait:
        run.wait_for_completion(show_output=False, raise_on_error=False)
    return Text(f"{batch.name} is {run.get_status()}.")


def cancelled(batch: Batch) -> Any:
    """Tell a batch to stop; the run that was told, None where it is over."""
    from aml_nb.display.batch import run_of
    from aml_nb.display.runs import run_of as made

    if batch.over:
        return None
    # A step that was resumed goes on without its pipeline, which is over.
    alone = batch.step is not None and (batch.pipeline is None or batch.pipeline.over)
    run = made(batch.workspace, batch.record) if alone else run_of(batch)
    run.cancel()
    return run


def _show(args: Namespace, context: Context, run: Any) -> Any:
    from aml_nb.display.batch import BatchCard
    from aml_nb.verbs.finding_batches import find_batch
    from aml_nb.verbs.following import follow

    if getattr(args, "live", False) and context.live is not None:
        context.live(find_batch(context, run.id))
        return None
    if args.wait:
        follow(context, run, "batch")
    else:
        context.advise("%batch status shows how far it is, %batch results its rows, %batch cancel stops it.")
    return run if context.surface == MAGIC else BatchCard(find_batch(context, run.id))
