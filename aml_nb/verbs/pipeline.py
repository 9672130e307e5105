"""``%pipeline [VERB]``: publish the pipeline of a run, call it, schedule it, see its steps and what is published."""

from __future__ import annotations

import argparse
from argparse import Namespace
from typing import Any

from aml_nb.errors import AmlError, UsageError
from aml_nb.verbs import MAGIC, scheduling
from aml_nb.verbs.context import Context
from aml_nb.verbs.finding_pipelines import find_pipeline_run, find_published, kind_of
from aml_nb.verbs.parser import Parser
from aml_nb.verbs.pipeline_parameters import parameters, verb_hints

EXAMPLES = {
    "magic": """RUN is the run of a pipeline or batch: an id, the beginning of one, a name, EXPERIMENT:NUMBER or $run;
left out: the last. NAME is a published pipeline or an endpoint: a name, NAME:VERSION, an id or $published.
examples:
  published = %pipeline publish --name Batch_Prediction --version 1.0
  %pipeline publish $pipeline --name daily --endpoint daily
  %pipeline run Batch_Prediction --param rate=0.5 --param data=patients:2
  %pipeline schedule Batch_Prediction --every week --on monday --at 08:00
  %pipeline schedule Batch_Prediction --datastore blob --path incoming
  %pipeline                                      what is published
  %pipeline status                               the steps of the last run
  %pipeline graph $pipeline
  %pipeline disable Batch_Prediction             a schedule's name disables the schedule""",
    "command": """examples:
  aml-nb pipeline list --json
  aml-nb pipeline publish batch:3 --name Batch_Prediction
  aml-nb pipeline run Batch_Prediction --experiment weekly --param rate=0.5
  aml-nb pipeline schedule Batch_Prediction --every week --on monday --at 08:00""",
}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.set_defaults(run=run_list, all=False)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    _listing(verbs, "list", "the published pipelines", run_list)
    show = _verb(verbs, "show", "a published pipeline: its address, parameters, schedules and runs", run_show)
    show.add("name", metavar="NAME", nargs="?", completes="pipeline", help="which; default: the only one")
    _declare_publish(verbs)
    _declare_run(verbs, surface)
    schedule = _verb(verbs, "schedule", "run a published pipeline by the clock, or when data comes", run_schedule)
    schedule.add("name", metavar="NAME", nargs="?", completes="pipeline", help="which; default: the only one")
    scheduling.declare(schedule)
    schedule.add(
        "--experiment", metavar="NAME", completes="experiment", help="of its runs; default: the pipeline's name"
    )
    schedule.add("--name", dest="called", metavar="TEXT", help="what to call the schedule")
    schedule.add("--description", metavar="TEXT", help="what it is for")
    schedule.add("--param", metavar="NAME=VALUE", action="append", help="a parameter's value; may be given again")
    _listing(verbs, "schedules", "the schedules", run_schedules)
    graph = _verb(verbs, "graph", "a picture of the steps of a run, a published pipeline or $pipeline", run_graph)
    graph.add("what", metavar="RUN|NAME", nargs="?", completes="pipeline", help="of what; default: the last run")
    status = _verb(verbs, "status", "the steps of a run with their states", run_status)
    status.add("run_name", metavar="RUN", nargs="?", completes="pipeline_run", help="the run; default: the last")
    if surface == MAGIC:
        status.add("--live", action="store_true", help="a panel that follows it")
    _listing(verbs, "endpoints", "the pipeline endpoints with their versions", run_endpoints)
    for word, summary in (
        ("disable", "let it be called, or run, no more"),
        ("enable", "let it be called, or run, again"),
    ):
        switch = _verb(verbs, word, summary, run_switch)
        switch.add(
            "name", metavar="NAME", completes="published", help="a published pipeline, an endpoint or a schedule"
        )


def _verb(verbs: Any, name: str, summary: str, function: Any) -> Parser:
    parser: Parser = verbs.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.set_defaults(run=function)
    return parser


def _listing(verbs: Any, name: str, summary: str, function: Any) -> None:
    _verb(verbs, name, summary, function).add("--all", action="store_true", help="the disabled ones, too")


