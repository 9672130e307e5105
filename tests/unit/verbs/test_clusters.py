"""``aml quota`` and ``aml nodes``: how many cores there may be, and how many nodes a cluster has."""

from __future__ import annotations

import pytest

from aml_nb import cli
from aml_nb.core.compute import AksCompute, ComputeTarget, quota
from aml_nb.core.workspace import Workspace

Capture = pytest.CaptureFixture[str]


def test_the_quota_is_shown_chosen_and_forgotten(
    ws: Workspace, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["aml", "quota", "10"]) == 0
    assert "10 cores" in capsys.readouterr().out and quota.limit(ws) == 10
    assert cli.main(["aml", "quota", "--unset"]) == 0
    assert quota.limit(ws) == quota.DEFAULT
    assert cli.main(["aml", "quota", "many"]) != 0
    assert "whole number" in capsys.readouterr().err
    monkeypatch.setenv(quota.VARIABLE, "7")
    assert cli.main(["aml", "quota"]) == 0
    out = capsys.readouterr().out
    assert "7 cores" in out and quota.VARIABLE in out


def test_nodes_are_shown_and_added(ws: Workspace, capsys: Capture) -> None:
    ComputeTarget.create(ws, "aks", AksCompute.provisioning_configuration())
    assert cli.main(["aml", "nodes", "aks", "4"]) == 0
    out = capsys.readouterr().out
    assert "4 x Standard_D3_v2" in out and "node 4" in out and "3.86 cores, 10.85 GB" in out
    assert ComputeTarget(ws, "aks").agent_count == 4
    assert cli.main(["aml", "nodes", "aks", "some"]) != 0
    assert "is a number of nodes" in capsys.readouterr().err
    assert cli.main(["aml", "nodes", "gone"]) != 0
    assert "ComputeTargetNotFound" in capsys.readouterr().err


def test_versions_are_no_services_of_their_own(ws: Workspace) -> None:
    from aml_nb.verbs.known import names_of

    ws._store.records("webservice").create("iris", {"name": "iris"})
    ws._store.records("webservice").create("iris.one", {"name": "one", "endpoint": "iris"})
    assert names_of("service", ws) == ["iris"]
    for name in ("iris", "iris.one"):
        ws._store.records("webservice").delete(name)
