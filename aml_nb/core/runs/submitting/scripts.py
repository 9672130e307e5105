"""Submitting a script or a command as a run."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING, Any

from aml_nb.core.compute.places import place
from aml_nb.core.runs import status as states
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.script_run_config import check_arguments, get_run_config_from_script_run
from aml_nb.core.runs.submitting import booking, sources
from aml_nb.core.runs.submitting.arguments import are_plain, as_text, layout_of
from aml_nb.core.runs.submitting.definition import definition
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.folder import RunFolder
    from aml_nb.core.runs.run_configuration import RunConfiguration
    from aml_nb.core.runs.script_run import ScriptRun
    from aml_nb.core.runs.script_run_config import ScriptRunConfig
    from aml_nb.core.runs.spec import RunSpec


def submit(
    experiment: Any,
    config: ScriptRunConfig,
    *,
    tags: dict[str, str] | None,
    properties: dict[str, str] | None,
    parent: Any,
    run_type: str,
    arguments: list[Any] | None,
    environment_variables: dict[str, str] | None,
    display_name: str | None,
    run_id: str | None,
) -> ScriptRun:
    """As ``submit_script`` says."""
    from aml_nb.core.runs.script_run import ScriptRun

    workspace = experiment.workspace
    settings = get_run_config_from_script_run(config)
    settings.arguments = check_arguments(settings.arguments if arguments is None else arguments)
    found = sources.scan(config.source_directory, workspace._folder.parent)
    _check_script(settings, config.source_directory, found)
    run_id = booking.check_id(run_id or booking.new_id(experiment.name))
    resumed = _resume(settings, config)
    parts = _parts(workspace, settings, config, environment_variables)
    record = RunRecord(
        run_id=run_id,
        experiment=experiment.name,
        experiment_id=experiment.id,
        parent_id=booking.parent_id(parent),
        status=_first_status(parts),
        target=settings.target,
        run_type=run_type,
        display_name=display_name,
        tags={str(key): value for key, value in (tags or {}).items()},
        properties=dict(properties or {}),
        payload={
            "submitted_by": booking.submitted_by(),
            "run_definition": definition(settings, parts),
            "script": settings.script or settings.command,
            "source_directory": os.path.abspath(config.source_directory),
            "arguments": parts["arguments"],
            **_data_of(parts["bound"]),
        },
    )

    def lay_out(folder: RunFolder) -> RunSpec:
        sources.copy(found, folder.work)
        if settings.history.output_collection:
            for name in ("outputs", "logs"):
                (folder.work / name).mkdir(exist_ok=True)
        if resumed is not None:
            resumed(folder.path / "resume")
        return booking.spec_of(workspace, record, "script", **parts)

    stored = booking.submit(workspace, record, lay_out)
    if settings.history.snapshot_project:
        _keep_snapshot(workspace, record.run_id, found)
    return ScriptRun(experiment, run_id, directory=config.source_directory, _run_config=settings, _run_dto=stored)


def _parts(
    workspace: Any, settings: RunConfiguration, config: ScriptRunConfig, variables: dict[str, str] | None
) -> dict[str, Any]:
    """What the run's specification has of its own: words, interpreter, processes, place."""
    layout = layout_of(settings)
    where = place(workspace, settings.target, layout.nodes)
    words, bound = _words(workspace, settings)
    given = {**settings.environment.environment_variables, **settings.environment_variables, **(variables or {})}
    python = _python(workspace, settings)
    if settings.docker.use_docker:
        print("DockerConfiguration(use_docker=True): the script runs in a process of this machine, not in a container.")
    return {
        "source_directory": os.path.abspath(os.path.expanduser(config.source_directory)),
        "arguments": words,
        "shell": bool(settings.command),
        "python": python,
        "environment": None if python else settings.environment._to_json(),
        "variables": {str(name): str(value) for name, value in given.items()},
        "cluster": where.name if where.kind == "pool" else None,
        "scheduler": where.address if where.kind == "dask" else None,
        "layout": layout,
        "max_seconds": settings.max_run_duration_seconds,
        "outputs": bool(settings.history.output_collection),
        "bound": bound,
    }


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
    return [as_text(value) for value in bound.arguments], (bound.to_dict() if bound else None)


def _data_of(bound: dict[str, Any] | None) -> dict[str, Any]:
    if bound is None:
        return {}
    from aml_nb.core.runs.bindings import used

    return {"input_datasets": used(bound)}


def _python(workspace: Any, settings: RunConfiguration) -> str | None:
    """The interpreter, where it is there already."""
    from aml_nb.core.resolve.ready import resolve_ready

    ready = resolve_ready(settings.environment, workspace._folder.parent.parent)
    return None if ready is None else ready.python


def _first_status(parts: dict[str, Any]) -> str:
    if parts["cluster"]:
        return states.QUEUED
    return states.STARTING if parts["python"] else states.PREPARING


def _check_script(settings: RunConfiguration, folder: str, found: list[sources.Source]) -> None:
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


def _resume(settings: RunConfiguration, config: ScriptRunConfig) -> Any:
    """How the files to resume from are put into a folder, which the script is told of; None where there are none."""
    if config.resume_from is None:
        return None
    from aml_nb.core.runs.submitting.resuming import fetcher

    fetch = fetcher(config.resume_from)
    settings.arguments = [*settings.arguments, "--resume-from", "../resume"]
    return fetch


def _keep_snapshot(workspace: Any, run_id: str, found: list[sources.Source]) -> None:
    """Keep the source directory with the run; the script starts meanwhile."""
    from aml_nb.core.runs.snapshots import keep_files

    snapshot_id = keep_files(workspace, [(source.name, source.path) for source in found])

    def change(fields: dict[str, Any]) -> None:
        fields["payload"]["snapshot_id"] = snapshot_id
        fields["properties"]["ContentSnapshotId"] = snapshot_id

    RunRecords(workspace._store).change(run_id, change)
