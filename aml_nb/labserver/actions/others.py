"""What is done with runs, pipelines, schedules, compute and data; and what cannot be deleted, in words."""

from __future__ import annotations

from typing import Any

from aml_nb.labserver.actions import services
from aml_nb.labserver.actions.services import NotPossibleError
from aml_nb.labserver.call import Call
from aml_nb.labserver.shapes import compute as compute_shapes
from aml_nb.labserver.shapes import data as data_shapes
from aml_nb.labserver.shapes import listing, models, pipeline_detail, pipelines, run_detail, runs
from aml_nb.labserver.shapes import schedules as schedule_shapes


def cancel_run(call: Call) -> dict[str, Any]:
    """Ask a run to end, and the runs below it."""
    from aml_nb.core.runs.run import Run

    workspace = call.workspace
    record = run_detail.find(workspace, call.id)
    if record.over:
        raise NotPossibleError(f"The run is over: {record.status}.")
    Run.get(workspace, call.id).cancel()
    return {"row": runs.row(run_detail.find(workspace, call.id))}


def submit_pipeline(call: Call) -> dict[str, Any]:
    """Run a published pipeline, or the default version of an endpoint."""
    from aml_nb.core.pipelines.endpoint import PipelineEndpoint
    from aml_nb.core.pipelines.published import PublishedPipeline

    workspace, kind = call.workspace, pipeline_detail.kind_of(call.workspace, call.id)
    experiment = call.given("experiment", str, needed=True)
    values = call.given("parameters", dict) or None
    if kind == "published":
        run = PublishedPipeline.get(workspace, call.id).submit(workspace, experiment, values)
    elif kind == "endpoint":
        run = PipelineEndpoint.get(workspace, id=call.id).submit(experiment, values)
    else:
        raise NotPossibleError("A run is not submitted again; its published pipeline is.")
    return {"row": pipelines.run_row(run_detail.find(workspace, run.id))}


def cancel_pipeline(call: Call) -> dict[str, Any]:
    """Ask a run of a pipeline to end."""
    if pipeline_detail.kind_of(call.workspace, call.id) != "run":
        raise NotPossibleError("Only runs of pipelines are cancelled; this is a pipeline, which can be disabled.")
    cancel_run(call)
    return {"row": pipelines.run_row(run_detail.find(call.workspace, call.id))}


def enable_pipeline(call: Call) -> dict[str, Any]:
    """Let a published pipeline or an endpoint be called again."""
    return _switch_pipeline(call, "enable")


def disable_pipeline(call: Call) -> dict[str, Any]:
    """Let it be called no more."""
    return _switch_pipeline(call, "disable")


def _switch_pipeline(call: Call, verb: str) -> dict[str, Any]:
    from aml_nb.core.pipelines.endpoint import PipelineEndpoint
    from aml_nb.core.pipelines.published import PublishedPipeline

    kind = pipeline_detail.kind_of(call.workspace, call.id)
    if kind == "run":
        raise NotPossibleError(f"A run of a pipeline has nothing to {verb}.")
    found: Any = (
        PublishedPipeline.get(call.workspace, call.id)
        if kind == "published"
        else PipelineEndpoint.get(call.workspace, id=call.id)
    )
    getattr(found, verb)()
    return {"row": pipeline_detail.detail(call.workspace, call.id)["row"]}


def enable_schedule(call: Call) -> dict[str, Any]:
    """Let a schedule run again."""
    return _switch_schedule(call, "enable")


def disable_schedule(call: Call) -> dict[str, Any]:
    """Let it run no more."""
    return _switch_schedule(call, "disable")


def _switch_schedule(call: Call, verb: str) -> dict[str, Any]:
    from aml_nb.core.pipelines.schedule import Schedule

    schedule_shapes.find(call.workspace, call.id)
    getattr(Schedule.get(call.workspace, call.id), verb)()
    return {"row": schedule_shapes.row(call.workspace, schedule_shapes.find(call.workspace, call.id))}


def start_compute(call: Call) -> dict[str, Any]:
    """Let a compute instance take runs again."""
    return _turn(call, "start")


def stop_compute(call: Call) -> dict[str, Any]:
    """Cancel the runs on a compute instance, and let it take no more."""
    return _turn(call, "stop")


def _turn(call: Call, verb: str) -> dict[str, Any]:
    target = compute_shapes.find(call.workspace, call.id)
    why = compute_shapes.actions(target)[verb]
    if why is not None:
        raise NotPossibleError(why)
    getattr(target, verb)()
    return {"row": compute_shapes.row(compute_shapes.find(call.workspace, call.id))}


def delete(call: Call) -> None:
    """Delete an object of a kind that SDK v1 deletes.

    Raises
    ------
    NotPossibleError : v1 deletes none of that kind.
    """
    kind = call.parts["kind"]
    listing.check(kind)
    if kind in _KEPT:
        message, hint = _KEPT[kind]
        raise NotPossibleError(message, hint=hint)
    {"services": services.delete, "models": _model, "compute": _compute, "data": _data}[kind](call)


_KEPT = {
    "runs": ("SDK v1 deletes no single run.", "Experiment.delete(ws, experiment.id) deletes all of an experiment"),
    "pipelines": ("SDK v1 deletes no published pipeline or endpoint.", "disable it"),
    "schedules": ("SDK v1 deletes no schedule.", "disable it"),
    "environments": ("SDK v1 deletes no environment.", "register a new version; the newest one is used"),
}


def _model(call: Call) -> None:
    models.find(call.workspace, call.id).delete()


def _compute(call: Call) -> None:
    target = compute_shapes.find(call.workspace, call.id)
    (target.detach if target.is_attached else target.delete)()


def _data(call: Call) -> None:
    """A dataset with all its versions, as v1 unregisters it, or a datastore."""
    from aml_nb.core.data import datastore_records
    from aml_nb.core.data.datasets import registry

    found = data_shapes.find(call.workspace, call.id)
    if isinstance(found, tuple):
        registry.unregister(registry.get_by_name(call.workspace, found[0], found[1]))
    else:
        datastore_records.remove(call.workspace, call.id)
