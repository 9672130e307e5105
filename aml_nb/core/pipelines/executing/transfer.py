"""Steps that copy data from one datastore to another: a process of its own, ``pipelines/transferring.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.resolving import outputs_of
from aml_nb.core.runs.submitting import submit_driver

if TYPE_CHECKING:
    from aml_nb.core.pipelines.executing import DriverContext, Resolved
    from aml_nb.core.pipelines.graph import Node
    from aml_nb.core.runs.run import Run

DRIVER = "aml_nb.core.pipelines.transferring"


def start(driver: DriverContext, node: Node, resolved: Resolved) -> Run:
    """Start copying.

    Raises
    ------
    PipelineError : the source is a dataset, which has no place of its own.
    """
    entry = next(each for each in resolved.inputs if "create" not in each)
    if entry["kind"] != "reference":
        raise PipelineError(
            f"The source {entry['name']!r} is a dataset: a DataTransferStep copies from a place.",
            hint="source_data_reference=DataReference(datastore, 'source', path_on_datastore='folder')",
        )
    settings = resolved.settings
    written = outputs_of(node, resolved.run_id)[node.outputs[0].name]
    payload = {
        "source": entry["source"],
        "target": written["source"],
        "source_type": settings["source_type"],
        "target_type": settings["target_type"],
    }
    return submit_driver(driver.experiment, DRIVER, payload, target=node.target, **resolved.facts)
