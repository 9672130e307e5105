"""``resume_from``: the files of an earlier run, or of a path on a datastore, in a folder for the next script."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aml_nb.errors import UserErrorException

FOLDER = "resume"
OPTION = "--resume-from"


def fetcher(source: Any) -> Callable[[Path], None]:
    """How the files are put into a folder.

    Raises
    ------
    UserErrorException
        It is neither a run nor a path on a datastore.
    """
    if hasattr(source, "download_files") and hasattr(source, "get_file_names"):
        return lambda target: _of_run(source, target)
    datastore = getattr(source, "_datastore", None) or getattr(source, "datastore", None)
    path = getattr(source, "path_on_datastore", None)
    if datastore is None or path is None:
        raise UserErrorException(
            f"resume_from takes a run or a DataPath, not {type(source).__name__}.",
            hint="resume_from=Run.get(ws, 'run id'), or DataPath(datastore, 'checkpoints')",
        )
    return lambda target: _of_path(datastore, str(path), target)


def _of_run(run: Any, target: Path) -> None:
    """What the run wrote below ``outputs`` is at the top of the folder, as v1 mounts it."""
    target.mkdir(parents=True, exist_ok=True)
    for name in run.get_file_names():
        if name.startswith("outputs/"):
            place = target / name.removeprefix("outputs/")
            place.parent.mkdir(parents=True, exist_ok=True)
            run.download_file(name, str(place))


def _of_path(datastore: Any, path: str, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    datastore.download(str(target), prefix=path, overwrite=True, show_progress=False)
    inner = target / path.strip("/")
    if inner.is_dir():
        for entry in list(inner.iterdir()):
            entry.rename(target / entry.name)
