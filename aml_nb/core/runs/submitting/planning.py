"""What a script's run will be, worked out once: a plan that JSON can say, of which many runs can be made."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aml_nb.core.compute.places import place
from aml_nb.core.runs.script_run_config import check_arguments, get_run_config_from_script_run
from aml_nb.core.runs.spec import Layout
from aml_nb.core.runs.submitting import resuming
from aml_nb.core.runs.submitting.arguments import are_plain, as_text, layout_of
from aml_nb.core.runs.submitting.definition import definition, without_password
from aml_nb.core.runs.submitting.sources import Source
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.run_configuration import RunConfiguration
    from aml_nb.core.runs.script_run_config import ScriptRunConfig

Plan = dict[str, Any]
"""``spec``: what the keeper is told; ``payload`` and ``target``: what the record says; ``snapshot``, ``resume``."""


def make(
    workspace: Any,
    config: ScriptRunConfig,
    found: list[Source],
    arguments: list[Any] | None = None,
    variables: dict[str, str] | None = None,
) -> Plan:
    """Check everything that can be checked and say what the run will be.

    Parameters
    ----------
    config : the script.
    found : the files of its folder.
    arguments : in place of the configuration's.
    variables : environment variables besides the configuration's.
    """
    settings = get_run_config_from_script_run(config)
    settings.arguments = check_arguments(settings.arguments if arguments is None else arguments)
    _check_script(settings, config.source_directory, found)
    resume = None
    if config.resume_from is not None:
        resume = resuming.describe(config.resume_from)
        settings.arguments += [resuming.OPTION, f"../{resuming.FOLDER}"]
    folder = os.path.abspath(os.path.expanduser(config.source_directory))
    spec = {"source_directory": folder, **_spec(workspace, settings, variables)}
    return {
        "spec": spec,
        "target": settings.target,
        "payload": {
            "run_definition": definition(settings, spec),
            "script": settings.script,
            "source_directory": folder,
            **_data_of(spec["bound"]),
        },
        "snapshot": bool(settings.history.snapshot_project),
        "resume": resume,
    }


def extended(plan: Plan, arguments: Iterable[str], variables: dict[str, str] | None) -> Plan:
    """The same plan with more arguments behind the others, and more variables; the old one stays as it is."""
    more, given = [str(word) for word in arguments], {str(k): str(v) for k, v in (variables or {}).items()}
    if not more and not given:
        return plan
    spec, payload = dict(plan["spec"]), dict(plan["payload"])
    spec["arguments"] = [*spec["arguments"], *more]
    spec["variables"] = {**spec["variables"], **given}
    if spec["bound"] is not None:
        spec["bound"] = {**spec["bound"], "arguments": [*spec["bound"]["arguments"], *more]}
    described = dict(payload["run_definition"])
    described["arguments"] = [*described["arguments"], *more]
    described["environmentVariables"] = spec["variables"]
    if spec["shell"]:
        described["command"] = " ".join(spec["arguments"])
    payload["run_definition"] = described
    return {**plan, "spec": spec, "payload": payload}


def _spec(workspace: Any, settings: RunConfiguration, variables: dict[str, str] | None) -> dict[str, Any]:
    """What the run's specification has of its own: words, interpreter, processes, place."""
    layout = layout_of(settings)
    where = place(workspace, settings.target, layout.nodes)
    words, bound = _words(workspace, settings)
    given = {**settings.environment.environment_variables, **settings.environment_variables, **(variables or {})}
    python = _python(settings)
    if settings.docker.use_docker:
        print("DockerConfiguration(use_docker=True): the script runs in a process of this machine, not in a container.")
    return {
        "arguments": words,
        "shell": bool(settings.command),
        "python": python,
        "environment": None if python else without_password(settings.environment._to_json()),
        "variables": {str(name): str(value) for name, value in given.items()},
        "cluster": where.name if where.kind == "pool" else None,
        "scheduler": where.address if where.kind == "dask" else None,
        "layout": _plain(layout),
        "max_seconds": settings.max_run_duration_seconds,
        "outputs": bool(settings.history.output_collection),
        "watched": [name for name in settings.history.directories_to_watch or () if name not in ("outputs", "logs")],
        "bound": bound,
    }


def _plain(layout: Layout) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(layout)


def _words(workspace: Any, settings: RunConfiguration) -> tuple[list[str], dict[str, Any] | None]:
    """The script or command and its arguments, with placeholders where data comes in, and what comes in."""
    command = settings.command
    head = [settings.script] if not command else [command] if isinstance(command, str) else list(command)
    values = [*head, *([] if command else settings.arguments)]
    data = (settings.data_references, settings.data, settings.output_data)
    if are_plain(values) and not any(data):
        return [as_text(value) for value in values], None
    from aml_nb.core.runs.bindings import describe

    bound = describe(
        values,
        data_references=settings.data_references,
        data=settings.data,
        output_data=settings.output_data,
        workspace=workspace,
    )
    for value, text in zip(values, bound.arguments, strict=True):
        if text == str(value):  # nothing stands in for it
            as_text(value)
    return bound.arguments, bound.to_dict() if bound else None


def _data_of(bound: dict[str, Any] | None) -> dict[str, Any]:
    if bound is None:
        return {}
    from aml_nb.core.runs.bindings import used

    return {"input_datasets": used(bound)}


def _python(settings: RunConfiguration) -> str | None:
    """The interpreter, where it is there already."""
    from aml_nb.core.resolve.ready import resolve_ready

    ready = resolve_ready(settings.environment)
    return None if ready is None else ready.python


def _check_script(settings: RunConfiguration, folder: str, found: list[Source]) -> None:
    """The script is one of the files that go along."""
    if settings.command or settings.script is None:
        return
    root = os.path.abspath(os.path.expanduser(folder))
    path = os.path.normpath(os.path.join(root, os.path.expanduser(os.fspath(settings.script))))
    name = os.path.relpath(path, root)
    if name in {source.name for source in found}:
        settings.script = name
        return
    scripts = [source.name for source in found if source.name.endswith(".py")]
    near = difflib.get_close_matches(os.path.basename(name), scripts, n=3) or scripts[:5]
    why = "script path doesn't exist. The script should be inside the source directory"
    if os.path.exists(path):
        why = "script is left out of the snapshot, or is outside of the source directory"
    raise UserErrorException(
        f"{settings.script} {why} {folder} ({root}).",
        hint=f"script={near[0]!r}" if near else "check source_directory and script",
    )
