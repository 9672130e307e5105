"""From a script, a source folder, models and an environment to v1's InferenceConfig and Model objects."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import dataclass
from typing import Any

from aml_nb.core.inference.entry_check import EntryCheck, check_entry_script
from aml_nb.errors import UsageError
from aml_nb.verbs.context import Context
from aml_nb.verbs.environment import find_environment
from aml_nb.verbs.known import find_model
from aml_nb.verbs.score_script import read


@dataclass(frozen=True)
class Content:
    """What a service serves: Model objects and the InferenceConfig."""

    models: list[Any]
    inference: Any


def content_of(args: Namespace, context: Context) -> Content:
    """What a service is to serve; where no script is known, one model whose framework needs none will do."""
    if not (args.script or args.source_dir or args.environment or context.last_script) and len(args.model or ()) == 1:
        from aml_nb.scoring.no_code import SCRIPTS

        model = find_model(context.workspace, args.model[0])
        if model.model_framework in SCRIPTS:
            return Content([model], None)
    return inference_config(args, context, script_of(args, context))


def script_of(args: Namespace, context: Context) -> str:
    """The entry script: given, set as a default, or the one written last in this kernel."""
    script = args.script or context.last_script
    if not script:
        raise UsageError("which entry script?", hint="--script score.py, or %aml set script score.py")
    return str(script)


def inference_config(args: Namespace, context: Context, script: str) -> Content:
    """Read the script to learn its models and helpers, and put the configuration together."""
    from aml_nb.core.inference import InferenceConfig

    source = args.source_dir
    path = os.path.join(source, script) if source else script
    if source and not os.path.exists(path) and os.path.exists(script):
        path, script = script, os.path.relpath(script, source)
    from pathlib import Path

    check = check_entry_script(read(Path(path)), path)
    if check.helpers and not source:
        source, script = _folder_of(script, check)
    environment = find_environment(context, args.environment) if args.environment else None
    inference = InferenceConfig(entry_script=script, source_directory=source, environment=environment)
    return Content(models_of(args, context, check), inference)


def _folder_of(script: str, check: EntryCheck) -> tuple[str, str]:
    folder = os.path.dirname(script)
    if folder:
        return folder, os.path.basename(script)
    raise UsageError(
        f"{script} imports {', '.join(check.helpers)} from beside it, which would stay behind",
        hint="put them in a folder of their own and give --source-dir FOLDER (or --source-dir .)",
    )


def models_of(args: Namespace, context: Context, check: EntryCheck) -> list[Any]:
    """The models asked for, else those that the script names, else the one registered last."""
    if args.model or check.models:
        return [find_model(context.workspace, name) for name in args.model or check.models]
    from aml_nb.core.model import Model

    newest = max(Model.list(context.workspace, latest=True), key=lambda model: str(model.created_time), default=None)
    if newest is None:
        return []
    context.say(f"Model: {newest.name}:{newest.version} (the newest; --model takes another)")
    return [newest]
