"""From a node to what its run is given: parameters with their values, places in place of what other steps wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import TABULAR, Definition, Source
from aml_nb.core.data.datasets.expansion import open_datastore
from aml_nb.core.data.datasets.registry import get_by_id, register, restore, save
from aml_nb.core.pipelines.executing import Resolved
from aml_nb.core.pipelines.graph import Node, OutPort, Port
from aml_nb.core.runs.bindings.outputs import place_of
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_FILES: dict[str, Any] = {"kind": "file", "read": {}, "operations": [], "path_glob": None}
Outputs = dict[str, dict[str, Any]]
"""What a step wrote, by name: ``{"kind": "place", "source": …, "as": …}`` or ``{"kind": "dataset", "id": …}``."""


@dataclass(frozen=True)
class Scene:
    """What the nodes of one pipeline run are resolved against.

    Attributes
    ----------
    workspace : of the pipeline.
    values : of the parameters.
    types : of the parameters, by name.
    written : what the steps that are over wrote, by node.
    """

    workspace: Workspace
    values: Mapping[str, Any]
    types: Mapping[str, str]
    written: Mapping[str, Outputs]


def resolve(scene: Scene, node: Node, run_id: str, facts: dict[str, Any]) -> Resolved:
    """Everything that was open in a node, filled in."""
    inputs = [input_entry(scene, port) for port in node.inputs]
    outputs = []
    for port in node.outputs:
        if port.kind == "dataset":
            outputs.append(port.entry)
        else:
            inputs.append(_written_reference(scene.workspace, port, run_id))
    arguments = [str(scene.values[a["parameter"]]) if isinstance(a, dict) else a for a in node.arguments]
    return Resolved(run_id, arguments, inputs, outputs, filled(scene, node.settings), facts)


def filled(scene: Scene, value: Any) -> Any:
    """Settings with the parameters' values in them; a number that came as text is one again."""
    if isinstance(value, dict):
        if set(value) == {"parameter"}:
            return _typed(scene.types.get(value["parameter"], ""), scene.values[value["parameter"]])
        return {key: filled(scene, each) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(scene, each) for each in value]
    return value


def input_entry(scene: Scene, port: Port) -> dict[str, Any]:
    """An input as ``bindings`` has it."""
    source = port.source
    if source["kind"] == "parameter":
        value = scene.values[source["parameter"]]
        kind = scene.types[source["parameter"]]
        source = {"kind": "dataset", **value} if kind == "dataset" else {"kind": "reference", "source": value}
    if source["kind"] == "step":
        written = scene.written[source["node"]][source["output"]]
        if written["kind"] == "dataset":
            return _dataset(scene.workspace, port, get_by_id(scene.workspace, written["id"]))
        if port.consumed == "reference":
            return _reference(port, written["source"])
        reading = source.get("as") or written["as"]
        return _dataset(scene.workspace, port, dataset_at(scene.workspace, written["source"], reading))
    if source["kind"] == "dataset":
        return _dataset(scene.workspace, port, get_by_id(scene.workspace, source["id"]))
    return _reference(port, source["source"])


def outputs_of(node: Node, run_id: str, linked: Mapping[str, str] | None = None) -> Outputs:
    """Where a step's outputs are.

    Parameters
    ----------
    linked : ids of datasets that the script linked, by output.
    """
    found: Outputs = {}
    for port in node.outputs:
        if linked and port.name in linked and port.entry.get("mode") == "link":
            found[port.name] = {"kind": "dataset", "id": linked[port.name]}
        elif port.kind == "reference":
            found[port.name] = {"kind": "place", "source": _placed(port, run_id), "as": _FILES}
        elif port.entry.get("mode") != "link":
            place = place_of(port.entry, run_id)
            told = {key: port.entry[key] for key in _FILES}
            source = {"path": place.path, "datastore": place.datastore, "workspace": place.workspace}
            found[port.name] = {"kind": "place", "source": source, "as": told}
    return found


def dataset_at(workspace: Workspace, source: Mapping[str, Any], reading: Mapping[str, Any]) -> Any:
    """The dataset of what lies at a place, read as ``reading`` says."""
    pattern = reading.get("path_glob")
    if pattern is None and reading["kind"] == TABULAR:
        pattern = "**"
    path = "/".join(part for part in (source["path"], (pattern or "").lstrip("/")) if part)
    place = Source(path, source["datastore"], source["workspace"])
    return restore(workspace, Definition(reading["kind"], (place,), reading["read"], tuple(reading["operations"])))


def register_outputs(workspace: Workspace, node: Node, outputs: Outputs) -> None:
    """Register as datasets what ``pipeline_data.as_dataset().register(name)`` asked for."""
    for port in node.outputs:
        if port.kind != "reference" or not port.register:
            continue
        told = port.register
        dataset = dataset_at(workspace, outputs[port.name]["source"], told)
        register(dataset, workspace, told["name"], None, None, create_new_version=told["new_version"])


def _typed(kind: str, value: Any) -> Any:
    makers: dict[str, Any] = {"int": int, "float": float, "bool": lambda text: str(text).lower() in ("true", "1")}
    if kind not in makers or not isinstance(value, str):
        return value
    try:
        return makers[kind](value)
    except ValueError:
        return value


def _dataset(workspace: Workspace, port: Port, dataset: Any) -> dict[str, Any]:
    mode = "direct" if dataset._kind == TABULAR else port.mode
    identity = save(dataset, workspace)
    details = {"type": "RunInput", "inputName": port.name, "mechanism": mode.capitalize()}
    if port.path_on_compute is not None:
        details["pathOnCompute"] = port.path_on_compute
    return {
        "kind": "dataset",
        "name": port.name,
        "mode": mode,
        "path_on_compute": port.path_on_compute,
        "id": identity,
        "definition": dataset._definition.to_dict(),
        "shown": {"dataset": {"id": identity}, "consumptionDetails": details},
    }


def _reference(port: Port, source: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": "reference",
        "name": port.name,
        "mode": port.mode if port.mode in ("mount", "download", "upload") else "mount",
        "path_on_compute": port.path_on_compute,
        "overwrite": port.overwrite,
        "source": dict(source),
    }


def _placed(port: OutPort, run_id: str) -> dict[str, Any]:
    source = dict(port.entry["source"])
    source["path"] = source["path"].replace("{run-id}", run_id).replace("{output-name}", port.name)
    return source


def _written_reference(workspace: Workspace, port: OutPort, run_id: str) -> dict[str, Any]:
    """PipelineData that a step writes: as v1, nothing is at its path before, unless it was said to be a folder."""
    source, mode = _placed(port, run_id), port.entry["mode"]
    overwrite = port.entry["overwrite"]
    if mode == "mount" and _is_elsewhere(workspace, source):
        mode, overwrite = "upload", True  # a folder elsewhere is written here and brought there
    return {
        "kind": "reference",
        "name": port.name,
        "mode": mode,
        "path_on_compute": port.entry["path_on_compute"] if mode == "upload" else None,
        "overwrite": overwrite,
        "source": source,
        "create": port.entry["create"],
    }


def _is_elsewhere(workspace: Workspace, source: Mapping[str, Any]) -> bool:
    try:
        return open_datastore(workspace, Source(**source))._local(source["path"]) is None
    except UserErrorException:
        return False  # said in full when the step is prepared
