"""Steps that are a script or a command: submitted as any script is, with the step's data bound to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.runs.run_configuration import RunConfiguration
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.core.runs.submitting import planning, scripts, sources

if TYPE_CHECKING:
    from aml_nb.core.pipelines.executing import DriverContext, Resolved
    from aml_nb.core.pipelines.graph import Node
    from aml_nb.core.runs.run import Run


def start(driver: DriverContext, node: Node, resolved: Resolved) -> Run:
    """Submit the script or command."""
    folder = driver.source(resolved.settings["source"]["id"])
    plan = plan_of(driver, node, resolved, folder)
    return scripts.submit_plan(driver.experiment, plan, source=folder, **resolved.facts)


def plan_of(driver: DriverContext, node: Node, resolved: Resolved, folder: str) -> planning.Plan:
    """What the step's run will be, with its arguments and data.

    Parameters
    ----------
    folder : with the script.
    """
    settings = resolved.settings
    config = RunConfiguration()
    config._fill(settings["run_config"])
    if node.kind == "command":
        told = ScriptRunConfig(folder, command=resolved.arguments, run_config=config)
    else:
        told = ScriptRunConfig(folder, script=settings["script"], arguments=[], run_config=config)
    found = sources.scan(folder, driver.workspace._folder.parent, inside=True)
    plan = planning.make(driver.workspace, told, found)
    words = [] if node.kind == "command" else resolved.arguments
    plan = planning.extended(plan, words, settings.get("variables"))
    return _with_data(plan, resolved, settings["source"]["folder"])


def _with_data(plan: planning.Plan, resolved: Resolved, directory: str) -> planning.Plan:
    """The plan with the step's inputs and outputs besides those of its run configuration."""
    spec, payload = dict(plan["spec"]), dict(plan["payload"])
    spec["source_directory"] = payload["source_directory"] = directory
    own: dict[str, Any] = spec["bound"] or {"inputs": [], "outputs": []}
    inputs, outputs = [*own["inputs"], *resolved.inputs], [*own["outputs"], *resolved.outputs]
    if inputs or outputs:
        from aml_nb.core.runs.bindings import used

        spec["bound"] = {"arguments": spec["arguments"], "inputs": inputs, "outputs": outputs}
        payload["input_datasets"] = used(spec["bound"])
    return {**plan, "spec": spec, "payload": payload}
