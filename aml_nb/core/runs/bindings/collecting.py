"""When a script has ended: what it wrote goes to its datastore, and is registered where that was wished."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets import globs
from aml_nb.core.data.datasets.definition import Source
from aml_nb.core.data.datasets.expansion import open_datastore
from aml_nb.core.data.datasets.registry import get_by_id, register, restore, save
from aml_nb.core.runs.bindings import Bound, places
from aml_nb.core.runs.bindings.outputs import definition_of, place_of
from aml_nb.errors import AmlError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def collect_all(workspace: Workspace, bound: Bound, work: Path, run_id: str, succeeded: bool) -> list[dict[str, Any]]:
    """Upload and register the outputs; what there was for the script alone goes."""
    found: list[dict[str, Any]] = []
    try:
        for entry in bound.inputs:
            if entry["kind"] == "reference":
                _told(entry["name"], _upload_reference, workspace, entry, work)
        for entry in bound.outputs:
            shown = _told(entry["name"], _collect, workspace, entry, work, run_id, succeeded)
            found.extend([shown] if shown else [])
    finally:
        places.clear(work)
    return found


def _collect(
    workspace: Workspace, entry: Mapping[str, Any], work: Path, run_id: str, succeeded: bool
) -> dict[str, Any] | None:
    if entry["mode"] == "link":
        dataset = _linked(workspace, entry, work)
        if dataset is None:
            return None
    else:
        _upload_output(workspace, entry, work, run_id)
        dataset = restore(workspace, definition_of(entry, run_id))
    identity: dict[str, Any] = {"savedId": save(dataset, workspace)}
    wanted = entry["register"]
    if wanted and succeeded:
        dataset = register(
            dataset, workspace, wanted["name"], wanted["description"], wanted["tags"], create_new_version=True
        )
        identity = {"savedId": dataset.id, "registeredId": dataset.id, "registeredVersion": str(dataset.version)}
    return {
        "identifier": identity,
        "outputType": "RunOutput",
        "outputDetails": {"outputName": entry["name"]},
        "dataset": {"id": dataset.id},
    }


def _linked(workspace: Workspace, entry: Mapping[str, Any], work: Path) -> Any:
    file = places.links(work) / f"{entry['name']}.json"
    if not file.is_file():
        return None
    return get_by_id(workspace, json.loads(file.read_text(encoding="utf-8"))["id"])


def _upload_output(workspace: Workspace, entry: Mapping[str, Any], work: Path, run_id: str) -> None:
    """Copy what the script wrote to its place, unless it was written there at once."""
    asked = entry["source"]
    folder = places.resolve(asked, work) if asked else places.outputs(work) / entry["name"]
    if folder.is_symlink() or not folder.exists():
        return
    _upload(workspace, place_of(entry, run_id), folder, entry["overwrite"], entry["globs"])


def _upload_reference(workspace: Workspace, entry: Mapping[str, Any], work: Path) -> None:
    source, asked = Source(**entry["source"]), entry["path_on_compute"]
    if entry["mode"] == "upload":
        folder = places.resolve(asked, work) if asked else places.outputs(work) / entry["name"]
        if folder.is_file() and "create" in entry:
            _upload_file(workspace, source, folder, entry["overwrite"])
        elif folder.exists():
            _upload(workspace, source, folder, entry["overwrite"], None)
    elif entry["mode"] == "mount":
        copied = places.inputs(work) / entry["name"]
        if copied.is_dir():
            _upload_changes(workspace, source, copied)


def _upload_file(workspace: Workspace, source: Source, file: Path, overwrite: bool) -> None:
    """Bring one file to a path that is its own, whatever the script called it."""
    above, _, name = source.path.rpartition("/")
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(file.absolute(), Path(folder, name))
        _send(workspace, replace(source, path=above), Path(folder), [name], overwrite)


def _upload_changes(workspace: Workspace, source: Source, folder: Path) -> None:
    """Bring what a script wrote to a mounted path of another machine there; what it left as it was stays."""
    before = places.before(folder)
    changed = [name for name, facts in places.state(folder).items() if before.get(name) != facts]
    if changed:
        _send(workspace, source, folder, changed, True)


def _upload(workspace: Workspace, place: Source, folder: Path, overwrite: bool, patterns: Iterable[str] | None) -> None:
    if folder.is_file():
        _send(workspace, place, folder.parent, [folder.name], overwrite)
        return
    names = list(globs.walk(str(folder)))
    if patterns:
        matches = [globs.compile_pattern(pattern.removeprefix("./").lstrip("/")).fullmatch for pattern in patterns]
        names = [name for name in names if any(match(name) for match in matches)]
    if names:
        _send(workspace, place, folder, names, overwrite)


def _send(workspace: Workspace, place: Source, folder: Path, names: list[str], overwrite: bool) -> None:
    open_datastore(workspace, place).upload_files(
        [str(folder / name) for name in names],
        relative_root=str(folder),
        target_path=place.path or None,
        overwrite=overwrite,
        show_progress=False,
    )


def _told(name: str, collect: Any, *arguments: Any) -> Any:
    """What ``collect`` gives; an error says for which output."""
    try:
        return collect(*arguments)
    except (AmlError, OSError) as error:
        raise UserErrorException(
            f"The output {name!r} of the run cannot be kept. {getattr(error, 'message', error)}",
            inner_exception=error,
            hint=getattr(error, "hint", None) or "check the datastore, and that the disk has room",
        ) from error
