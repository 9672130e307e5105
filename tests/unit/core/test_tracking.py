"""The address under which MLflow finds a workspace; MLflow itself is not needed for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.core.tracking import ENTRY_POINTS, SCHEME, folder_of, tracking_uri
from aml_nb.core.workspace import Workspace

_PARTS = st.text(st.characters(blacklist_characters="/\0", blacklist_categories=("Cs",)), min_size=1, max_size=20)
PATHS = st.lists(_PARTS.filter(lambda part: part not in (".", "..")), min_size=1, max_size=4)


@given(PATHS)
def test_an_address_leads_back_to_its_folder(parts: list[str]) -> None:
    folder = Path("/", *parts)
    assert folder_of(tracking_uri(folder)) == folder


def test_slashes_that_mlflow_joined() -> None:
    assert folder_of(f"{SCHEME}:/home/me/ws") == folder_of(f"{SCHEME}:///home/me/ws") == Path("/home/me/ws")


@pytest.mark.parametrize("uri", ["file:///home/me/ws", "/home/me/ws", f"{SCHEME}:ws", "", "azureml://x/y"])
def test_what_is_no_address(uri: str) -> None:
    with pytest.raises(ValueError, match="no address of a workspace"):
        folder_of(uri)


def test_the_entry_points_that_scripts_see_are_those_of_the_package() -> None:
    wanted = (Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8")
    for line in (ENTRY_POINTS / "aml_nb_mlflow.dist-info" / "entry_points.txt").read_text(encoding="utf-8").split("\n"):
        name, equals, value = line.partition(" = ")
        assert not equals or f'{name} = "{value}"' in wanted


def test_a_workspace_tells_its_address_without_mlflow(ws: Workspace) -> None:
    code = (
        "import sys; from aml_nb.core.workspace import Workspace;"
        f"print(Workspace.get({ws.name!r}).get_mlflow_tracking_uri());"
        "from importlib.metadata import entry_points;"
        f"print([p.value for p in entry_points(group='mlflow.artifact_repository') if p.name == {SCHEME!r}][0]);"
        "print('mlflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [tracking_uri(ws._folder), "aml_nb.mlflow.entry:artifact_repository", "False"]
