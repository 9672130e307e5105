"""Lines to put into a notebook: what gets an object with v1's classes, and the magic that does it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING

from aml_nb.core.data.datasets.definition import FILE
from aml_nb.core.webservice import services as records
from aml_nb.core.workspace.folder import find as find_workspaces
from aml_nb.labserver.shapes import (
    compute,
    data,
    environments,
    models,
    pipeline_detail,
    run_detail,
    schedules,
    service_detail,
)

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

Lines = tuple[list[str], str | None]
"""v1's lines below the one that opens the workspace, the first of which are imports; and a magic, if there is one."""


def snippet(workspace: Workspace, kind: str, identity: str) -> dict[str, str | None]:
    """The lines for one object.

    Raises
    ------
    NothingThereError : there is none.
    """
    lines, magic = _OF[kind](workspace, identity)
    imports = [line for line in lines if line.startswith("from ")]
    rest = [line for line in lines if not line.startswith("from ")]
    head = ["from azureml.core import Workspace", *imports, "", _opened(workspace)]
    return {"v1": "\n".join([*head, *rest]), "magic": magic}


def _opened(workspace: Workspace) -> str:
    """What opens the workspace; its group too where its name alone does not tell."""
    name = workspace.name
    if len(find_workspaces(name=name)) < 2:
        return f"ws = Workspace.get({name!r})"
    group = f"subscription_id={workspace.subscription_id!r}, resource_group={workspace.resource_group!r}"
    return f"ws = Workspace.get({name!r}, {group})"


def _model(workspace: Workspace, identity: str) -> Lines:
    model = models.find(workspace, identity)
    lines = ["from azureml.core.model import Model", f"model = Model(ws, {model.name!r}, version={model.version})"]
    return lines, f"%models {_word(model.name)}"


def _service(workspace: Workspace, identity: str) -> Lines:
    service = service_detail.find(workspace, identity)
    kind = type(service).__name__
    body = '{"data": [[1, 2, 3, 4]]}'
    lines = [
        f"from azureml.core.webservice import {kind}",
        f"service = {kind}(ws, {service.name!r})",
        "print(service.state, service.scoring_uri)",
    ]
    if service.compute_type in (records.LOCAL, records.ACI, records.AKS, records.ENDPOINT):
        lines.append(f"service.run({body!r})")
    return lines, f"%service run {_word(service.name)} {body}"


def _run(workspace: Workspace, identity: str) -> Lines:
    record = run_detail.find(workspace, identity)
    lines = ["from azureml.core import Run", f"run = Run.get(ws, {record.run_id!r})", "run.get_metrics()"]
    return lines, f"%runs show {_word(record.run_id)}"


def _pipeline(workspace: Workspace, identity: str) -> Lines:
    kind = pipeline_detail.kind_of(workspace, identity)
    if kind == "run":
        return [
            "from azureml.pipeline.core import PipelineRun",
            f"pipeline_run = PipelineRun.get(ws, {identity!r})",
            "pipeline_run",
        ], f"%pipeline status {_word(identity)}"
    cls, getter = {
        "published": ("PublishedPipeline", f"PublishedPipeline.get(ws, {identity!r})"),
        "endpoint": ("PipelineEndpoint", f"PipelineEndpoint.get(ws, id={identity!r})"),
    }[kind]
    submit = (
        "pipeline_run = pipeline.submit(ws, 'my-experiment')"
        if kind == "published"
        else "pipeline_run = pipeline.submit('my-experiment')"
    )
    return [
        f"from azureml.pipeline.core import {cls}",
        f"pipeline = {getter}",
        submit,
    ], f"%pipeline run {_word(identity)}"


def _schedule(workspace: Workspace, identity: str) -> Lines:
    schedules.find(workspace, identity)
    return [
        "from azureml.pipeline.core import Schedule",
        f"schedule = Schedule.get(ws, {identity!r})",
        "schedule.get_last_pipeline_run()",
    ], None


def _compute(workspace: Workspace, identity: str) -> Lines:
    target = compute.find(workspace, identity)
    lines = ["from azureml.core.compute import ComputeTarget", f"target = ComputeTarget(ws, {target.name!r})"]
    return [*lines, "target.get_status()"], f"%compute show {_word(target.name)}"


def _data(workspace: Workspace, identity: str) -> Lines:
    found = data.find(workspace, identity)
    if not isinstance(found, tuple):
        lines = ["from azureml.core import Datastore", f"datastore = Datastore.get(ws, {identity!r})"]
        return lines, f"%datastore show {_word(identity)}"
    name, version, payload = found
    lines = ["from azureml.core import Dataset", f"dataset = Dataset.get_by_name(ws, {name!r}, version={version})"]
    files = payload["definition"]["kind"] == FILE
    return [*lines, "dataset.to_path()" if files else "dataset.take(5).to_pandas_dataframe()"], None


def _environment(workspace: Workspace, identity: str) -> Lines:
    found = environments.find(workspace, identity)
    version = f", version={str(found.version)!r}" if found.version else ""
    return [
        "from azureml.core import Environment",
        f"environment = Environment.get(ws, {str(found.name)!r}{version})",
    ], f"%environment {_word(str(found.name))}"


def _word(text: str) -> str:
    """One word of a magic's line."""
    return shlex.quote(text)


_OF: dict[str, Callable[[Workspace, str], Lines]] = {
    "models": _model,
    "services": _service,
    "runs": _run,
    "pipelines": _pipeline,
    "schedules": _schedule,
    "compute": _compute,
    "data": _data,
    "environments": _environment,
}
