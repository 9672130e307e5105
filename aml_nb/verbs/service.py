"""``%service VERB [NAME]``: list, call, diagnose, change and delete web services."""

from __future__ import annotations

import argparse
import time
from argparse import Namespace
from typing import Any

from aml_nb.core.webservice.client_code import LANGUAGES
from aml_nb.display.answers import LEVELS, Answer, Code, Keys, LogView, at_least
from aml_nb.display.base import Card
from aml_nb.display.objects import ServiceCard, ServiceTable, target_of
from aml_nb.display.text import Text
from aml_nb.errors import UsageError
from aml_nb.verbs.bodies import body_bytes, looks_like_body
from aml_nb.verbs.context import Context
from aml_nb.verbs.deploy import declare_content
from aml_nb.verbs.diagnosing import run_diagnose
from aml_nb.verbs.known import all_services, find_service, magic_hints, names_of
from aml_nb.verbs.monitoring import declare_monitoring
from aml_nb.verbs.parser import Parser

EXAMPLES = {
    "magic": """NAME may be left out where there is one service, or for the one deployed last.
examples:
  %service list
  %service run iris {"data": [[5.1, 3.5, 1.4, 0.2]]}
  answer = %service run iris $payload            a dict, list, array, table or text of yours
  %%service run iris                             the cell is the body
  %service status iris                           a live panel, with buttons
  %service logs iris --level ERROR
  %service logs iris --follow                    new lines as they come
  %service diagnose iris                         what is wrong, where, and what mends it
  %service metrics iris                          requests, errors and times of the last minutes
  %service exceptions iris --since 1h            what its script raised (with --app-insights)
  %service code iris --language go               a program that calls it
  %service run --help                            what one verb takes""",
    "command": """examples:
  aml-nb service list --json
  aml-nb service run iris '{"data": [[5.1, 3.5, 1.4, 0.2]]}'
  aml-nb service logs iris --lines 50 --follow
  aml-nb service diagnose iris
  aml-nb service metrics iris --json
  aml-nb service code iris --language curl > client.sh""",
}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    verbs.add_parser("list", help="every service and its state").set_defaults(run=run_list)
    status = _named(verbs, "status", "its state, addresses, models and error", run_status)
    status.add("--follow", action="store_true", help="go on with every change, until it is interrupted (terminals)")
    call = _named(verbs, "run", "send one request and show the answer", run_run)
    call.add("body", metavar="BODY", nargs="?", completes="file", help="JSON, @FILE, or $name for a variable")
    logs = _named(verbs, "logs", "what it wrote, also when it failed to start", run_logs)
    logs.add("--lines", type=int, default=100, metavar="N", help="the last N lines (100)")
    logs.add("--level", choices=LEVELS, type=str.upper, help="only lines of this level and above")
    logs.add("-f", "--follow", action="store_true", help="go on with new lines: a live panel, or until interrupted")
    _named(verbs, "diagnose", "why it fails, or the latest request to it that failed", run_diagnose)
    declare_monitoring(lambda name, summary, function: _named(verbs, name, summary, function))
    keys = _named(verbs, "keys", "its keys, as stars unless --show", run_keys)
    keys.add("--show", action="store_true", help="print the keys")
    keys.add("--regenerate", choices=("primary", "secondary"), help="replace this key first")
    _named(verbs, "reload", "read the entry script again (local)", run_reload)
    _declare_update(_named(verbs, "update", "serve other models, another script, other settings", run_update))
    _declare_code(_named(verbs, "code", "a program that calls it, in one of six languages", run_code))
    delete = verbs.add_parser("delete", help="delete it; NAME is needed")
    delete.add("name", metavar="NAME", nargs="+", completes="service", help="the services")
    delete.set_defaults(run=run_delete)
    _named(verbs, "open", "links to its scoring address and its swagger document", run_open)


def _named(verbs: Any, name: str, summary: str, function: Any) -> Parser:
    parser: Parser = verbs.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.add("name", metavar="NAME", nargs="?", completes="service", help="the service")
    parser.set_defaults(run=function)
    return parser


def _declare_code(parser: Parser) -> None:
    # The languages are checked where they live, which says what is near and lists them.
    parser.add("--language", metavar="LANGUAGE", default="python", help=f"{', '.join(LANGUAGES)} (python)")
    parser.add("--body", metavar="BODY", completes="file", help="the request it sends: JSON, @FILE, or $name")
    parser.add("--key", action="store_true", help="write the key itself into it, for everybody who reads it")


def _declare_update(parser: Parser) -> None:
    declare_content(parser)
    parser.add("--cpu", type=float, metavar="CORES", help="cores for it (aks)")
    parser.add("--memory", type=float, metavar="GB", help="memory for it (aks)")
    parser.add("--replicas", type=int, metavar="N", help="how many workers answer (aks)")
    parser.add("--auth", action=argparse.BooleanOptionalAction, help="ask callers for a key (aci, aks)")
    parser.add("--app-insights", action=argparse.BooleanOptionalAction, help="keep requests, traces, errors (aci, aks)")
    parser.add("--tag", metavar="KEY=VALUE", action="append", help="replace the tags (aci, aks)")
    parser.add("--description", metavar="TEXT", help="what the service is (aci, aks)")
    parser.add("--no-wait", action="store_true", help="return while it changes")