def _declare_publish(verbs: Any) -> None:
    publish = _verb(verbs, "publish", "make a service of the pipeline of a run, or of $pipeline", run_publish)
    publish.add(
        "what", metavar="RUN", nargs="?", completes="pipeline_run", help="the run, or $pipeline; default: the last run"
    )
    publish.add("--name", metavar="NAME", help="what to call it; default: the experiment's name")
    publish.add("--version", metavar="VERSION", help="its version, as text")
    publish.add("--description", metavar="TEXT", help="what it does")
    publish.add("--endpoint", metavar="NAME", completes="pipeline", help="make it the version that this endpoint runs")
    what = "its runs go on with other steps when one fails"
    publish.add("--continue-on-step-failure", action="store_true", default=None, help=what)


def _declare_run(verbs: Any, surface: str) -> None:
    run = _verb(verbs, "run", "call a published pipeline", run_run)
    run.add("name", metavar="NAME", nargs="?", completes="pipeline", help="which; default: the only one")
    run.add("--param", metavar="NAME=VALUE", action="append", help="a parameter's value; may be given again")
    run.add("--experiment", metavar="NAME", completes="experiment", help="of the run; default: the chosen one")
    run.add("--wait", action=argparse.BooleanOptionalAction, default=True, help="show how it goes on until it ends")
    if surface == MAGIC:
        run.add("--live", action="store_true", help="show a live panel and do not wait")


def run_list(args: Namespace, context: Context) -> Any:
    """What is published."""
    from aml_nb.core.pipelines.published import PublishedPipeline
    from aml_nb.display.pipelines import PublishedTable

    return PublishedTable(context.workspace, PublishedPipeline.list(context.workspace, active_only=not args.all))


def run_show(args: Namespace, context: Context) -> Any:
    """One published pipeline, or the default version of an endpoint."""
    return _card(context, _published(context, args.name))


def run_publish(args: Namespace, context: Context) -> Any:
    """Publish it; returns the PublishedPipeline."""
    given = getattr(args.what, "value", None)
    if given is not None and hasattr(given, "publish") and hasattr(given, "_graph"):  # a Pipeline, which has not run
        publish, name = given.publish, args.name or "pipeline"
    else:
        try:
            run = find_pipeline_run(context, args.what)
        except AmlError as error:
            if args.what is not None:
                error.hint = f"%pipeline publish --name {args.what} publishes the last run under that name"
            raise
        publish, name = run.publish_pipeline, args.name or run.experiment.name
    published = publish(name, args.description, args.version, args.continue_on_step_failure)
    if args.endpoint is not None:
        _into_endpoint(context, str(args.endpoint), published)
    return published if context.surface == MAGIC else _card(context, published)


def run_run(args: Namespace, context: Context) -> Any:
    """Call it as REST does, and follow it; returns the PipelineRun."""
    from aml_nb.core.pipelines.calling import Call, call
    from aml_nb.verbs.batch_run import experiment_name
    from aml_nb.verbs.following import follow, view_of

    workspace, found = context.workspace, find_published(context, args.name)
    document, properties = _document(context, found), {}
    if kind_of(found) == "endpoint":
        properties["azureml.pipelineendpointid"] = found.id
    experiment = experiment_name(args.experiment, context, found.name)
    with verb_hints(found.name, document):
        run = call(workspace, document, Call(experiment, parameters(args, context, document), properties=properties))
    run.display_name = f"{found.name}-{run.number}"
    context.last_run = run.id
    if getattr(args, "live", False) and context.live is not None:
        context.live(run)
        return None
    if args.wait:
        follow(context, run)
    else:
        context.advise("%pipeline status shows how far it is, %runs cancel stops it.")
    return run if context.surface == MAGIC else view_of(workspace, run._look())


