"""When a script has ended: what it wrote goes to its datastore, and is registered where that was wished."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets import globs
from aml_nb.core.data.datasets.definition import Source
from aml_nb.core.data.datasets.expansion import open_datastore
from aml_nb.core.data.datasets.placing import Stopped
from aml_nb.core.data.datasets.registry import get_by_id, register, restore, save
from aml_nb.core.runs.bindings import Bound, places
from aml_nb.core.runs.bindings.outputs import definition_of, place_of
from aml_nb.core.scratch import Scratch
from aml_nb.errors import AmlError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


_AT_ONCE = 100
"""So many files go to a datastore before it is asked whether the run was cancelled meanwhile."""


@dataclass(frozen=True)
class Upload:
    """Brings files to datastores, until the run is cancelled."""

    workspace: Workspace
    stopped: Callable[[], bool]

    def send(self, place: Source, folder: Path, names: list[str], overwrite: bool) -> None:
        """Bring files of a folder to a place; Stopped when the run was cancelled meanwhile."""
        for first in range(0, len(names), _AT_ONCE):
            if self.stopped():
                raise Stopped
            open_datastore(self.workspace, place).upload_files(
                [str(folder / name) for name in names[first : first + _AT_ONCE]],
                relative_root=str(folder),
                target_path=place.path or None,
                overwrite=overwrite,
                show_progress=False,
            )


def collect_all(
    workspace: Workspace, bound: Bound, work: Path, run_id: str, succeeded: bool, stopped: Callable[[], bool]
) -> list[dict[str, Any]]:
    """Upload and register the outputs; what there was for the script alone goes."""
    found: list[dict[str, Any]] = []
    upload = Upload(workspace, stopped)
    try:
        for entry in bound.inputs:
            if entry["kind"] == "reference":
                _told(entry["name"], _upload_reference, upload, entry, work)
        for entry in bound.outputs:
            shown = _told(entry["name"], _collect, upload, entry, work, run_id, succeeded)
            found.extend([shown] if shown else [])
    finally:
        places.clear(work)
    return found


def _collect(
    upload: Upload, entry: Mapping[str, Any], work: Path, run_id: str, succeeded: bool
) -> dict[str, Any] | None:
    workspace = upload.workspace
    if entry["mode"] == "link":
        dataset = _linked(workspace, entry, work)
        if dataset is None:
            return None
    else:
        _upload_output(upload, entry, work, run_id)
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


def _upload_output(upload: Upload, entry: Mapping[str, Any], work: Path, run_id: str) -> None:
    """Copy what the script wrote to its place, unless it was written there at once."""
    asked = entry["source"]
    folder = places.resolve(asked, work) if asked else places.outputs(work) / entry["name"]
    if folder.is_symlink() or not folder.exists():
        return
    _upload(upload, place_of(entry, run_id), folder, entry["overwrite"], entry["globs"])


def _upload_reference(upload: Upload, entry: Mapping[str, Any], work: Path) -> None:
    source, asked = Source(**entry["source"]), entry["path_on_compute"]
    if entry["mode"] == "upload":
        folder = places.resolve(asked, work) if asked else places.outputs(work) / entry["name"]
        if folder.is_file() and "create" in entry:
            _upload_file(upload, source, folder, entry["overwrite"])
        elif folder.exists():
            _upload(upload, source, folder, entry["overwrite"], None)
    elif entry["mode"] == "mount":
        copied = places.inputs(work) / entry["name"]
        if copied.is_dir():
            _upload_changes(upload, source, copied)


def _upload_file(upload: Upload, source: Source, file: Path, overwrite: bool) -> None:
    """Bring one file to a path that is its own, whatever the script called it."""
    above, _, name = source.path.rpartition("/")
    with Scratch("file") as folder:
        os.symlink(file.absolute(), Path(folder, name))
        upload.send(replace(source, path=above), Path(folder), [name], overwrite)


def _upload_changes(upload: Upload, source: Source, folder: Path) -> None:
    """Bring what a script wrote to a mounted path of another machine there; what it left as it was stays."""
    before = places.before(folder)
    changed = [name for name, facts in places.state(folder).items() if before.get(name) != facts]
    if changed:
        upload.send(source, folder, changed, True)


def _upload(upload: Upload, place: Source, folder: Path, overwrite: bool, patterns: Iterable[str] | None) -> None:
    if folder.is_file():
        upload.send(place, folder.parent, [folder.name], overwrite)
        return
    names = list(globs.walk(str(folder)))
    if patterns:
        matches = [globs.compile_pattern(pattern.removeprefix("./").lstrip("/")).fullmatch for pattern in patterns]
        names = [name for name in names if any(match(name) for match in matches)]
    if names:
        upload.send(place, folder, names, overwrite)


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
