"""What a parallel step reads: the inputs that mini-batches are made of, and those aside."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aml_nb.core.data.datasets.consumption import PLACEHOLDER
from aml_nb.core.data.datasets.definition import FILE, Definition, Source
from aml_nb.core.runs.bindings.preparing import REFERENCE


def beside(bound: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The step's data without the inputs of mini-batches, unless an argument wants their path.

    The script may still ask its run for such an input: it gets the dataset itself.
    """
    left = [
        _as_itself(entry) if entry["name"] in settings["inputs"] and not _named(bound["arguments"], entry) else entry
        for entry in bound["inputs"]
    ]
    return {**bound, "inputs": [entry for entry in left if entry is not None]}


def source(
    workspace: Any, bound: Mapping[str, Any], settings: Mapping[str, Any], folder: Path, cancelled: threading.Event
) -> tuple[dict[str, Any], int]:
    """Where the job's mini-batches come from, written down in its folder, and the size of one.

    Raises
    ------
    DatasetExecutionError : an input has no file, or one cannot be read.
    UserErrorException : an input has not the partition keys.
    """
    by_name = {entry["name"]: entry for entry in bound["inputs"]}
    chosen = [by_name[name] for name in settings["inputs"]]
    definitions = [_definition(entry) for entry in chosen]
    keys, size = settings["partition_keys"], int(settings["mini_batch_size"])
    name = settings["inputs"][0]
    if settings["items"] != FILE:
        from aml_nb.core.pipelines.parallel import tables_source

        count = tables_source.keep(workspace, definitions, settings["inputs"], keys, folder)
        return {"kind": tables_source.SOURCE, "folder": str(folder), "inputs": count, "name": name}, size
    from aml_nb.core.pipelines.parallel import files_source

    if keys:
        path = files_source.write_groups(workspace, definitions, keys, folder, cancelled.is_set)
        return {"kind": files_source.GROUPS_SOURCE, "file": str(path), "name": name}, size
    path = files_source.write_items(workspace, definitions, folder, cancelled.is_set)
    return {"kind": "paths", "file": str(path), "name": name}, size


def _definition(entry: Mapping[str, Any]) -> Definition:
    if entry["kind"] == "dataset":
        return Definition.from_dict(entry["definition"])
    return Definition(FILE, (Source(**entry["source"]),))


def _named(arguments: list[str], entry: Mapping[str, Any]) -> bool:
    """Whether an argument stands for the input's path."""
    mark = (PLACEHOLDER if entry["kind"] == "dataset" else f"${REFERENCE}") + entry["name"]
    return mark in arguments


def _as_itself(entry: dict[str, Any]) -> dict[str, Any] | None:
    return {**entry, "mode": "direct"} if entry["kind"] == "dataset" else None


def clear(folder: Path) -> None:
    """Remove the copies of inputs from the folder of a job that is complete."""
    from aml_nb.core.data.datasets import placing

    for left in folder.glob("input[-.]*"):
        left.unlink(missing_ok=True)
    if (folder / "input").is_dir():
        placing.unlink(str(folder / "input"))
