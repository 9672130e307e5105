"""The process behind a DataTransferStep: copies a file or a folder from one datastore to another.

What another machine has is fetched to this one first, a part at a time, so that little of the disk is needed.
"""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.data import transfer
from aml_nb.core.data.datasets.definition import Source
from aml_nb.core.data.datasets.expansion import open_datastore
from aml_nb.core.data.file_transfers import FileTransfers
from aml_nb.core.data.sources import Source as File
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.runs.folder import RunFolder

if TYPE_CHECKING:
    from threading import Event

PART = 200
"""So many files at a time."""


def drive(run: Any, payload: dict[str, Any], cancelled: Event) -> None:
    """Copy what ``payload`` says: ``source`` and ``target`` are places, ``source_type`` and ``target_type`` kinds.

    Raises
    ------
    PipelineError : there is nothing to copy, or a folder is to become a file.
    """
    workspace = run.experiment.workspace
    here, there = Source(**payload["source"]), Source(**payload["target"])
    reading, writing = open_datastore(workspace, here), open_datastore(workspace, there)
    for store in (reading, writing):
        if not isinstance(store, FileTransfers):
            raise PipelineError(
                f"The datastore {store.name!r} ({store.datastore_type}) has no files, and only files are copied here.",
                hint="a PythonScriptStep that queries it and writes files",
            )
    names = dict(_planned(reading, here.path, writing, there.path, payload))
    scratch = RunFolder(workspace, run.id).path / "transfer"
    try:
        for done, part in enumerate(_parts(list(names))):
            if cancelled.is_set():
                return
            files = _fetched(reading, part, scratch)
            writing_files = [File(files[name], names[name]) for name in part]
            transfer.upload_sources(writing, writing_files)
            shutil.rmtree(scratch, ignore_errors=True)
            print(f"{min((done + 1) * PART, len(names))} of {len(names)} files copied.", flush=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    run.log("files", len(names))


def _planned(
    reading: Any, source: str, writing: Any, target: str, payload: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """Pairs: the path of a file, and what it becomes."""
    path, goal = source.strip("/"), target.strip("/")
    found = _below(reading, path) if payload["source_type"] != "file" else []
    single = not found and payload["source_type"] != "directory" and path in transfer.names(reading, path)
    if single:
        folder = payload["target_type"] == "directory" or (
            payload["target_type"] is None and (target.endswith("/") or not goal or bool(_below(writing, goal)))
        )
        yield path, posixpath.join(goal, posixpath.basename(path)) if folder else goal
        return
    if not found:
        raise PipelineError(
            f"There is nothing to copy at {path or '/'!r} in the datastore {reading.name!r}.",
            hint=f"{reading.name}.path({path!r}) must be there, and source_reference_type fit it",
        )
    if payload["target_type"] == "file":
        raise PipelineError(
            f"{path!r} is a folder of {len(found)} files, which cannot become the file {goal!r}.",
            hint="destination_reference_type='directory'",
        )
    for name in found:
        yield name, posixpath.join(goal, name[len(path) :].lstrip("/"))


def _below(datastore: Any, folder: str) -> list[str]:
    """The files in a folder."""
    return transfer.names(datastore, f"{folder}/" if folder else None)


def _parts(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), PART):
        yield names[start : start + PART]


def _fetched(datastore: Any, names: list[str], scratch: Path) -> dict[str, str]:
    """Where files lie on this machine: as they are, or as they were fetched."""
    if datastore._local() is not None:
        return {name: str(datastore._local(name)) for name in names}
    transfer.download_names(datastore, names, scratch)
    return {name: str(scratch / name) for name in names}
