"""The tutorials that deploy, with Docker's containers: a file of its own, so that two workers share the tutorials."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

ELSEWHERE = ("11-panels",)
"""Those in which nothing depends on what carries the service; the others are tried on both."""
FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
DEPLOYING = [
    path
    for path in sorted(FOLDER.glob("*.ipynb"))
    if re.search(r"%deploy|Model\.deploy|deploy_from_image", path.read_text(encoding="utf-8"))
    and path.stem not in ELSEWHERE
]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("engine", ["docker"], indirect=True)
@pytest.mark.parametrize("notebook", DEPLOYING, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom(notebook: Path, engine: str, run_notebook: Callable[[Path], None]) -> None:
    run_notebook(notebook)