def run_list(args: Namespace, context: Context) -> Any:
    """Every service."""
    return ServiceTable(all_services(context.workspace))


def run_status(args: Namespace, context: Context) -> Any:
    """One service as it is now; in a notebook a panel that stays so."""
    service, live = find_service(context, args.name), context.live
    if not args.follow:
        return ServiceCard(service).live(None if live is None else lambda: live(service))
    if live is not None and live(service):
        return None
    from aml_nb.verbs import streaming

    return streaming.status(context, service)


def run_run(args: Namespace, context: Context) -> Any:
    """Send a body; an error of the service is raised as v1 raises it."""
    name, body = args.name, args.body
    if body is None and name is not None and looks_like_body(name):
        name, body = None, name
    if context.cell is not None:
        if body is not None:
            raise UsageError("a body in the line and one in the cell", hint=f"%%service run {name or ''}".strip())
        body = context.cell.strip() or None
    if body is None:
        hint = f"%service run {name or 'NAME'} " + '{"data": [[1, 2]]}'
        raise UsageError("what to send? A body is missing", hint=hint)
    if name is not None and looks_like_body(name) and name not in names_of("service", context.workspace):
        raise UsageError("first the service, then the body", hint=f"%service run NAME {name}")
    data = body_bytes(body)
    service = find_service(context, name)
    started = time.perf_counter()
    with magic_hints(service.name):
        value = service.run(_as_v1_takes_it(data))
    return Answer(value, (time.perf_counter() - started) * 1000, 200, f"from {service.name}")


def _as_v1_takes_it(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def run_logs(args: Namespace, context: Context) -> Any:
    """The last lines of its log."""
    service = find_service(context, args.name)
    if args.follow:
        return _follow_logs(args, context, service)
    lines = str(service.get_logs(num_lines=5000 if args.level else args.lines) or "").splitlines()
    if args.level:
        lines = at_least(lines, args.level)
    return LogView(service.name, lines[-args.lines :] if args.lines > 0 else [])


def _follow_logs(args: Namespace, context: Context, service: Any) -> Any:
    from aml_nb.verbs import streaming

    if context.live is not None and context.live(service, log=True, level=args.level, lines=args.lines):
        return None
    return streaming.logs(context, service, args.level, args.lines)


def run_keys(args: Namespace, context: Context) -> Any:
    """Its keys; ``primary`` and ``secondary`` of what is returned are whole."""
    service = find_service(context, args.name)
    if target_of(service) == "Local":
        raise UsageError(f"{service.name} is a local service; those have no keys", hint="%deploy aci NAME --auth")
    if args.regenerate:
        service.regen_key(args.regenerate.capitalize())
    primary, secondary = service.get_keys()
    return Keys(service.name, primary or "", secondary or "", args.show)


def run_reload(args: Namespace, context: Context) -> Any:
    """Start it again from the entry script as it is now."""
    service = find_service(context, args.name)
    if target_of(service) != "Local":
        raise UsageError(
            f"{service.name} is no local service; only those reload",
            hint=f"%service update {service.name} --script FILE",
        )
    with magic_hints(service.name):
        service.reload(wait=True)
    return ServiceCard(service)


def run_update(args: Namespace, context: Context) -> Any:
    """Change what it serves or how; requests are answered meanwhile."""
    from aml_nb.verbs.updating import update

    service = find_service(context, args.name)
    with magic_hints(service.name):
        update(service, args, context)
    return ServiceCard(find_service(context, service.name))


def run_delete(args: Namespace, context: Context) -> Any:
    """Delete the services; all of them must exist before the first goes."""
    services = [find_service(context, name) for name in args.name]
    for service in services:
        service.delete()
        if context.last_service == service.name:
            context.last_service = None
    return Text(f"Deleted {', '.join(args.name)}.")


def run_code(args: Namespace, context: Context) -> Any:
    """A client of the service; it reads the key from a variable unless told otherwise."""
    service = find_service(context, args.name)
    body = None if args.body is None else body_bytes(args.body)
    with magic_hints(service.name):
        return Code(service.name, service.client_code(args.language, body=body, key=args.key))


def run_open(args: Namespace, context: Context) -> Any:
    """Where it answers and where its description is."""
    service = find_service(context, args.name)
    if not service.scoring_uri:
        raise UsageError(f"{service.name} has no address: it is {service.state}", hint=f"%service logs {service.name}")
    rows = [
        ("score", service.scoring_uri),
        ("swagger", service.swagger_uri),
        ("health", str(service.scoring_uri).split("/", 3)[0] + "//" + str(service.scoring_uri).split("/", 3)[2] + "/"),
    ]
    return Card("open", service.name, rows, service.state)
