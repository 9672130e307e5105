"""Parallel steps of a pipeline: what is known of one when it starts, handed to a run of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines.parallel import settings as checks
from aml_nb.core.pipelines.parallel.progress import OWNER

if TYPE_CHECKING:
    from aml_nb.core.pipelines.executing import DriverContext, Resolved
    from aml_nb.core.pipelines.graph import Node
    from aml_nb.core.runs.run import Run

JOB = "aml_nb.core.pipelines.parallel.job"
LOG = "logs/job_progress_overview.txt"


def start(driver: DriverContext, node: Node, resolved: Resolved) -> Run:
    """Submit the step; its settings are checked once more, for parameters may have changed them."""
    from aml_nb.core.runs.bindings import used

    settings = checked(resolved.settings)
    bound = {"arguments": resolved.arguments, "inputs": resolved.inputs, "outputs": resolved.outputs}
    payload = {"owner": resolved.run_id, "settings": settings, "bound": bound, "target": node.target}
    shown = {OWNER: resolved.run_id, "input_datasets": used(bound), "script": settings["entry_script"]}
    return submit(driver.experiment, payload, shown, node.target, resolved.facts)


def submit(
    experiment: Any, payload: dict[str, Any], shown: dict[str, Any], target: str | None, facts: Mapping[str, Any]
) -> Run:
    """Submit the run of a parallel step.

    Parameters
    ----------
    payload : what the job is told.
    shown : what the run's record has besides.
    facts : of the run: its type, names, tags, properties, parent and id.

    Raises
    ------
    ComputeTargetException : there is no such target, or it never has so many nodes.
    """
    from aml_nb.core.pipelines.parallel.surroundings import where
    from aml_nb.core.runs.submitting import submit_driver

    told, nodes = dict(facts), int(payload["settings"]["node_count"])
    whole = {**shown, **(told.pop("run_payload", None) or {})}
    place = where(experiment.workspace, payload["target"], nodes)
    return submit_driver(
        experiment,
        JOB,
        payload,
        target=target,
        log=LOG,
        run_payload=whole,
        cluster=place.name if place.kind == "pool" else None,
        nodes=nodes,
        **told,
    )


def checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the values that parameters were given; ArgumentError when one cannot be right."""
    return {**settings, **{name: checks.resolved(name, settings.get(name)) for name in checks.CHECKS}}