def run_schedule(args: Namespace, context: Context) -> Any:
    """Schedule it; returns the Schedule."""
    from aml_nb.core.pipelines.schedule import Schedule
    from aml_nb.verbs.batch_run import experiment_name

    found = find_published(context, args.name)
    document, moments = _document(context, found), scheduling.when(args, context)
    given: dict[str, Any] = {
        "name": args.called or f"{found.name}-schedule",
        "experiment_name": experiment_name(args.experiment, context, found.name),
        "description": args.description,
        "pipeline_parameters": parameters(args, context, document),
        **moments,
    }
    with verb_hints(found.name, document):
        if kind_of(found) == "endpoint":
            schedule = Schedule.create_for_pipeline_endpoint(context.workspace, pipeline_endpoint_id=found.id, **given)
        else:
            schedule = Schedule.create(context.workspace, pipeline_id=found.id, **given)
    if context.surface == MAGIC:
        return schedule
    from aml_nb.display.schedules import ScheduleCard

    return ScheduleCard(context.workspace, schedule)


def run_schedules(args: Namespace, context: Context) -> Any:
    """The schedules."""
    from aml_nb.core.pipelines.schedule import Schedule
    from aml_nb.display.schedules import ScheduleTable

    return ScheduleTable(context.workspace, Schedule.list(context.workspace, active_only=not args.all))


def run_graph(args: Namespace, context: Context) -> Any:
    """The picture of a run with its states, of a published pipeline, or of a Pipeline."""
    from aml_nb.display.graph import GraphView

    given = getattr(args.what, "value", args.what)
    if hasattr(given, "publish") and hasattr(given, "_graph"):
        return GraphView(given._graph())
    if kind_of(given) in ("pipeline", "endpoint") or _is_published(context, given):
        published = _published(context, args.what)
        return GraphView(published._graph, name=published.name)
    return GraphView.of_run(find_pipeline_run(context, args.what))


def run_status(args: Namespace, context: Context) -> Any:
    """The steps of a run as they are now."""
    from aml_nb.verbs.following import view_of

    run = find_pipeline_run(context, args.run_name)
    if getattr(args, "live", False) and context.live is not None:
        context.live(run)
        return None
    return view_of(context.workspace, run._look())


def run_endpoints(args: Namespace, context: Context) -> Any:
    """The pipeline endpoints."""
    from aml_nb.core.pipelines.endpoint import PipelineEndpoint
    from aml_nb.display.pipelines import EndpointTable

    return EndpointTable(PipelineEndpoint.list(context.workspace, active_only=not args.all, max_results=None))


def run_switch(args: Namespace, context: Context) -> Any:
    """Disable or enable a published pipeline, an endpoint or a schedule."""
    from aml_nb.display.text import Text

    found = find_published(context, args.name, "published")
    getattr(found, args.verb)()
    return Text(f"The {kind_of(found)} {found.name} is {found.status}.")


def _document(context: Context, found: Any) -> dict[str, Any]:
    """Of what is run: the pipeline's, or that of an endpoint's default version."""
    from aml_nb.core.pipelines import published_records as kept
    from aml_nb.core.pipelines.endpoint_records import chosen

    if kind_of(found) == "endpoint":
        return chosen(context.workspace, found.id)
    return kept.find(context.workspace, kept.PIPELINE, found.id)


def _published(context: Context, text: Any) -> Any:
    found = find_published(context, text)
    return found.get_pipeline() if kind_of(found) == "endpoint" else found


def _is_published(context: Context, given: Any) -> bool:
    """Whether a word names something published; a run of that name is rather not meant."""
    if not isinstance(given, str):
        return False
    try:
        find_published(context, given)
    except UsageError:
        return False
    return True


def _into_endpoint(context: Context, name: str, published: Any) -> None:
    from aml_nb.core.pipelines.endpoint import PipelineEndpoint

    workspace = context.workspace
    known = {each.name: each for each in PipelineEndpoint.list(workspace, active_only=False, max_results=None)}
    if name in known:
        known[name].add_default(published)
    else:
        PipelineEndpoint.publish(workspace, name, published.description, published)


def _card(context: Context, published: Any) -> Any:
    from aml_nb.display.pipelines import PublishedCard

    return PublishedCard(context.workspace, published)
