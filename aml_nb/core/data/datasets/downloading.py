"""``FileDataset.download``."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from aml_nb.core.data.datasets import placing
from aml_nb.core.data.datasets.errors import DatasetExecutionError

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.file_dataset import FileDataset


def download(dataset: FileDataset, target_path: str | None, overwrite: bool, ignore_not_found: bool) -> list[str]:
    """Copy the files of a dataset into a folder; their absolute paths."""
    try:
        files = dataset._files()
    except DatasetExecutionError as error:
        if ignore_not_found and isinstance(error.inner_exception, FileNotFoundError):
            return []
        raise
    root = os.path.abspath(os.path.expanduser(target_path)) if target_path else tempfile.mkdtemp(prefix="aml-nb-")
    return placing.copy(files, root, overwrite, ignore_not_found)
