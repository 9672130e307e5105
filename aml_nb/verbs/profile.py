"""``%profile VERB [NAME]``: measure how much CPU and memory a service of a model and its script needs."""

from __future__ import annotations

import contextlib
import io
from argparse import Namespace
from typing import Any

from aml_nb.display.profile import ProfileCard, ProfileTable
from aml_nb.display.text import Text
from aml_nb.errors import UsageError
from aml_nb.verbs.bodies import body_bytes
from aml_nb.verbs.context import Context
from aml_nb.verbs.deploy import declare_content
from aml_nb.verbs.inference import inference_config, script_of
from aml_nb.verbs.parser import Parser

EXAMPLES = {
    "magic": """examples:
  %profile run iris {"data": [[5.1, 3.5, 1.4, 0.2]]} --script score.py
  profile = %profile run iris $payload --cpu 0.5 --memory 1
  %%profile run iris                             the cell is the body
  %profile list
  %profile show iris""",
    "command": """examples:
  aml-nb profile run iris '{"data": [[5.1, 3.5, 1.4, 0.2]]}' --script score.py
  aml-nb profile run iris --requests bodies.jsonl --script score.py --loads 1,4,16
  aml-nb profile show iris --json""",
}


def declare(parser: Parser, surface: str) -> None:
    """What the verb takes."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    run = verbs.add_parser("run", help="measure", description="Measure, and show what to ask for.")
    run.add("name", metavar="NAME", completes="profile", help="what to call it; one of that name is replaced")
    run.add("body", metavar="BODY", nargs="?", completes="file", help="the request: JSON, @FILE, or $name")
    run.add("--requests", metavar="PATH", completes="file", help="a file or folder of requests, in place of BODY")
    declare_content(run)
    run.add("--cpu", type=float, metavar="CORES", help="cores that it may use, where the engine can hold it to that")
    run.add("--memory", type=float, metavar="GB", help="memory that it may use, likewise")
    run.add("--loads", type=loads_of, metavar="N,N", help="how many clients call it at once (1,2,4,8,16,32)")
    run.add("--seconds", type=float, metavar="S", help="how long each load lasts (2)")
    run.add("--description", metavar="TEXT", help="what it is for")
    run.add("--no-wait", action="store_true", help="return while it is measured")
    run.set_defaults(run=run_run)
    show = verbs.add_parser("show", help="what was measured", description="What was measured.")
    show.add("name", metavar="NAME", completes="profile", help="the profile")
    show.set_defaults(run=run_show)
    verbs.add_parser("list", help="every profile").set_defaults(run=run_list)
    delete = verbs.add_parser("delete", help="remove it; one that is being measured is stopped")
    delete.add("name", metavar="NAME", completes="profile", help="the profile")
    delete.set_defaults(run=run_delete)


def loads_of(word: str) -> list[int]:
    """``1,2,4`` as numbers."""
    return [int(number) for number in word.split(",")]


def run_run(args: Namespace, context: Context) -> Any:
    """Measure, and wait for it."""
    from aml_nb.core.model import Model

    requests = _requests(args, context)
    args.script = context.default("script", args.script)
    content = inference_config(args, context, script_of(args, context))
    with contextlib.redirect_stdout(io.StringIO()) if context.quiet else contextlib.nullcontext():
        profile = Model.profile(
            context.workspace, args.name, content.models, content.inference, requests, args.cpu, args.memory,
            args.description, loads=args.loads, seconds=args.seconds,
        )  # fmt: skip
        if not args.no_wait:
            profile.wait_for_completion(show_output=True)
    return ProfileCard(profile, table=args.no_wait)


def _requests(args: Namespace, context: Context) -> Any:
    """The body of the line or of the cell, or what is in a path; just one of them."""
    from pathlib import Path

    cell = (context.cell or "").strip() or None
    given = [way for way in (args.body, cell, args.requests) if way is not None]
    if len(given) != 1:
        what = "which of them is the request?" if given else "what to send? A body is missing"
        raise UsageError(what, hint=f"%profile run {args.name} " + '{"data": [[1, 2]]}')
    return Path(args.requests) if args.requests is not None else body_bytes(given[0])


def run_show(args: Namespace, context: Context) -> Any:
    """One profile as it is now."""
    from aml_nb.core.profile import ModelProfile

    return ProfileCard(ModelProfile(context.workspace, args.name))


def run_list(args: Namespace, context: Context) -> Any:
    """Every profile."""
    from aml_nb.core.profile import ModelProfile

    return ProfileTable(ModelProfile._list(context.workspace))


def run_delete(args: Namespace, context: Context) -> Any:
    """Remove it."""
    from aml_nb.core.profile import ModelProfile

    ModelProfile(context.workspace, args.name)._delete()
    return Text(f"Deleted {args.name}.")
