"""``aml-nb workspace VERB``: list, show, create, and write config.json."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from aml_nb.display.objects import WorkspaceTable
from aml_nb.display.text import Text
from aml_nb.verbs.aml import workspace_card
from aml_nb.verbs.context import Context, open_workspace
from aml_nb.verbs.parser import Parser

EXAMPLES = {"command": "examples:\n  aml-nb workspace create course\n  aml-nb workspace config course"}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.set_defaults(run=run_show, name=None)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    verbs.add_parser("list", help="every workspace").set_defaults(run=run_list)
    show = verbs.add_parser("show", help="one workspace and what is in it")
    show.add("name", metavar="NAME", nargs="?", completes="workspace", help="default: the one that is used here")
    show.set_defaults(run=run_show)
    create = verbs.add_parser("create", help="make a workspace")
    create.add("name", metavar="NAME", help="3 to 33 letters, digits, - and _")
    create.add("--exist-ok", action="store_true", help="no error where it is there")
    create.set_defaults(run=run_create)
    config = verbs.add_parser("config", help="write .azureml/config.json here, so that from_config() opens it")
    config.add("name", metavar="NAME", nargs="?", completes="workspace", help="default: the one that is used here")
    config.set_defaults(run=run_config)
    use = verbs.add_parser("use", help="let from_config() open it where there is no config.json")
    use.add("name", metavar="NAME", completes="workspace", help="the workspace")
    use.set_defaults(run=run_use)
    delete = verbs.add_parser("delete", help="delete a workspace with everything in it")
    delete.add("name", metavar="NAME", completes="workspace", help="the workspace")
    delete.add("--yes", action="store_true", help="needed: it cannot be undone")
    delete.set_defaults(run=run_delete)


def run_list(args: Namespace, context: Context) -> Any:
    """Every workspace."""
    from aml_nb.core.workspace import Workspace
    from aml_nb.core.workspace import folder as workspace_folder

    return WorkspaceTable([Workspace._of(folder, facts) for folder, facts in workspace_folder.find()])


def run_show(args: Namespace, context: Context) -> Any:
    """One workspace."""
    return workspace_card(open_workspace(args.name) if args.name else context.workspace)


def run_create(args: Namespace, context: Context) -> Any:
    """Make it."""
    from aml_nb.core.workspace import Workspace

    return workspace_card(Workspace.create(args.name, exist_ok=args.exist_ok, show_output=False))


def run_config(args: Namespace, context: Context) -> Any:
    """Write the file that ``from_config`` reads."""
    workspace = open_workspace(args.name) if args.name else context.workspace
    workspace.write_config()
    return Text("")


def run_use(args: Namespace, context: Context) -> Any:
    """Make it the user's default."""
    from aml_nb.core.workspace import config as workspace_config

    workspace = open_workspace(args.name)
    address = workspace_config.Address(workspace.subscription_id, workspace.resource_group, workspace.name)
    workspace_config.set_default(address)
    return workspace_card(workspace)


def run_delete(args: Namespace, context: Context) -> Any:
    """Delete it, with its services."""
    from aml_nb.errors import UsageError

    workspace = open_workspace(args.name)
    if not args.yes:
        raise UsageError(
            f"deleting {args.name!r} takes its models and services along",
            hint=f"aml-nb workspace delete {args.name} --yes",
        )
    workspace.delete(delete_dependent_resources=True)
    return Text(f"Deleted the workspace {args.name}.")
