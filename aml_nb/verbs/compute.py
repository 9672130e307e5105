"""``%compute VERB [NAME]``: list, make, change, start, stop and delete compute targets."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from aml_nb.display.compute import ComputeCard, ComputeTable
from aml_nb.display.text import Text
from aml_nb.errors import AmlError, UsageError
from aml_nb.verbs.context import Context
from aml_nb.verbs.known import names_of
from aml_nb.verbs.parser import Parser, near_text

EXAMPLES = {
    "magic": """examples:
  %compute                                       every compute target
  %compute create cpu-cluster --max 4            a cluster for runs of up to four nodes
  %compute show cpu-cluster                      its nodes, and the runs that are on them or wait
  %compute update cpu-cluster --max 8 --idle 120
  %compute create my-instance --type instance
  %compute attach lab tcp://10.0.0.4:8786        the scheduler of a Dask cluster
  %compute delete cpu-cluster""",
    "command": "examples:\n  aml-nb compute create cpu-cluster --max 4\n  aml-nb compute show cpu-cluster --json",
}
SIZE = "STANDARD_DS2_V2"
TYPES = ("cluster", "instance", "aks")


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.set_defaults(run=run_list)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    verbs.add_parser("list", help="every compute target").set_defaults(run=run_list)
    _named(verbs, "show", "one target with its nodes and the runs on them", run_show)
    create = _named(verbs, "create", "make a cluster for runs, an instance, or a cluster for services", run_create)
    create.add("--type", choices=TYPES, default="cluster", help="cluster for runs (default), instance or aks")
    create.add("--size", metavar="VM_SIZE", help=f"what a node is on paper; for runs {SIZE}")
    create.add("--low-priority", action="store_true", help="nodes of low priority, on paper (cluster)")
    _scale(create)
    _scale(_named(verbs, "update", "change how a cluster for runs scales", run_update))
    attach = _named(verbs, "attach", "attach the scheduler of a Dask cluster", run_attach)
    attach.add("address", metavar="ADDRESS", help="such as tcp://10.0.0.4:8786")
    _named(verbs, "start", "let an instance take runs again", run_start)
    _named(verbs, "stop", "cancel the runs on an instance, and take no more", run_stop)
    _named(verbs, "delete", "delete or detach it; its runs are cancelled", run_delete)


def _named(verbs: Any, name: str, summary: str, function: Any) -> Parser:
    parser: Parser = verbs.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.add("name", metavar="NAME", completes="compute", help="the compute target")
    parser.set_defaults(run=function)
    return parser


def _scale(parser: Parser) -> None:
    parser.add("--min", type=int, metavar="N", help="so many nodes at least")
    parser.add("--max", type=int, metavar="N", help="so many nodes at most; aks: so many nodes")
    parser.add("--idle", type=int, metavar="SECONDS", help="when an idle node goes")


def run_list(args: Namespace, context: Context) -> Any:
    """Every target."""
    from aml_nb.core.compute import ComputeTarget

    return ComputeTable(ComputeTarget.list(context.workspace))


def run_show(args: Namespace, context: Context) -> Any:
    """One target as it is now."""
    return card(find(context, args.name))


def card(target: Any) -> ComputeCard:
    """A target with the runs that wait for it."""
    from aml_nb.core.compute.pool import Pool

    return ComputeCard(target, Pool(target.workspace._folder, target.name).waiting())


def run_create(args: Namespace, context: Context) -> Any:
    """Make it; one that is there and of that type is shown as it is."""
    from aml_nb.core.compute import ComputeTarget

    return card(ComputeTarget.create(context.workspace, name_in(args), _configuration(args)))


def _configuration(args: Namespace) -> Any:
    from aml_nb.core.compute import AksCompute, AmlCompute, ComputeInstance

    if args.type != "cluster":
        _refuse(args, ("min", "idle", "low_priority") + (("max",) if args.type == "instance" else ()))
    if args.type == "instance":
        return ComputeInstance.provisioning_configuration(vm_size=args.size or "")
    if args.type == "aks":
        return AksCompute.provisioning_configuration(agent_count=args.max, vm_size=args.size)
    priority = "lowpriority" if args.low_priority else "dedicated"
    scale = {"min_nodes": args.min, "max_nodes": args.max, "idle_seconds_before_scaledown": args.idle}
    given = {name: value for name, value in scale.items() if value is not None}
    return AmlCompute.provisioning_configuration(args.size or SIZE, priority, **given)


def _refuse(args: Namespace, options: tuple[str, ...]) -> None:
    for option in options:
        if getattr(args, option):
            raise UsageError(f"--{option.replace('_', '-')} is for clusters for runs, not for --type {args.type}")


def run_update(args: Namespace, context: Context) -> Any:
    """Change the scale settings."""
    target = _able(find(context, args.name), "scale_settings", "is no cluster for runs", "%aml nodes NAME N")
    target.update(args.min, args.max, args.idle)
    return card(target)


def run_attach(args: Namespace, context: Context) -> Any:
    """Attach a scheduler."""
    from aml_nb.core.compute import ComputeTarget, DaskCompute

    config = DaskCompute.attach_configuration(_plain(args.address))
    return card(ComputeTarget.attach(context.workspace, name_in(args), config))


def run_start(args: Namespace, context: Context) -> Any:
    """Start an instance."""
    target = _instance(context, args.name)
    target.start()
    return card(target)


def run_stop(args: Namespace, context: Context) -> Any:
    """Stop an instance."""
    target = _instance(context, args.name)
    target.stop()
    return card(target)


def run_delete(args: Namespace, context: Context) -> Any:
    """Delete it."""
    target = find(context, args.name)
    target.delete()
    return Text(f"{'Detached' if target.is_attached else 'Deleted'} the compute target {target.name}.")


def find(context: Context, name: Any) -> Any:
    """The target of that name; the error names those that are near."""
    from aml_nb.core.compute.target import get

    name = _plain(name)
    try:
        return get(context.workspace, name)
    except AmlError as error:
        error.message += near_text(name, names_of("compute", context.workspace))
        error.hint = "%compute list"
        raise


def name_in(args: Namespace) -> str:
    """The name that was given, as a word or by a variable."""
    return _plain(args.name)


def _plain(value: Any) -> str:
    """What a word of a magic stands for; a variable may hold the target itself."""
    value = getattr(value, "value", value)
    return str(getattr(value, "name", value))


def _instance(context: Context, name: Any) -> Any:
    return _able(find(context, name), "start", "is no compute instance", "%compute create NAME --type instance")


def _able(target: Any, attribute: str, why_not: str, hint: str) -> Any:
    if not hasattr(target, attribute):
        raise UsageError(f"{target.name} is of type {target.type} and {why_not}", hint=hint)
    return target
