"""Clusters for runs: what they show follows the runs on them; scale, quotas, places and the end of them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.compute import AmlCompute, ComputeTarget, amlcompute_quota, pool_nodes
from aml_nb.core.compute.amlcompute_status import AmlComputeStatus
from aml_nb.core.compute.places import place
from aml_nb.core.compute.pool import Lease, Pool
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ComputeTargetException, UserErrorException


def cluster(ws: Workspace, name: str = "cpu-cluster", **options: Any) -> AmlCompute:
    options = {"vm_size": "STANDARD_D2_V2", **options}
    made = ComputeTarget.create(ws, name, AmlCompute.provisioning_configuration(**options))
    assert isinstance(made, AmlCompute)
    return made


def held(made: AmlCompute, run_id: str, nodes: int = 1) -> Lease:
    lease = Pool(made.workspace._folder, made.name).acquire(run_id, nodes, tell=print, stopped=lambda: False)
    assert lease is not None
    return lease


def shown(made: AmlCompute) -> dict[str, int]:
    counts = made.get_status().node_state_counts.serialize()
    return {name.removesuffix("NodeCount"): number for name, number in counts.items() if number}


def test_the_states_follow_a_run(ws: Workspace) -> None:
    made = cluster(ws, max_nodes=2)
    assert (shown(made), made.list_nodes(), made.status.allocation_state) == ({}, [], "Steady")
    lease = held(made, "run_1")
    assert shown(made) == {"preparing": 1}
    lease.stage("running")
    assert shown(made) == {"running": 1}
    [node] = made.list_nodes()
    assert (node["nodeState"], node["runId"], node["privateIpAddress"]) == ("running", "run_1", "127.0.0.1")
    assert set(node) == {"nodeId", "port", "publicIpAddress", "privateIpAddress", "nodeState", "runId"}
    lease.release()
    assert shown(made) == {"idle": 1} and made.list_nodes()[0]["nodeId"] == node["nodeId"]
    status = made.get_status()
    assert (status.current_node_count, status.target_node_count, status.allocation_state) == (1, 1, "Steady")
    assert status.allocation_state_transition_time >= status.creation_time.replace(microsecond=0)


def test_idle_nodes_leave_and_are_gone(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    made = cluster(ws, min_nodes=1, max_nodes=2, idle_seconds_before_scaledown=0)
    assert shown(made) == {"idle": 1}
    held(made, "run_1", 2).release()
    assert shown(made) == {"idle": 1, "leaving": 1}
    status = made.get_status()
    assert (status.allocation_state, status.current_node_count, status.target_node_count) == ("Resizing", 2, 1)
    monkeypatch.setattr(pool_nodes, "LEAVING_SECONDS", 0.0)
    assert shown(made) == {"idle": 1} and made.get_status().allocation_state == "Steady"


def test_scale_settings_reach_the_nodes(ws: Workspace) -> None:
    made = cluster(ws, max_nodes=1)
    made.update(min_nodes=2, max_nodes=3, idle_seconds_before_scaledown=120)
    assert shown(made) == {"idle": 2}
    settings = Pool(ws._folder, made.name).settings()
    assert (settings.minimum, settings.maximum, settings.idle, settings.dedicated) == (2, 3, 120, True)
    made.update(min_nodes=0, max_nodes=1)
    assert made.get_status().target_node_count == 1
    assert ComputeTarget(ws, made.name).scale_settings.serialize() == made.scale_settings.serialize()


def test_a_status_survives_json(ws: Workspace) -> None:
    made = cluster(ws, vm_priority="lowpriority", min_nodes=1)
    data = json.loads(json.dumps(made.get_status().serialize()))
    assert AmlComputeStatus.deserialize(data).serialize() == data
    assert (data["vmPriority"], data["vmSize"], data["errors"]) == ("LowPriority", "STANDARD_D2_V2", None)
    assert cluster(ws, "other").vm_priority == "Dedicated"
    assert made.list_nodes()[0]["nodeId"].endswith("_p")


@pytest.mark.parametrize("name", ["x", "1cluster", "has_underscore", "ends-", "a" * 33, "", None])
def test_names_that_are_none(ws: Workspace, name: Any) -> None:
    with pytest.raises(ComputeTargetException, match="2 to 32 letters"):
        cluster(ws, name)


@pytest.mark.parametrize("name", ["AmlCompute", "local"])
def test_reserved_names(ws: Workspace, name: str) -> None:
    with pytest.raises(UserErrorException, match="reserved"):
        cluster(ws, name)


def test_a_cluster_that_can_never_have_its_nodes_fails(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    AmlCompute.update_quotas(ws, "standardDv2Family", 10)
    made = cluster(ws, max_nodes=6)
    capsys.readouterr()
    made.wait_for_completion(show_output=True)
    out = capsys.readouterr().out
    assert out.startswith('Failed\nAmlCompute wait for completion finished\n\nTerminal state of "Failed" has been')
    assert "Maximum allowed: 10, Current in use: 0, Additional requested: 12." in out
    assert ws.compute_targets[made.name].provisioning_state == "Failed"
    assert made.get_status().errors[0]["error"]["code"] == "ClusterCoreQuotaReached"
    with pytest.raises(ComputeTargetException, match="standardDv2Family is exceeded"):
        place(ws, made.name)
    with pytest.raises(ComputeTargetException) as refused:
        made.update(max_nodes=1)
    assert "delete() and create it again" in str(refused.value.hint)
    made.delete()
    cluster(ws, max_nodes=5).wait_for_completion()


def test_the_minimum_counts_with_what_others_use(ws: Workspace) -> None:
    AmlCompute.update_quotas(ws, {"standardDv2Family": 10})
    first = cluster(ws, "first", min_nodes=2)
    assert first.provisioning_state == "Succeeded" and shown(first) == {"idle": 2}
    assert cluster(ws, "second", min_nodes=3).provisioning_state == "Succeeded"
    with pytest.raises(ComputeTargetException, match="Current in use: 6, Additional requested: 8"):
        ComputeTarget(ws, "first").update(min_nodes=4)
    assert ComputeTarget(ws, "first").scale_settings.minimum_node_count == 2


def test_quotas_and_usages(ws: Workspace) -> None:
    held(cluster(ws, max_nodes=3), "run", 2)
    [changed] = AmlCompute.update_quotas(ws, "STANDARDDV2FAMILY", 48)
    assert (changed["name"]["value"], changed["limit"], changed["status"]) == ("standardDv2Family", 48, "Success")
    usage = {entry["name"]["value"]: entry for entry in AmlCompute.list_usages(ws)}
    assert (usage["standardDv2Family"]["currentValue"], usage["standardDv2Family"]["limit"]) == (4, 48)
    assert {entry["currentValue"] for name, entry in usage.items() if name != "standardDv2Family"} == {0}
    assert len(AmlCompute.list_usages(ws, show_all=True)) == len(usage) + 1
    quotas = {entry["name"]["value"]: entry["limit"] for entry in AmlCompute.list_quotas(ws)}
    assert quotas["standardDv2Family"] == 48 and quotas["lowPriorityCores"] == amlcompute_quota.LOW_PRIORITY
    AmlCompute.update_quotas(ws, "standardDv2Family", -1)
    assert amlcompute_quota.limits(ws)["standardDv2Family"] == amlcompute_quota.DEDICATED
    for family, limit in (("standardXYFamily", 1), ("standardDv2Family", None), ("standardDv2Family", -2)):
        with pytest.raises(ComputeTargetException):
            AmlCompute.update_quotas(ws, family, limit)


def test_nodes_beyond_the_maximum_are_not_waited_for(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    made = cluster(ws, max_nodes=2)
    made.wait_for_completion(show_output=True, min_node_count=3, timeout_in_minutes=20)
    assert capsys.readouterr().out.endswith("The cluster has at most 2 nodes, not 3.\n")


def test_where_runs_go(ws: Workspace) -> None:
    made = cluster(ws, max_nodes=2)
    assert place(ws, "local") == ("local", "local", None, None)
    assert place(ws, made.name, 2) == ("pool", made.name, None, 2)
    with pytest.raises(ComputeTargetException, match="asks for 3 nodes, .* at most 2"):
        place(ws, made.name, 3)
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        place(ws, "missing")
    Pool(ws._folder, made.name).remove()  # as in a workspace of an older version
    place(ws, made.name)
    assert Pool(ws._folder, made.name).settings().maximum == 2


def test_a_deleted_cluster_takes_its_runs_along(ws: Workspace) -> None:
    made = cluster(ws)
    runs = RunRecords(ws._store)
    for run_id, target, status in (
        ("on", made.name, "Queued"),
        ("over", made.name, "Completed"),
        ("elsewhere", "local", "Queued"),
    ):
        runs.create(RunRecord(run_id, "exp", "id", status=status, target=target))
    with (
        contextlib.closing(RunFolder(ws, "on").hold(keep=False)),
        contextlib.closing(RunFolder(ws, "elsewhere").hold(keep=False)),
    ):
        made.delete()
        statuses = {run_id: getattr(runs.get(run_id), "status", None) for run_id in ("on", "over", "elsewhere")}
    assert statuses == {"on": "CancelRequested", "over": "Completed", "elsewhere": "Queued"}
    assert made.provisioning_state == "Deleting" and not (ws._folder / "compute" / made.name).exists()
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        made.get_status()
    assert cluster(ws).list_nodes() == []


def test_identities_are_noted(ws: Workspace) -> None:
    made = cluster(ws)
    made.add_identity("UserAssigned", ["a", "b"])
    assert (ComputeTarget(ws, made.name).identity_type, made.identity_id) == ("UserAssigned", ["a", "b"])
    made.remove_identity("a")
    assert made.identity_id == ["b"]
    made.remove_identity()
    assert (made.identity_type, made.identity_id) == (None, None)
    for wrong in (("Other",), ("UserAssigned",), ("SystemAssigned", ["a"])):
        with pytest.raises(ComputeTargetException, match="An identity is"):
            made.add_identity(*wrong)


def test_a_workspace_is_made_with_its_clusters(home: Path) -> None:
    config = AmlCompute.provisioning_configuration(vm_size="STANDARD_NC6", max_nodes=2)
    made = Workspace.create("course", default_gpu_compute_target=config, show_output=False)
    assert list(made.compute_targets) == [Workspace.DEFAULT_GPU_CLUSTER_NAME]
    assert made.get_default_compute_target("GPU").vm_size == "STANDARD_NC6"
    assert made.get_default_compute_target("CPU") is None


def test_what_a_killed_process_left_behind_is_mended(ws: Workspace) -> None:
    made, pool = cluster(ws, max_nodes=3), Pool(ws._folder, "cpu-cluster")
    pool.configure(pool.settings()._replace(maximum=1))  # an update whose first half was done
    assert place(ws, made.name).most == 3 and pool.settings().maximum == 3
    (ws._folder / "compute" / made.name / "pool.json").write_text("{")
    assert made.get_status().provisioning_state == "Succeeded" and pool.settings().maximum == 3
    ws._store.records("compute").delete(made.name)  # a deletion whose first half was done
    held_on = held(made, "old")
    assert cluster(ws, max_nodes=2).list_nodes() == [] and pool.settings().maximum == 2
    held_on.release()
    assert pool.nodes() == []
