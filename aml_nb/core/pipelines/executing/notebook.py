"""Steps that are notebooks: a command that runs them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from aml_nb.core.pipelines import notebook_main
from aml_nb.core.pipelines.executing.script import plan_of
from aml_nb.core.pipelines.notebook_config import command
from aml_nb.core.runs.submitting import scripts

if TYPE_CHECKING:
    from aml_nb.core.pipelines.executing import DriverContext, Resolved
    from aml_nb.core.pipelines.graph import Node
    from aml_nb.core.runs.run import Run


def start(driver: DriverContext, node: Node, resolved: Resolved) -> Run:
    """Run the notebook."""
    settings = resolved.settings
    folder = driver.source(settings["source"]["id"])
    ports = [*(port.name for port in node.inputs), *(port.name for port in node.outputs)]
    told = json.dumps({**settings["notebook"], "ports": ports})
    variables = {**settings["variables"], notebook_main.VARIABLE: told}
    own = replace(resolved, arguments=command(), settings={**settings, "variables": variables})
    plan = plan_of(driver, replace(node, kind="command"), own, folder)
    return scripts.submit_plan(driver.experiment, plan, source=folder, **resolved.facts)
