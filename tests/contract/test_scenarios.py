"""Notebooks in v1's style, each run cell by cell in a kernel that has loaded aml_nb and in a home of its own.

A scenario is an IPython script whose cells begin with ``# %%``; what it expects it asserts itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..loud_shell import LoudShell, loud_shell

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.ipy"))

DELETE_EVERYTHING = """
from azureml.core import Workspace as _Workspace
from azureml.core.webservice import LocalWebservice as _LocalWebservice
for _spaces in _Workspace.list("00000000-0000-0000-0000-000000000000").values():
    for _ws in _spaces:
        for _service in [*_ws.webservices.values(), *_LocalWebservice.list(_ws)]:
            _service.delete()
"""

pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.timeout(120)]


@pytest.fixture
def shell(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoudShell]:
    monkeypatch.setenv("IPYTHONDIR", str(home / "ipython"))
    with loud_shell() as shell:
        shell.run_cell("%load_ext aml_nb")
        yield shell
        shell.run_cell(DELETE_EVERYTHING)
        shell.run_cell("%unload_ext aml_nb")


def cells(text: str) -> list[str]:
    """The cells of a script; a cell's own title stands behind ``# %%``."""
    return [cell.partition("\n")[2].strip("\n") for cell in re.split(r"^# %%", text, flags=re.MULTILINE)[1:]]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_it_runs(scenario: Path, shell: LoudShell) -> None:
    for cell in cells(scenario.read_text(encoding="utf-8")):
        shell.run_cell(cell + "\n")
