"""The code that the panel puts into notebooks runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aml_nb.alias import enable_here
from aml_nb.core.compute import ComputeInstance, ComputeTarget
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.environment import Environment
from aml_nb.core.model import Model
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.workspace import Workspace
from aml_nb.labserver.faults import NothingThereError
from aml_nb.labserver.shapes import snippets
from tests.loud_shell import loud_shell


@pytest.fixture
def filled(ws: Workspace) -> dict[str, str]:
    Path("a.csv").write_text("x,y\n1,2\n")
    store = ws.get_default_datastore()
    store.upload_files(["a.csv"])
    tables = Dataset.Tabular.from_delimited_files([(store, "a.csv")])
    tables.register(ws, 'it\'s a "table"')
    Dataset.File.from_files([(store, "a.csv")]).register(ws, "files")
    ComputeTarget.create(ws, "mine", ComputeInstance.provisioning_configuration())
    Environment("env").register(ws)
    run = Experiment(ws, "train").start_logging(snapshot_directory=None)
    run.complete()
    Model.register(ws, "a.csv", "iris")
    return {
        "models": "iris:1",
        "runs": run.id,
        "compute": "mine",
        "environments": "env:1",
        "data": 'it\'s a "table":1',
        "data ": "files:1",
        "data  ": "workspaceblobstore",
    }


def test_v1s_lines_run(ws: Workspace, filled: dict[str, str]) -> None:
    enable_here()
    names = {}
    for kind, identity in filled.items():
        found: dict[str, Any] = {}
        exec(str(snippets.snippet(ws, kind.strip(), identity)["v1"]), found)
        names[identity] = next(
            found[name] for name in list(found)[::-1] if hasattr(found[name], "name") or name == "run"
        )
    assert (names["iris:1"].version, names["env:1"].name, names["mine"].name) == (1, "env", "mine")
    assert names['it\'s a "table":1'].name == 'it\'s a "table"'


def test_magics_run(ws: Workspace, filled: dict[str, str], tmp_path: Path) -> None:
    with loud_shell() as shell:
        shell.run_cell("%load_ext aml_nb")
        for kind, identity in filled.items():
            magic = snippets.snippet(ws, kind.strip(), identity)["magic"]
            if magic is not None:
                shell.run_cell(magic)


def test_two_workspaces_of_one_name_are_told_apart(ws: Workspace, filled: dict[str, str]) -> None:
    other = Workspace.create("test-ws", resource_group="elsewhere", show_output=False)
    assert "resource_group='aml_nb'" in str(snippets.snippet(ws, "models", "iris:1")["v1"])
    other.delete()
    assert "resource_group" not in str(snippets.snippet(ws, "models", "iris:1")["v1"])


def test_there_is_no_code_for_what_is_not_there(ws: Workspace) -> None:
    for kind in ("models", "services", "runs", "pipelines", "schedules", "compute", "data", "environments"):
        with pytest.raises(NothingThereError):
            snippets.snippet(ws, kind, "nothing")
