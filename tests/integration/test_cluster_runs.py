"""Runs on a cluster: as many at once as it has nodes, in their order, and ended with it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.compute import AmlCompute, ComputeInstance, ComputeTarget
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.core.runs.submitting import launch
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ComputeTargetException

SCRIPT = """
import pathlib, sys, time
here = pathlib.Path(sys.argv[1])
(here / sys.argv[2]).touch()
while not (here / "go").exists():
    time.sleep(0.02)
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "train.py").write_text(SCRIPT)
    return folder


@pytest.fixture
def submit(ws: Workspace, source: Path, tmp_path: Path) -> Callable[..., Any]:
    def submit(name: str, target: Any, **options: Any) -> Any:
        config = ScriptRunConfig(str(source), "train.py", [str(tmp_path), name], compute_target=target, **options)
        return Experiment(ws, "waiting").submit(config)

    return submit


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in 60 seconds"
        time.sleep(0.05)


def counts(cluster: AmlCompute) -> tuple[int, int]:
    told = cluster.get_status().node_state_counts
    return told.running_node_count, told.idle_node_count


def test_one_after_the_other_on_one_node(ws: Workspace, submit: Callable[..., Any], tmp_path: Path) -> None:
    config = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=1)
    cluster = ComputeTarget.create(ws, "cpu-cluster", config)
    first = submit("first", cluster)
    until((tmp_path / "first").exists)
    second = submit("second", "cpu-cluster")
    until(lambda: counts(cluster) == (1, 0) and cluster.get_status().node_state_counts.preparing_node_count == 0)
    assert [node["runId"] for node in cluster.list_nodes()] == [first.id]
    assert {run.id for run in cluster.get_active_runs()} == {first.id, second.id}
    until(lambda: second.get_status() == "Queued")
    assert not (tmp_path / "second").exists()
    (tmp_path / "go").touch()
    for run in (first, second):
        run.wait_for_completion(show_output=False)
        assert run.get_status() == "Completed"
    until(lambda: counts(cluster) == (0, 1))
    assert list(cluster.get_active_runs()) == []
    with pytest.raises(ComputeTargetException, match="at most 1"):
        submit("large", cluster, distributed_job_config=_two_nodes())


class Passed:
    """An open file that a process is to be given later; until then it is held here."""

    def __init__(self, given: Any) -> None:
        self.path, self._handle = getattr(given, "path", None), os.dup(given.fileno())

    def fileno(self) -> int:
        return self._handle

    def close(self) -> None:
        os.close(self._handle)


def test_runs_start_in_the_order_of_their_submission_whichever_process_is_the_fastest(
    ws: Workspace, submit: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=1)
    cluster = ComputeTarget.create(ws, "cpu-cluster", config)
    begin, given = launch.start, dict[str, tuple[Passed, Passed]]()

    def late(folder: Path, lock: Any, ticket: Any) -> int:
        given[folder.name] = Passed(lock), Passed(ticket)
        return 0

    def come(run: Any, killed: bool = False) -> Path:
        folder, passed = RunFolder(ws, run.id).path, given[run.id]
        if not killed:
            begin(folder, *passed)
        for each in passed:
            each.close()
        return folder / launch.OUTPUT

    monkeypatch.setattr(launch, "start", late)
    (tmp_path / "go").touch()
    killed, first, second, third = (submit(name, cluster) for name in ("killed", "first", "second", "third"))
    for run in (third, second):
        log = come(run)
        until(lambda log=log: "before this one" in log.read_text())  # it has come, and waits
    assert [run.get_status() for run in (killed, first, second, third)] == ["Queued"] * 4
    come(killed, killed=True)
    come(first)
    for run in (first, second, third):
        assert run.wait_for_completion()["status"] == "Completed"
    order = sorted(("third", "second", "first"), key=lambda name: (tmp_path / name).stat().st_mtime_ns)
    assert order == ["first", "second", "third"] and killed.get_status() == "Failed"


def _two_nodes() -> Any:
    from aml_nb.azureml.core.runconfig import MpiConfiguration

    return MpiConfiguration(node_count=2)


def test_a_deleted_cluster_and_a_stopped_instance_end_their_runs(
    ws: Workspace, submit: Callable[..., Any], tmp_path: Path
) -> None:
    config = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=1)
    cluster = ComputeTarget.create(ws, "cpu-cluster", config)
    instance = ComputeTarget.create(ws, "my-instance", ComputeInstance.provisioning_configuration())
    runs = [submit("first", cluster), submit("other", instance)]
    until(lambda: (tmp_path / "first").exists() and (tmp_path / "other").exists())
    runs.append(submit("waits", cluster))
    cluster.delete()
    instance.stop()
    until(lambda: [run.get_status() for run in runs] == ["Canceled"] * 3)
    for target in ("cpu-cluster", instance):
        with pytest.raises(ComputeTargetException, match="not found|is Stopped"):
            submit("late", target)
    assert not (tmp_path / "waits").exists()
