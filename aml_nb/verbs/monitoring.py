"""``%service metrics|requests|traces|exceptions [NAME]``: what a service did, and what it told of it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from aml_nb.display.objects import target_of
from aml_nb.errors import UsageError
from aml_nb.verbs import COMMAND
from aml_nb.verbs.context import Context
from aml_nb.verbs.known import find_service
from aml_nb.verbs.parser import Parser

_SECONDS, _ROWS = 300, 50


def declare_monitoring(named: Callable[[str, str, Any], Parser]) -> None:
    """The verbs; ``named`` declares one that takes a service."""
    figures = named("metrics", "requests, errors, times and replicas of its last seconds", run_metrics)
    figures.add("--seconds", type=int, default=_SECONDS, metavar="N", help=f"how far back ({_SECONDS})")
    for kind, summary in (
        ("requests", "the requests it answered (with --app-insights)"),
        ("traces", "what its script printed and logged, by request (with --app-insights)"),
        ("exceptions", "what its script raised, with the line (with --app-insights)"),
    ):
        parser = named(kind, summary, run_insights)
        parser.add("--since", metavar="TIME", help="only those after it: 15m, 2h, or a date")
        parser.add("--lines", type=int, default=_ROWS, metavar="N", help=f"the last N ({_ROWS})")
        parser.set_defaults(insights=kind)


def run_metrics(args: Namespace, context: Context) -> Any:
    """Its last seconds as curves."""
    from aml_nb.core.monitoring import metrics
    from aml_nb.display.monitoring import MetricsCard

    service = find_service(context, args.name)
    return MetricsCard(service.name, metrics(service, args.seconds))


def run_insights(args: Namespace, context: Context) -> Any:
    """What it told, of one kind."""
    from aml_nb.core import monitoring
    from aml_nb.display.monitoring import InsightsTable

    if args.lines < 0:
        raise UsageError(f"--lines {args.lines} is no number of rows", hint=f"--lines {_ROWS}")
    service = find_service(context, args.name)
    frame = getattr(monitoring, args.insights)(service, args.since, args.lines)
    collects = bool(service._record.get("appInsightsEnabled"))
    start = "aml-nb " if context.surface == COMMAND else "%"
    turn_on = f"{start}service update {service.name} --app-insights"
    if target_of(service) == "Local":
        turn_on = f"a deployment as {start}deploy aci {service.name} --app-insights"
    return InsightsTable(service.name, args.insights, frame, collects, turn_on)
