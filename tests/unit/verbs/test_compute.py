"""``compute``: targets are listed, made, shown with their nodes, changed and deleted."""

from __future__ import annotations

import json
import socket

import pytest

from aml_nb import cli
from aml_nb.core.compute import ComputeTarget
from aml_nb.core.compute.pool import Pool
from aml_nb.core.workspace import Workspace

Capture = pytest.CaptureFixture[str]


def said(capsys: Capture, *words: str, code: int = 0) -> str:
    assert cli.main(["compute", *words]) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


def test_a_cluster_is_made_shown_changed_and_deleted(ws: Workspace, capsys: Capture) -> None:
    assert "No compute targets here yet" in said(capsys)
    made = said(capsys, "create", "cpu-cluster", "--min", "1", "--max", "2", "--idle", "60")
    assert "STANDARD_DS2_V2" in made and "1 idle of 2" in made and "1 to 2 nodes, idle ones go after 60 s" in made
    lease = Pool(ws._folder, "cpu-cluster").acquire("run_7", tell=print, stopped=lambda: False)
    assert lease is not None
    with lease:
        assert "preparing  run_7" in said(capsys, "show", "cpu-cluster")
        data = json.loads(said(capsys, "show", "cpu-cluster", "--json"))
    assert [node["runId"] for node in data["nodes"]] == ["run_7"] and data["waiting"] == []
    assert "0 to 5 nodes" in said(capsys, "update", "cpu-cluster", "--min", "0", "--max", "5")
    listed = said(capsys, "list")
    assert "AmlCompute" in listed and "1 idle of 5" in listed and "Succeeded" in listed
    assert "Deleted the compute target cpu-cluster." in said(capsys, "delete", "cpu-cluster")
    assert ComputeTarget.list(ws) == []


def test_an_instance_is_stopped_and_started(ws: Workspace, capsys: Capture) -> None:
    assert "Running" in said(capsys, "create", "my-instance", "--type", "instance")
    assert "Stopped" in said(capsys, "stop", "my-instance")
    assert "Running" in said(capsys, "start", "my-instance")
    assert "no cluster for runs" in said(capsys, "update", "my-instance", "--max", "2", code=2)


def test_an_aks_cluster_has_its_nodes(ws: Workspace, capsys: Capture) -> None:
    assert "Standard_D3_v2" in said(capsys, "create", "aks", "--type", "aks", "--max", "4")
    assert ComputeTarget(ws, "aks").agent_count == 4
    assert "is no compute instance" in said(capsys, "stop", "aks", code=2)


def test_a_scheduler_is_attached_where_one_answers(ws: Workspace, capsys: Capture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        assert address in said(capsys, "attach", "lab", address)
    assert "Detached the compute target lab." in said(capsys, "delete", "lab")
    assert f"No Dask scheduler answers at {address}" in said(capsys, "attach", "lab", address, code=1)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("show", "cpu-clutser"), 1, "did you mean cpu-cluster?"),
        (("create", "x"), 1, "2 to 32 letters"),
        (("create", "small", "--min", "3", "--max", "1"), 1, "above max_nodes"),
        (("create", "one", "--type", "instance", "--max", "3"), 2, "--max is for clusters for runs"),
        (("create", "one", "--type", "aks", "--low-priority"), 2, "--low-priority is for clusters for runs"),
        (("attach", "lab", "10.0.0.4"), 1, "no address of a Dask scheduler"),
        (("create", "one", "--type", "dsvm"), 2, "'dsvm' is no --type"),
    ],
)
def test_what_cannot_be_is_told(ws: Workspace, capsys: Capture, words: tuple[str, ...], code: int, told: str) -> None:
    said(capsys, "create", "cpu-cluster")
    assert told in said(capsys, *words, code=code)
