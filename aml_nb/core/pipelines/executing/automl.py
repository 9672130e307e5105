"""Steps that search for the best pipeline: the step's run is the search, its children are the iterations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.automl import inputs, outputs, reached
from aml_nb.core.automl.run import AutoMLRun
from aml_nb.core.automl.submitting import DRIVER, LOG
from aml_nb.core.compute.places import place
from aml_nb.core.pipelines import training
from aml_nb.core.runs.run import Run
from aml_nb.core.runs.submitting import submit_driver

if TYPE_CHECKING:
    from aml_nb.core.pipelines.executing import DriverContext, Resolved
    from aml_nb.core.pipelines.graph import Node


def start(driver: DriverContext, node: Node, resolved: Resolved) -> Run:
    """Start the search."""
    told, facts = resolved.settings, resolved.facts
    target = node.target or "local"
    where = place(driver.workspace, target)
    ids = {entry["name"]: entry["id"] for entry in resolved.inputs if entry["kind"] == "dataset"}
    data = {key: {"dataset": ids[name]} for key, name in told["data"].items()}
    payload: dict[str, Any] = {
        "settings": told["settings"],
        "data": data,
        "featurization": told["featurization"],
        "cluster": where.name if where.kind == "pool" else None,
    }
    return submit_driver(
        driver.experiment,
        DRIVER,
        payload,
        target=target,
        log=LOG,
        run_payload={"automl": {"settings": told["settings"]}, "input_datasets": inputs.used(data)},
        **{**facts, "properties": {**told["properties"], **facts["properties"]}},
    )


def finish(driver: DriverContext, node: Node, run: Run, resolved: Resolved) -> None:
    """Write the metrics and the chosen model where the step's outputs are."""
    search = AutoMLRun(driver.experiment, resolved.run_id)
    for name, part in training.parts(node).items():
        path = driver.folder_of(resolved, name)
        if part["type"] == training.METRICS:
            children = [f"{search.id}_{number}" for number, _ in reached.iterations(driver.workspace, search.id)]
            training.write_metrics(path, {each: Run.get(driver.workspace, each).get_metrics() for each in children})
        else:
            chosen = search._chosen(part["iteration"], part["metric"])
            training.write_files(chosen, outputs.MODEL, path)
