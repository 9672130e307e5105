"""How the kinds of steps run: one module a kind, loaded when a step of its kind is to run.

A module has

- ``start(driver, node, resolved) -> Run``: submits the step and returns its run at once. The run has the id
  ``resolved.run_id``, the parent ``driver.run_id`` and what ``resolved.facts`` says (run type, names, tags,
  properties): ``submit_script``, ``submit_plan`` and ``submit_driver`` take those as keyword arguments.
- optionally ``finish(driver, node, run, resolved) -> None``: called when that run has completed, before any step that
  reads its outputs starts. It may write to them: ``driver.folder_of(resolved, output_name)``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from threading import Event

    from aml_nb.core.pipelines.graph import Graph, Node
    from aml_nb.core.runs.run import Run

EXECUTORS: dict[str, str] = {
    "script": "aml_nb.core.pipelines.executing.script",
    "command": "aml_nb.core.pipelines.executing.script",
    "parallel": "aml_nb.core.pipelines.parallel.executor",
    "hyperdrive": "aml_nb.core.pipelines.executing.hyperdrive",
    "automl": "aml_nb.core.pipelines.executing.automl",
    "transfer": "aml_nb.core.pipelines.executing.transfer",
    "notebook": "aml_nb.core.pipelines.executing.notebook",
}
"""Kind of a node to the module that runs it."""
STEP_RUN = "azureml.StepRun"


@dataclass(frozen=True)
class Resolved:
    """A step with everything that was open filled in.

    Attributes
    ----------
    run_id : the id that the step's run is to have.
    arguments : of the script, with placeholders for data as ``bindings`` knows them; parameters have their values.
    inputs, outputs : entries as ``bindings.Bound`` has them. PipelineData that is written is among the inputs, as a
        data reference.
    settings : the node's settings with the parameters' values in them.
    facts : keyword arguments for the submission: ``run_type``, ``display_name``, ``tags``, ``properties``, ``parent``,
        ``run_id``.
    """

    run_id: str
    arguments: list[str]
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]
    settings: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict)

    def bound(self) -> dict[str, Any] | None:
        """As ``RunSpec.bound`` and ``bindings.prepare`` take it; None when there is no data."""
        if not self.inputs and not self.outputs:
            return None
        return {"arguments": self.arguments, "inputs": self.inputs, "outputs": self.outputs}


class DriverContext(Protocol):
    """What an executor may ask of the driver."""

    workspace: Any
    experiment: Any
    run_id: str
    graph: Graph
    values: dict[str, Any]
    """Values of the parameters."""
    cancelled: Event

    def source(self, snapshot_id: str) -> str:
        """The folder with the files of a snapshot (``context.snapshot(folder)["id"]``), put there when first asked."""
        ...

    def folder_of(self, resolved: Resolved, output: str) -> str:
        """A local folder with what an output is: where it lies, or a copy of it that is uploaded afterwards."""
        ...


class Executor(Protocol):
    """A module of a kind."""

    def start(self, driver: DriverContext, node: Node, resolved: Resolved) -> Run:
        """Submit the step."""
        ...


def executor(kind: str) -> Any:
    """The module for a kind of step.

    Raises
    ------
    NotAvailableError : there is none.
    """
    from aml_nb.errors import NotAvailableError

    home = EXECUTORS.get(kind)
    if home is None:
        raise NotAvailableError(
            f"Steps of the kind {kind!r} cannot be run here.", hint="a PythonScriptStep that does the same"
        )
    return import_module(home)
