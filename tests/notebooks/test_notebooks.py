"""The tutorials, each under nbval; those that deploy run on Docker too, from a file of their own beside this one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("engine", ["process"], indirect=True)
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom(notebook: Path, engine: str, run_notebook: Callable[[Path], None]) -> None:
    run_notebook(notebook)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_stored_without_the_traces_of_a_run(notebook: Path) -> None:
    import nbformat

    book = nbformat.read(notebook, as_version=4)
    nbformat.validate(book)
    for cell in book.cells:
        if cell.cell_type == "code":
            checked = "nbval-check-output" in cell.metadata.get("tags", [])
            assert bool(cell.outputs) == checked == (cell.execution_count is not None)
