"""Reuse: whether a step was run before with the same script, settings, arguments and inputs.

A step that may be reused and has completed is known by a key. In the workspace's folder a small file of that name
tells its run. The outputs have to be as they were then: what was changed or removed since is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import Definition, Source, expand
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.expansion import local_paths
from aml_nb.core.pipelines.graph import Node
from aml_nb.errors import AmlError

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.files import DataFile
    from aml_nb.core.pipelines.executing import Resolved
    from aml_nb.core.pipelines.resolving import Outputs
    from aml_nb.core.workspace import Workspace

_CHUNK = 1 << 20
_OWN_NAME = re.compile(r"(?:input|output)_[0-9a-f]{8}")


def module_id(node: Node) -> str:
    """What a step is by its content: equal for equal steps, whatever they read."""
    ports = [[p.name, p.consumed, p.mode, p.path_on_compute] for p in node.inputs]
    outputs = [[p.name, p.kind, p.entry, p.training_output] for p in node.outputs]
    return _hash([node.name, node.kind, lasting(node.settings), node.arguments, ports, outputs], _own_names(node))


def key(workspace: Workspace, node: Node, resolved: Resolved, written: Mapping[str, str]) -> str:
    """By what a run of a step is found again.

    Parameters
    ----------
    written : how the content of each output of other steps is known, by ``node/output``.
    """
    inputs = []
    for port in node.inputs:
        entry = next(each for each in resolved.inputs if each["name"] == port.name)
        if port.source["kind"] == "step":
            content: Any = written[f"{port.source['node']}/{port.source['output']}"]
            reading = (entry["definition"]["read"], entry["definition"]["operations"]) if "definition" in entry else ()
        else:
            content, reading = _content_of(workspace, entry), ()
        inputs.append([port.name, port.consumed, entry["mode"], entry["path_on_compute"], content, reading])
    outputs = [[p.name, p.kind, p.entry, p.training_output] for p in node.outputs]
    what = [node.name, node.kind, lasting(resolved.settings), resolved.arguments, inputs, outputs]
    return _hash(what, _own_names(node))


def lasting(settings: Any) -> Any:
    """Settings without what differs between equal steps: a folder counts by its content."""
    if isinstance(settings, dict):
        if set(settings) == {"id", "digest", "folder"}:
            return settings["digest"] or settings["folder"]
        return {name: lasting(value) for name, value in settings.items()}
    return [lasting(value) for value in settings] if isinstance(settings, list) else settings


def contents(workspace: Workspace, outputs: Outputs) -> dict[str, str]:
    """How the content of each output is known: by its bytes where they are on this machine."""
    found = {}
    for name, output in outputs.items():
        if output["kind"] == "dataset":
            found[name] = f"dataset {output['id']}"
        else:
            files = _files(workspace, Definition("file", (Source(**output["source"]),)))
            base = output["source"]["path"]
            found[name] = _hash(sorted([_below(file, base), _bytes_of(file)] for file in files))
    return found


def remember(workspace: Workspace, name: str, run_id: str) -> None:
    """Note which run a key, or a module, was last run by."""
    folder = _folder(workspace)
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / f".{name}.{os.getpid()}"
    staged.write_text(run_id, encoding="utf-8")
    os.replace(staged, folder / name)


def recall(workspace: Workspace, name: str) -> str | None:
    """The run that was noted for a key or a module."""
    try:
        return (_folder(workspace) / name).read_text(encoding="utf-8") or None
    except FileNotFoundError:
        return None


def _folder(workspace: Workspace) -> Path:
    return Path(workspace._folder) / "pipelines" / "reuse"


def _content_of(workspace: Workspace, entry: Mapping[str, Any]) -> Any:
    """Data of the workspace: its definition, and sizes and times of the files that it means now."""
    if entry["kind"] == "dataset":
        definition = Definition.from_dict(entry["definition"])
    else:
        definition = Definition("file", (Source(**entry["source"]),))
    if any(source.datastore and not source.path for source in definition.sources):
        return [definition.to_dict()]  # a whole datastore: what this very pipeline writes is in it, too
    return [definition.to_dict(), _versions(workspace, definition)]


def _versions(workspace: Workspace, definition: Definition) -> str:
    """One text for the files that a definition means and their versions, made one file at a time."""
    digest = hashlib.sha256()
    for source in definition.sources:
        here = local_paths(workspace, source) if definition.read.get("format") != "sql" else None
        if here is None:
            files = _files(workspace, Definition(definition.kind, (source,)))
            told = ((file.full, _version_of(file)) for file in files)
        else:
            told = ((path, _version_at(path)) for path in here)
        for name, version in told:
            digest.update(f"{name}\0{version}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _files(workspace: Workspace, definition: Definition) -> list[DataFile]:
    try:
        return expand(workspace, definition)
    except (DatasetExecutionError, FileNotFoundError):
        return []


def _version_of(file: DataFile) -> str:
    if file.local:
        return _version_at(file.path)
    return json.dumps({name: str(value) for name, value in file.info.items()}, sort_keys=True)


def _version_at(path: str) -> str:
    facts = os.stat(path)
    return f"{facts.st_size} {facts.st_mtime_ns}"


def _bytes_of(file: DataFile) -> str:
    if not file.local:
        return _version_of(file)
    digest = hashlib.sha256()
    with open(file.path, "rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _below(file: DataFile, base: str) -> str:
    return file.full.strip("/").removeprefix(base.strip("/"))


def _own_names(node: Node) -> list[str]:
    """The names of inputs and outputs to which nobody gave one: they are other ones each time."""
    names = [*(port.name for port in node.inputs), *(port.name for port in node.outputs)]
    return [name for name in names if _OWN_NAME.fullmatch(name)]


def _hash(value: Any, own_names: list[str] | None = None) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    for number, name in enumerate(own_names or ()):
        text = text.replace(name, f"#{number}")
    return hashlib.sha256(text.encode()).hexdigest()


def usable(workspace: Workspace, run_id: str) -> dict[str, Any] | None:
    """What an earlier run of a step wrote, if it completed and its outputs are as it left them: its payload's part."""
    from aml_nb.core.runs import status as states
    from aml_nb.core.runs.records import RunRecords

    record = RunRecords(workspace._store).get(run_id)
    if record is None or record.status != states.COMPLETED:
        return None
    step: dict[str, Any] | None = record.payload.get("step")
    if step is None or step.get("contents") is None:
        return None
    try:
        unchanged = contents(workspace, step["outputs"]) == step["contents"]
    except (AmlError, OSError):
        return None
    return {**step, "run_id": run_id, "parent_id": record.parent_id} if unchanged else None
