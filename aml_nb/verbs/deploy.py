"""``%deploy local|aci|aks NAME``: models and an entry script become a web service."""

from __future__ import annotations

import argparse
import contextlib
import io
from argparse import Namespace
from typing import Any

from aml_nb.display.objects import ServiceCard
from aml_nb.errors import UsageError
from aml_nb.verbs import MAGIC
from aml_nb.verbs.aml import DEFAULTS
from aml_nb.verbs.context import Context
from aml_nb.verbs.inference import content_of
from aml_nb.verbs.known import aks_clusters, magic_hints, pairs
from aml_nb.verbs.parser import Parser, near_text

EXAMPLES = {
    "magic": """examples:
  %deploy local iris --script score.py
  svc = %deploy aci iris-aci --model iris:2 --script score.py --auth
  %deploy aks iris-aks --script score.py --compute-target aks --replicas 2
What is not given comes from %aml set; models come from the script's get_model_path calls.""",
    "command": """examples:
  aml-nb deploy local iris --script score.py
  aml-nb deploy aks iris-aks --model iris --script score.py --compute-target aks --replicas 2""",
}
TARGETS = ("local", "aci", "aks")
_ONLY = {
    "port": ("local",),
    "cpu": ("aci", "aks"),
    "memory": ("aci", "aks"),
    "auth": ("aci", "aks"),
    "app_insights": ("aci", "aks"),
    "tag": ("aci", "aks"),
    "description": ("aci", "aks"),
    "token_auth": ("aks",),
    "replicas": ("aks",),
    "compute_target": ("aks",),
    "create_compute": ("aks",),
    "timeout": ("aci", "aks"),
}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.add("target", metavar="TARGET", choices=TARGETS, help="local, aci or aks")
    parser.add("name", metavar="NAME", completes="service", help="the service's name")
    declare_content(parser)
    parser.add("--cpu", type=float, metavar="CORES", help="cores for it (aci, aks)")
    parser.add("--memory", type=float, metavar="GB", help="memory for it (aci, aks)")
    parser.add("--port", type=int, metavar="N", help="the port to listen on (local); default: a free one")
    parser.add("--auth", action=argparse.BooleanOptionalAction, help="ask callers for a key (aci: off, aks: on)")
    parser.add("--token-auth", action="store_true", default=None, help="ask callers for a token (aks)")
    parser.add("--app-insights", action=argparse.BooleanOptionalAction, help="keep requests, traces, errors (aci, aks)")
    parser.add("--replicas", type=int, metavar="N", help="how many workers answer (aks); default: autoscaled")
    parser.add("--compute-target", metavar="NAME", completes="compute", help="the AKS cluster; default: the only one")
    parser.add("--create-compute", action="store_true", default=None, help="make that cluster where it is missing")
    parser.add("--tag", metavar="KEY=VALUE", action="append", help="a tag; may be given again (aci, aks)")
    parser.add("--description", metavar="TEXT", help="what the service is (aci, aks)")
    parser.add("--overwrite", action="store_true", help="replace a service of that name")
    parser.add("--no-wait", action="store_true", help="return while it starts")
    parser.add("--timeout", type=float, metavar="SECONDS", help="give up waiting after this time (aci, aks)")


def declare_content(parser: Parser) -> None:
    """The options that say what a service serves; ``%service update`` has them too."""
    parser.add(
        "--model", metavar="NAME[:VERSION]", action="append", completes="model",
        help="a model to serve; may be given again; default: those the script names, else the newest",
    )  # fmt: skip
    parser.add("--script", metavar="FILE", completes="python", help="the entry script; some models need none")
    parser.add("--source-dir", metavar="FOLDER", completes="folder", help="a folder that goes along with the script")
    parser.add("--environment", metavar="NAME[:VERSION]", completes="environment", help="a registered environment")


def run(args: Namespace, context: Context) -> Any:
    """Deploy it, wait until it answers, and return the Webservice."""
    from aml_nb.core.webservice.deploy import deploy_model

    _fill_defaults(args, context)
    _refuse_misplaced(args)
    config = content_of(args, context)
    with _output(context), magic_hints(args.name):
        service = deploy_model(
            context.workspace,
            args.name,
            config.models,
            config.inference,
            deployment_configuration(args),
            compute_target(args, context),
            overwrite=args.overwrite,
        )
        context.last_service = args.name
        if not args.no_wait:
            wait(service, args)
    return service if context.surface == MAGIC else ServiceCard(service)


def wait(service: Any, args: Namespace) -> None:
    """Wait as v1 does, with its output."""
    if args.target == "local":
        service.wait_for_deployment(show_output=True)
    else:
        service.wait_for_deployment(show_output=True, timeout_sec=args.timeout)


def _output(context: Context) -> Any:
    """v1's progress on stdout; nowhere when the answer is JSON."""
    return contextlib.redirect_stdout(io.StringIO()) if context.quiet else contextlib.nullcontext()


def _fill_defaults(args: Namespace, context: Context) -> None:
    """What was not given comes from ``%aml set``, as far as the target knows it."""
    for key in DEFAULTS:
        if args.target in _ONLY.get(key, TARGETS):
            setattr(args, key, context.default(key, getattr(args, key)))


def _refuse_misplaced(args: Namespace) -> None:
    for key, targets in _ONLY.items():
        if getattr(args, key) is not None and args.target not in targets:
            option = "--" + key.replace("_", "-")
            raise UsageError(
                f"%deploy {args.target}: {option} is for {' and '.join(targets)}",
                hint=f"%deploy {targets[0]} {args.name}",
            )


def deployment_configuration(args: Namespace) -> Any:
    """v1's deployment configuration of the target."""
    from aml_nb.core.webservice import AciWebservice, AksWebservice, LocalWebservice

    if args.target == "local":
        return LocalWebservice.deploy_configuration(port=args.port)
    common = {
        "cpu_cores": args.cpu, "memory_gb": args.memory, "auth_enabled": args.auth,
        "tags": pairs(args.tag, "--tag"), "description": args.description,
        "enable_app_insights": args.app_insights,
    }  # fmt: skip
    if args.target == "aci":
        return AciWebservice.deploy_configuration(**common)
    scale = {} if args.replicas is None else {"autoscale_enabled": False, "num_replicas": args.replicas}
    if args.token_auth:
        common["auth_enabled"] = False
    return AksWebservice.deploy_configuration(**common, **scale, token_auth_enabled=args.token_auth)


def compute_target(args: Namespace, context: Context) -> Any:
    """The AKS cluster: the named one, else the only one, else one that is made when asked for."""
    if args.target != "aks":
        return None
    from aml_nb.core.compute import AksCompute, ComputeTarget

    known = aks_clusters(context.workspace)
    name = args.compute_target or (known[0] if len(known) == 1 else None)
    if name in known:
        return ComputeTarget(context.workspace, name)
    if args.create_compute:
        made = ComputeTarget.create(context.workspace, name or "aks", AksCompute.provisioning_configuration())
        made.wait_for_completion(show_output=True)
        return made
    if name is None and known:
        raise UsageError(f"which cluster? There are {', '.join(known)}", hint=f"--compute-target {known[0]}")
    what = f"there is no compute target {name!r}{near_text(name, known)}" if name else "there is no AKS cluster yet"
    raise UsageError(what, hint="--create-compute makes it here")
