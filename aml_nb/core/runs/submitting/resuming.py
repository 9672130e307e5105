"""``resume_from``: the files of an earlier run, or of a path on a datastore, in a folder for the next script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aml_nb.errors import UserErrorException

FOLDER = "resume"
OPTION = "--resume-from"


def describe(source: Any) -> dict[str, str]:
    """Where the files are, as JSON has it.

    Raises
    ------
    UserErrorException
        It is neither a run nor a path on a datastore.
    """
    if hasattr(source, "download_files") and hasattr(source, "get_file_names"):
        return {"run": str(source.id)}
    name = getattr(source, "datastore_name", None) or getattr(getattr(source, "datastore", None), "name", None)
    path = getattr(source, "path_on_datastore", None)
    if name is None or path is None:
        raise UserErrorException(
            f"resume_from takes a run or a DataPath, not {type(source).__name__}.",
            hint="resume_from=Run.get(ws, 'run id'), or DataPath(datastore, 'checkpoints')",
        )
    return {"datastore": str(name), "path": str(path)}


def fetch(workspace: Any, described: dict[str, str], target: Path) -> None:
    """Put the files into a folder, which is made."""
    target.mkdir(parents=True, exist_ok=True)
    if "run" in described:
        _of_run(workspace, described["run"], target)
    else:
        _of_path(workspace, described["datastore"], described["path"], target)


def _of_run(workspace: Any, run_id: str, target: Path) -> None:
    """What the run wrote below ``outputs`` is at the top of the folder, as v1 mounts it."""
    from aml_nb.core.runs.files import RunFiles

    files = RunFiles(workspace, run_id)
    for name in files.names():
        if name.startswith("outputs/"):
            files.fetch(name, target / name.removeprefix("outputs/"))


def _of_path(workspace: Any, datastore: str, path: str, target: Path) -> None:
    from aml_nb.core.data.datastore import Datastore

    store = Datastore.get(workspace, datastore)
    store.download(str(target), prefix=path, overwrite=True, show_progress=False)
    inner = target / path.strip("/")
    if inner.is_dir() and inner != target:
        for entry in list(inner.iterdir()):
            entry.rename(target / entry.name)
