"""Submitting a script or a command as a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import status as states
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.spec import Layout, RunSpec
from aml_nb.core.runs.submitting import booking, git, planning, resuming, sources

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aml_nb.core.runs.folder import RunFolder
    from aml_nb.core.runs.script_run import ScriptRun
    from aml_nb.core.runs.script_run_config import ScriptRunConfig
    from aml_nb.core.runs.submitting.planning import Plan


def plan(experiment: Any, config: ScriptRunConfig) -> Plan:
    """What the run of a script will be, checked, in a form that JSON can say; `submit_plan` makes runs of it."""
    workspace = experiment.workspace
    return planning.make(workspace, config, sources.scan(config.source_directory, workspace._folder.parent))


def submit_plan(
    experiment: Any,
    plan: Plan,
    *,
    source: Any,
    extra_arguments: Iterable[str] = (),
    environment_variables: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
    properties: dict[str, str] | None = None,
    parent: Any = None,
    run_type: str = "azureml.scriptrun",
    display_name: str | None = None,
    run_id: str | None = None,
) -> ScriptRun:
    """Submit a script as planned.

    Parameters
    ----------
    plan : what `plan` gave.
    source : the folder with the script now; a copy of the one that the plan was made of.
    extra_arguments : arguments behind those of the plan.
    environment_variables : besides those of the plan.
    tags, properties, parent, run_type, display_name, run_id : as ``submit_script`` has them.
    """
    found = sources.scan(str(source), experiment.workspace._folder.parent, inside=True)
    whole = planning.extended(plan, extra_arguments, environment_variables)
    facts = {"tags": tags, "properties": properties, "display_name": display_name, "run_type": run_type}
    return _submit(experiment, whole, found, parent, run_id, facts)


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
    workspace = experiment.workspace
    found = sources.scan(config.source_directory, workspace._folder.parent)
    planned = planning.make(workspace, config, found, arguments, environment_variables)
    facts = {"tags": tags, "properties": properties, "display_name": display_name, "run_type": run_type}
    return _submit(experiment, planned, found, parent, run_id, facts)


def _submit(
    experiment: Any, plan: Plan, found: list[sources.Source], parent: Any, run_id: str | None, facts: dict[str, Any]
) -> ScriptRun:
    from aml_nb.core.runs.script_run import ScriptRun

    workspace, spec = experiment.workspace, plan["spec"]
    record = RunRecord(
        run_id=booking.check_id(run_id or booking.new_id(experiment.name)),
        experiment=experiment.name,
        experiment_id=experiment.id,
        parent_id=booking.parent_id(parent),
        status=_first_status(spec),
        target=plan["target"],
        run_type=facts["run_type"],
        display_name=facts["display_name"],
        tags={str(key): value for key, value in (facts["tags"] or {}).items()},
        properties={"_azureml.ComputeTargetType": _kind(spec), **(facts["properties"] or {})},
        payload={"submitted_by": booking.submitted_by(), **plan["payload"]},
    )

    def lay_out(folder: RunFolder) -> RunSpec:
        sources.copy(found, folder.work)
        for name in ("outputs", "logs") if spec["outputs"] else ():
            (folder.work / name).mkdir(exist_ok=True)
        if plan["resume"] is not None:
            resuming.fetch(workspace, plan["resume"], folder.path / resuming.FOLDER)
        parts = {**spec, "layout": Layout(**spec["layout"])}
        return booking.spec_of(workspace, record, "script", **parts)

    stored = booking.submit(workspace, record, lay_out)
    if plan["snapshot"]:
        _keep_snapshot(workspace, record.run_id, found, git.properties(spec["source_directory"]))
    return ScriptRun(experiment, record.run_id, directory=spec["source_directory"], _run_dto=stored)


def _kind(spec: dict[str, Any]) -> str:
    """v1's word for the kind of compute target."""
    return "amlctrain" if spec["cluster"] else "dask" if spec["scheduler"] else "local"


def _first_status(spec: dict[str, Any]) -> str:
    if spec["cluster"]:
        return states.QUEUED
    return states.STARTING if spec["python"] else states.PREPARING


def _keep_snapshot(workspace: Any, run_id: str, found: list[sources.Source], known: dict[str, str]) -> None:
    """Keep the source directory with the run, and what Git knows of it; the script starts meanwhile."""
    from aml_nb.core.runs.snapshots import keep_files

    snapshot_id = keep_files(workspace, [(source.name, source.path) for source in found])

    def change(fields: dict[str, Any]) -> None:
        fields["payload"]["snapshot_id"] = snapshot_id
        fields["properties"].update(known, ContentSnapshotId=snapshot_id)

    RunRecords(workspace._store).change(run_id, change)
