"""``Model.download``."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from aml_nb.core.store.errors import readable_files
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from aml_nb.core.model import Model


def download(model: Model, target_dir: str, exist_ok: bool, exists_ok: bool | None) -> str:
    """Copy the files below ``target_dir``; what is there is replaced only when that is allowed.

    As in v1 what the files have in common comes back: the file itself where there is one alone.
    """
    if exists_ok is not None:
        raise WebserviceException(
            "exists_ok is deprecated and exist_ok is what it became; both cannot be given.",
            hint=f"model.download({target_dir!r}, exist_ok={exists_ok})",
        )
    target = Path(target_dir).expanduser()
    if target.exists() and not target.is_dir():
        raise WebserviceException(f"{target_dir} is a file.", hint="give target_dir= a folder")
    paths = [path for path, _ in model._files()]
    taken = [str(target / path) for path in paths if os.path.lexists(target / path)]
    if taken and not exist_ok:
        raise WebserviceException(
            f"File already exists. To overwrite, set exist_ok to True. {taken[0]}",
            hint=f"model.download({target_dir!r}, exist_ok=True)",
        )
    with readable_files(target):
        target.mkdir(parents=True, exist_ok=True)
        staged = target / f".download-{uuid.uuid4().hex}"
        try:
            model._materialise(staged)
            for path in paths:
                _replace(staged / path, target / path)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return os.path.commonpath([os.path.join(target_dir, path) for path in paths])


def _replace(staged: Path, final: Path) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)
    os.replace(staged, final)
