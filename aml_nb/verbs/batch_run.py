"""``%batch run``: a pipeline of one step that scores mini-batches, made of what was typed, and submitted."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aml_nb.errors import ArgumentError, UsageError
from aml_nb.verbs.batch_data import find_data
from aml_nb.verbs.context import Context
from aml_nb.verbs.environment import find_environment
from aml_nb.verbs.finding_runs import chosen_experiment
from aml_nb.verbs.known import names_of, pairs
from aml_nb.verbs.parser import Parser, near_text
from aml_nb.verbs.score_script import read
from aml_nb.verbs.train import arguments_of, compute_of
from aml_nb.verbs.training_script import place

SUMMARY_ONLY = "summary_only"
FIRST_EXPERIMENT = "batch"
OUTPUT = "inferences"
_TOLERATED = 10
_HINTS = {
    "mini_batch_size": "--mini-batch-size 10 (files), --mini-batch-size 10KB (of a table)",
    "error_threshold": "--error-threshold 10; -1: any number",
    "node_count": "--nodes 1",
    "process_count_per_node": "--processes 2",
    "run_max_try": "--tries 3",
    "run_invocation_timeout": "--timeout 60",
    "append_row_file_name": "--output predictions.txt",
}


def declare(parser: Parser) -> None:
    """What ``run`` takes."""
    parser.add("file", metavar="SCRIPT", completes="python", help="the entry script, with init() and run(mini_batch)")
    parser.add(
        "--data", metavar="DATA", required=True, completes="data",
        help="what it scores: a registered dataset, a folder, or $dataset",
    )  # fmt: skip
    parser.add("--mini-batch-size", metavar="SIZE", help="files a call of run(), or bytes of a table (10; 1MB)")
    parser.add("--compute", metavar="NAME", completes="compute", help="the compute target (local)")
    parser.add("--nodes", metavar="N", type=int, default=1, help="nodes of it (1)")
    parser.add("--processes", metavar="N", type=int, help="processes a node; default: one a core")
    parser.add(
        "--environment", metavar="NAME[:VERSION]", completes="environment",
        help="a registered environment; default: this interpreter",
    )  # fmt: skip
    parser.add(
        "--output", metavar="NAME", default=OUTPUT,
        help=f"what the output, or with a suffix its file, is called ({OUTPUT}); {SUMMARY_ONLY}: keep no rows",
    )  # fmt: skip
    parser.add(
        "--error-threshold", metavar="N", type=int, default=_TOLERATED,
        help=f"so many files or rows may fail ({_TOLERATED}); -1: any number",
    )  # fmt: skip
    parser.add("--tries", metavar="N", type=int, default=3, help="how often a mini-batch is tried (3)")
    parser.add("--timeout", metavar="SECONDS", type=int, default=60, help="what a call of run() may take (60)")
    parser.add(
        "--param", metavar="NAME=VALUE", action="append",
        help="call it with --NAME VALUE; may be given again. Published, it is called with other values",
    )  # fmt: skip
    parser.add("--experiment", metavar="NAME", completes="experiment", help="the experiment; default: the chosen one")
    parser.add("--source-dir", metavar="FOLDER", completes="folder", help="a folder that goes along with the script")
    parser.add("--tag", metavar="KEY=VALUE", action="append", help="a tag of the run; may be given again")
    parser.add("--name", metavar="TEXT", help="what to call the run")
    parser.add("--reuse", action="store_true", help="take the rows of an earlier run where nothing has changed")


def submit(args: Namespace, context: Context) -> Any:
    """Check everything, and submit the pipeline; returns its PipelineRun."""
    from aml_nb.core.pipelines.submitting import submit_graph
    from aml_nb.core.runs.experiment import Experiment

    _check_script(args, context)
    tags = pairs(args.tag, "--tag")
    pipeline = make(args, context)
    experiment = Experiment(context.workspace, experiment_name(args.experiment, context, FIRST_EXPERIMENT))
    run: Any = submit_graph(experiment, pipeline._graph(keep=True), tags=tags, quiet=True)
    run.display_name = args.name or f"{Path(str(args.file)).stem}-{run.number}"
    context.last_run = run.id
    return run


def make(args: Namespace, context: Context) -> Any:
    """The pipeline."""
    from aml_nb.core.pipelines.parallel.config import ParallelRunConfig
    from aml_nb.core.pipelines.parallel.step import ParallelRunStep
    from aml_nb.core.pipelines.pipeline import Pipeline
    from aml_nb.core.pipelines.pipeline_data import PipelineData

    workspace = context.workspace
    dataset, name = find_data(context, args.data)
    summary = args.output == SUMMARY_ONLY
    label, file_name = _output(str(args.output))
    # A script of this folder alone would bring the whole folder: notebooks, data and all.
    folder, script = place(workspace, None, str(args.file), args.source_dir)
    environment, target = _environment(args, context), compute_of(args.compute, context)
    with in_words():
        config = ParallelRunConfig(
            environment=environment,
            entry_script=script,
            source_directory=folder,
            error_threshold=args.error_threshold,
            output_action=SUMMARY_ONLY if summary else "append_row",
            append_row_file_name=None if summary else file_name,
            compute_target=target,
            node_count=args.nodes,
            process_count_per_node=args.processes,
            mini_batch_size=getattr(args.mini_batch_size, "value", args.mini_batch_size),
            run_max_try=args.tries,
            run_invocation_timeout=args.timeout,
        )
        step = ParallelRunStep(
            name=Path(script).stem,
            parallel_run_config=config,
            inputs=[dataset.as_named_input(name)],
            output=None if summary else PipelineData(name=label, datastore=workspace.get_default_datastore()),
            arguments=_arguments(args.param),
            allow_reuse=bool(args.reuse),
        )
    return Pipeline(workspace=workspace, steps=[step])


def _arguments(given: list[str] | None) -> list[Any]:
    """``--name`` with a parameter of the pipeline: once it is published, it is called with other values."""
    from aml_nb.core.pipelines.parameters import PipelineParameter

    found: list[Any] = []
    options = [arguments_of([text]) for text in given or []]
    for option, *value in options:
        once = sum(other[0] == option for other in options) == 1
        found += [option, *(PipelineParameter(option[2:], text) if once else text for text in value)]
    return found


@contextmanager
def in_words() -> Iterator[None]:
    """What a setting may be, as options of the verb: nobody here writes a ParallelRunConfig."""
    try:
        yield
    except ArgumentError as error:
        for name, hint in _HINTS.items():
            if f"parameter {name} " in error.message:
                error.hint = hint
        if "one of the ParallelRunStep's own" in error.message:
            error.hint = "--param with another name"
        raise


def check_script(path: Path, shown: str, context: Context) -> None:
    """Refuse a script that cannot score mini-batches."""
    from aml_nb.core.pipelines.parallel.script_check import check_batch_script

    if path.suffix != ".py":
        raise UsageError(f"{shown!r} is no Python script", hint="%batch run score.py --data DATASET")
    if not path.is_file():
        near = near_text(path.name, [entry.name for entry in path.parent.glob("*.py")])
        raise UsageError(f"there is no file {shown!r}{near}", hint="write it with %%batch_script FILE")
    text = read(path, "batch_script")
    check = check_batch_script(text, shown, lambda: names_of("model", context.workspace))
    # What this interpreter lacks the environment of the batch may have.
    check.problems = [each for each in check.problems if "no module named" not in each.message]
    check.raise_problems()


def experiment_name(given: Any, context: Context, default: str) -> str:
    """The experiment that was named, else the one that is chosen, else the default."""
    if given is not None:
        held = getattr(given, "value", given)
        return str(getattr(held, "name", held))
    return chosen_experiment(context.workspace) or default


def _check_script(args: Namespace, context: Context) -> None:
    given = Path(str(args.file)).expanduser()
    inside = Path(args.source_dir or "").expanduser() / given
    check_script(inside if args.source_dir and inside.is_file() else given, str(args.file), context)


def _environment(args: Namespace, context: Context) -> Any:
    if args.environment is not None:
        return find_environment(context, args.environment)
    from aml_nb.core.environment import Environment

    environment = Environment("this-interpreter")
    environment.python.user_managed_dependencies = True
    return environment


def _output(name: str) -> tuple[str, str | None]:
    """What the output is called, and the file of its rows where that was named."""
    stem = Path(name).stem
    if not stem or "/" in name or "\\" in name:
        raise UsageError(f"--output {name!r} is no name", hint="--output predictions, or predictions.txt")
    label = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in stem)
    return label, name if Path(name).suffix else None
