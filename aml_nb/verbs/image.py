"""``%image``: the Docker images that aml_nb makes: base images, environments, services."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aml_nb.display.base import Card
from aml_nb.display.images import ImageTable, size
from aml_nb.verbs.context import Context
from aml_nb.verbs.parser import Parser

if TYPE_CHECKING:
    from docker import DockerClient

EXAMPLES = {
    "magic": """examples:
  %image                                         which images there are, and how large
  %image base                                    make the base image from this Python
  %image rm aml-nb/environment:3f1c…             remove one
  %image prune                                   remove those that nothing needs any more""",
    "command": """examples:
  aml-nb image
  aml-nb image base --tag registry.example/course/base:1
  aml-nb image prune --all""",
}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    parser.set_defaults(run=run_list)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    verbs.add_parser("list", help="every image that aml_nb made, those that others stand on first")
    base = verbs.add_parser("base", help="make a base image of the interpreter that runs now; no registry is asked")
    base.add("--tag", metavar="TAG", help="what to call it; default: what deployments take by themselves")
    base.set_defaults(run=run_base)
    remove = verbs.add_parser("rm", help="remove images by tag or id")
    remove.add("names", metavar="IMAGE", nargs="+", help="the image")
    remove.set_defaults(run=run_rm)
    prune = verbs.add_parser("prune", help="remove images that no service stands on and no deployment would take")
    prune.add("--all", action="store_true", help="also environments that the next deployment would have to build anew")
    prune.set_defaults(run=run_prune)


def run_list(args: Namespace, context: Context) -> Any:
    """Every image of ours."""
    client = _client()
    from aml_nb.engines.docker import images

    return ImageTable(images.listed(client))


def run_base(args: Namespace, context: Context) -> Any:
    """Make the base image."""
    client = _client()
    from aml_nb.engines.docker import base_image
    from aml_nb.engines.docker.build import BuildLog

    log = BuildLog(_silent if context.quiet else context.say)
    made = base_image.make(client, log)
    tag = base_image.tagged(client, made, args.tag) if args.tag else made
    facts = client.api.inspect_image(tag)
    found = facts["Id"]
    notes = [] if args.tag is None else [f"{base_image.SETTING}={tag} lets deployments start from it"]
    rows = [("id", found), ("size", size(facts["Size"]))]
    return Card("image", tag, rows, None, notes, {"tag": tag, "id": found, "size": facts["Size"]})


def run_rm(args: Namespace, context: Context) -> Any:
    """Remove them."""
    client = _client()
    from aml_nb.engines.docker import images

    return _removed(images.remove(client, args.names))


def run_prune(args: Namespace, context: Context) -> Any:
    """Remove what nothing needs."""
    client = _client()
    from aml_nb.engines.docker import images

    services, roots = known_services()
    return _removed(images.prune(client, services, roots, args.all))


def known_services() -> tuple[set[tuple[str, str]], set[str]]:
    """Every service and every registered image of this home's workspaces, and the labels of their roots."""
    from aml_nb.core.image.making import handles
    from aml_nb.core.webservice import services as webservices
    from aml_nb.core.workspace import Workspace
    from aml_nb.core.workspace import folder as workspace_folder
    from aml_nb.engines.docker.inside import root_label

    services, roots = set(), set()
    for folder, facts in workspace_folder.find():
        label = root_label(folder / "services")
        roots.add(label)
        workspace = Workspace._of(folder, facts)
        services |= {(label, payload["handle"]) for payload in webservices.every(workspace)}
        services |= {(label, handle) for handle in handles(workspace)}
    return services, roots


def _removed(gone: Sequence[Any]) -> Card:
    freed = sum(kept.own for kept in gone)
    rows = [(kept.tag, size(kept.own)) for kept in gone]
    data = {"removed": [kept.tag for kept in gone], "freed": freed}
    return Card("removed", f"{len(gone)} images, {size(freed)}", rows, None, [], data)


def _client() -> DockerClient:
    from aml_nb.engines import select

    select.check("docker")
    from aml_nb.engines.docker.client import connect

    return connect()


def _silent(line: str) -> None:
    """Nobody listens."""
