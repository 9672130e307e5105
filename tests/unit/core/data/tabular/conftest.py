"""Files for tabular datasets, and datasets of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.data.datasets.tabular.dataset import TabularDataset
from aml_nb.core.data.datasets.tabular_factory import TabularDatasetFactory

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file below the test's folder and return its path."""

    def make(name: str, content: str | bytes, encoding: str = "utf-8") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return str(path)

    return make


@pytest.fixture
def delimited(write: Write) -> Callable[..., TabularDataset]:
    """A dataset of one delimited file with this content."""

    def make(content: str | bytes, **options: Any) -> TabularDataset:
        return TabularDatasetFactory.from_delimited_files(write("rows.csv", content), **options)

    return make
