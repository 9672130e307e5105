"""Steps that search for hyperparameters: the step's run is the search, its children are the runs of the script."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aml_nb.core.hyperdrive import plan as plans
from aml_nb.core.hyperdrive.run import HyperDriveRun
from aml_nb.core.hyperdrive.submitting import DRIVER, LOG, SOURCE
from aml_nb.core.pipelines import training
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.executing.script import plan_of
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.submitting import sources, submit_driver

if TYPE_CHECKING:
    from aml_nb.core.pipelines.executing import DriverContext, Resolved
    from aml_nb.core.pipelines.graph import Node
    from aml_nb.core.runs.run import Run


def start(driver: DriverContext, node: Node, resolved: Resolved) -> Run:
    """Start the search."""
    settings, facts = resolved.settings, resolved.facts
    folder = driver.source(settings["source"]["id"])
    own = replace(resolved, inputs=training.without_parts(node, resolved))
    kind = "script" if settings["script"] else "command"
    planned: dict[str, Any] = {**plan_of(driver, replace(node, kind=kind), own, folder), "snapshot": False}
    planned["payload"] = {**planned["payload"], "snapshot_id": settings["source"]["id"]}
    told = dict(settings["plan"])
    if told["seed"] is None:
        told["seed"] = secrets.randbits(31)
    kept = RunFolder(driver.workspace, resolved.run_id).path / SOURCE
    sources.copy(sources.scan(folder, driver.workspace._folder.parent, inside=True), kept)
    return submit_driver(
        driver.experiment,
        DRIVER,
        {**told, "script": planned, "known": settings["known"], "resumed": settings["resumed"]},
        target=planned["target"],
        log=LOG,
        run_payload={**planned["payload"], "hyperdrive": told},
        **{
            **facts,
            "tags": {**plans.tags(told), **(facts["tags"] or {})},
            "properties": {**plans.properties(told), **facts["properties"]},
        },
    )


def finish(driver: DriverContext, node: Node, run: Run, resolved: Resolved) -> None:
    """Write the metrics and the best run's model where the step's outputs are.

    Raises
    ------
    PipelineError : there is no best run, or it has no such file.
    """
    search = HyperDriveRun(driver.experiment, resolved.run_id)
    for name, part in training.parts(node).items():
        path = driver.folder_of(resolved, name)
        if part["type"] == training.METRICS:
            training.write_metrics(path, search.get_metrics())
            continue
        best = search.get_best_run_by_primary_metric(include_resume_from_runs=False)
        if best is None:
            raise PipelineError(
                f"The output {name!r} is the model of the best run, and no run has logged the primary metric "
                f"{search._metric!r}.",
                hint=f"run.log({search._metric!r}, value) in the script",
            )
        training.write_files(best, part["model_file"] or "outputs", path)
