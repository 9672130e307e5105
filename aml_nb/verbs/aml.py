"""``%aml``: which workspace, which engine, which defaults."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import Any

from aml_nb.display.base import Card
from aml_nb.display.objects import WorkspaceCard
from aml_nb.display.text import pairs
from aml_nb.errors import UsageError
from aml_nb.verbs import MAGIC
from aml_nb.verbs.context import Context, open_workspace, read_defaults, write_default
from aml_nb.verbs.finding_runs import chosen_experiment
from aml_nb.verbs.known import names_of, workspace_names
from aml_nb.verbs.parser import Parser

EXAMPLES = {
    "magic": """examples:
  %aml                                           where you are and what is there
  %aml workspace course --create                 work in another workspace
  %aml registry                                  browse the models: search, files, versions, uses
  %aml engine process
  %aml quota 20                                  at most 20 cores in AKS clusters
  %aml nodes aks-cluster 4                       give a cluster four nodes
  %aml set script score.py                       what %deploy takes when it is not told
  %aml set script --unset""",
    "command": """examples:
  aml-nb aml registry flowers
  aml-nb aml engine process
  aml-nb aml set script score.py""",
}
DEFAULTS = {
    "script": str, "environment": str, "source_dir": str, "compute_target": str,
    "cpu": float, "memory": float, "timeout": float, "port": int, "replicas": int, "auth": bool,
}  # fmt: skip
_LISTED = 50
ENGINES = ("auto", "process", "docker")


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.set_defaults(run=run)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    if surface == MAGIC:  # a command line has `aml-nb workspace`
        workspace = verbs.add_parser("workspace", help="show, choose or create the workspace")
        workspace.add("name", metavar="NAME", nargs="?", completes="workspace", help="work in this one from now on")
        workspace.add("--create", action="store_true", help="make it where it is missing")
        workspace.set_defaults(run=run_workspace)
    registry = verbs.add_parser("registry", help="browse the registered models: a live panel in a notebook")
    registry.add("search", metavar="TEXT", nargs="*", help="words in their name, tags, framework or description")
    registry.add("--limit", type=int, default=_LISTED, metavar="N", help=f"at most so many in text ({_LISTED})")
    registry.set_defaults(run=run_registry)
    engine = verbs.add_parser("engine", help="show or choose what runs the services")
    engine.add("name", metavar="ENGINE", nargs="?", choices=ENGINES, help="auto, process or docker")
    engine.set_defaults(run=run_engine)
    quota = verbs.add_parser("quota", help="show or choose how many cores AKS clusters may have in all")
    quota.add("cores", metavar="CORES", nargs="?", help="so many")
    quota.add("--unset", action="store_true", help="go back to the default")
    quota.set_defaults(run=run_quota)
    nodes = verbs.add_parser("nodes", help="show or choose how many nodes an AKS cluster has")
    nodes.add("cluster", metavar="CLUSTER", completes="compute", help="the cluster")
    nodes.add("count", metavar="COUNT", nargs="?", help="so many")
    nodes.set_defaults(run=run_nodes)
    defaults = verbs.add_parser("set", help="keep a default for deployments in the workspace")
    defaults.add("key", metavar="KEY", nargs="?", choices=tuple(DEFAULTS), help=", ".join(DEFAULTS))
    defaults.add("value", metavar="VALUE", nargs="?", completes="file", help="the value")
    defaults.add("--unset", action="store_true", help="forget it")
    defaults.set_defaults(run=run_set)


def run(args: Namespace, context: Context) -> Any:
    """The workspace, the engine, and how much is there."""
    return workspace_card(context.workspace)


def workspace_card(workspace: Any) -> WorkspaceCard:
    """A workspace with its engine, its counts and its defaults."""
    rows = [
        ("models", str(len(names_of("model", workspace)))),
        ("services", ", ".join(names_of("service", workspace)) or "0"),
        ("experiment", chosen_experiment(workspace) or ""),
        ("environments", str(len(workspace._store.versioned("environment").list()))),
        ("compute targets", ", ".join(names_of("compute", workspace)) or "0"),
        ("engine", engine_text(workspace)),
        ("control plane", plane_text(workspace)),
        ("defaults", pairs(read_defaults(workspace))),
        ("folder", str(workspace._folder)),
    ]
    return WorkspaceCard(workspace, rows)


def run_registry(args: Namespace, context: Context) -> Any:
    """The models, newest first; in a notebook a panel."""
    from aml_nb.display.registry import RegistryView

    if args.limit < 1:
        raise UsageError(f"--limit {args.limit} shows nothing", hint=f"--limit {_LISTED}")
    workspace, live, search = context.workspace, context.live, " ".join(str(plain(word)) for word in args.search)
    view = RegistryView(workspace, search, args.limit)
    return view.live(None if live is None else lambda: live(workspace, search=search))


def engine_text(workspace: Any) -> str:
    """Which engine runs services, and who said so."""
    from aml_nb.engines.select import choose
    from aml_nb.errors import AmlError

    setting = (workspace._store.records("setting").get("engine") or {}).get("value")
    said = os.environ.get("AML_NB_ENGINE")
    why = "AML_NB_ENGINE" if said else "%aml engine" if setting else "default"
    try:
        choice = choose(setting)
    except AmlError as error:  # what was asked for cannot be had now; whoever looks is to see that
        return f"{said or setting} ({why}): {(error.brief or error.message).splitlines()[-1]} Try: {error.hint}"
    return f"{choice.name} ({why}{': ' + choice.reason.rstrip('.') if choice.reason else ''})"


def plane_text(workspace: Any) -> str:
    """Whether the control plane runs, and what it looks after; nothing where there is nothing for it to do."""
    from aml_nb.core import plane
    from aml_nb.core.pipelines import published_records as kept

    counts = {
        "published pipelines": len(kept.listed(workspace, kept.PIPELINE, active_only=True)),
        "schedules": len(kept.listed(workspace, kept.SCHEDULE, active_only=True)),
    }
    there = ", ".join(f"{count} {what if count > 1 else what[:-1]}" for what, count in counts.items() if count)
    found = plane.look(workspace)
    if found is not None:
        return f"running at {found.url}{f' ({there})' if there else ''}"
    if not there:
        return ""
    needed = "; schedules wait for it: aml-nb up" if counts["schedules"] else ""
    return f"stopped ({there}){needed}"


def run_workspace(args: Namespace, context: Context) -> Any:
    """Show it, or work in another from now on."""
    if args.name is None:
        if args.create:
            raise UsageError("--create needs a name", hint="%aml workspace NAME --create")
        return workspace_card(context.workspace)
    chosen = getattr(args.name, "value", args.name)
    if isinstance(chosen, str):
        chosen = _opened(chosen, args.create)
    context.use(chosen)
    return workspace_card(chosen)


def _opened(name: str, create: bool) -> Any:
    from aml_nb.core.workspace import Workspace

    if create and name not in workspace_names():
        return Workspace.create(name, show_output=False)
    return open_workspace(name)


def run_engine(args: Namespace, context: Context) -> Any:
    """Show the engine, or choose it for the workspace."""
    if args.name is not None:
        from aml_nb.engines import select

        select.check(args.name)
        context.workspace._store.records("setting").put("engine", {"value": args.name})
    return Card("engine", engine_text(context.workspace), [("workspace", context.workspace.name)])


def run_quota(args: Namespace, context: Context) -> Any:
    """Show the core quota, or choose it for the workspace."""
    from aml_nb.core.compute import quota

    if args.cores is not None or args.unset:
        quota.set_limit(context.workspace, None if args.unset else quota.checked(plain(args.cores)))
    limit, used = quota.limit(context.workspace), quota.used(context.workspace)
    rows = [("in use", f"{used} cores"), ("workspace", context.workspace.name)]
    notes = ["AML_NB_CORE_QUOTA goes before what is kept here"] if os.environ.get(quota.VARIABLE) else []
    return Card("core quota", f"{limit} cores", rows, None, notes, {"limit": limit, "used": used})


def run_nodes(args: Namespace, context: Context) -> Any:
    """Show what a cluster has and what its services hold of it, or give it another number of nodes."""
    from aml_nb.core.compute import AksCompute
    from aml_nb.core.webservice import clusters

    cluster = AksCompute(context.workspace, str(plain(args.cluster)))
    if args.count is not None:
        count = str(plain(args.count))
        if not count.isdigit():
            raise UsageError(f"COUNT is a number of nodes, not {count!r}", hint=f"%aml nodes {cluster.name} 4")
        cluster._resize(int(count))
    room = clusters.room(context.workspace, cluster.name)
    rows = [(f"node {number}", f"free: {free}") for number, free in enumerate(room, 1)]
    title = f"{cluster.agent_count} x {cluster.agent_vm_size}"
    return Card("cluster", cluster.name, [("nodes", title), *rows], cluster.provisioning_state)


def plain(value: Any) -> Any:
    """What a word of a magic stands for, where it was the name of a variable."""
    return getattr(value, "value", value)


def run_set(args: Namespace, context: Context) -> Any:
    """Keep, forget or show defaults."""
    if args.key and (args.unset or args.value is not None):
        value = None if args.unset else convert(args.key, args.value)
        write_default(context.workspace, args.key, value)
    elif args.unset:
        raise UsageError("which default is to be forgotten?", hint=f"one of {', '.join(DEFAULTS)}")
    values = read_defaults(context.workspace)
    shown = {key: value for key, value in values.items() if args.key in (None, key)}
    notes = [] if shown else ["nothing is set"]
    return Card("defaults of", context.workspace.name, [(k, str(v)) for k, v in shown.items()], None, notes, shown)


def convert(key: str, text: Any) -> Any:
    """The text as the default's type."""
    kind = DEFAULTS[key]
    text = str(getattr(text, "value", text))
    if kind is bool:
        if text.lower() not in ("true", "false", "on", "off", "yes", "no"):
            raise UsageError(f"{key} is on or off, not {text!r}", hint=f"%aml set {key} on")
        return text.lower() in ("true", "on", "yes")
    try:
        return kind(text)
    except ValueError:
        raise UsageError(f"{key} is a number, not {text!r}", hint=f"%aml set {key} 1") from None
