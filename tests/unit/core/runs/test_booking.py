"""What a submission leaves behind, and what it leaves alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.compute import AmlCompute, ComputeTarget
from aml_nb.core.compute.pool import Pool
from aml_nb.core.environment import CondaDependencies, Environment
from aml_nb.core.pipelines.parallel import executor
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecords
from aml_nb.core.runs.run import Run
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.core.runs.submitting import launch
from aml_nb.errors import ComputeTargetException, NameTakenError


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptRunConfig:
    (tmp_path / "train.py").write_text("print(1)\n")
    monkeypatch.setattr(launch, "start", lambda *_: 0)
    return ScriptRunConfig(source_directory=str(tmp_path), script="train.py")


def test_an_id_that_is_taken_leaves_the_run_as_it_is(experiment: Experiment, config: Any) -> None:
    run = experiment.start_logging(snapshot_directory=None, run_id="first")
    run.log("accuracy", 0.9)
    with pytest.raises(NameTakenError, match="'first'"):
        experiment.submit(config, run_id="first")
    assert run.get_metrics() == {"accuracy": 0.9}
    assert not RunFolder(run._workspace, "first").work.exists()
    run.complete()


@pytest.fixture
def cluster(experiment: Experiment, config: ScriptRunConfig) -> Pool:
    settings = AmlCompute.provisioning_configuration("STANDARD_D2_V2", max_nodes=1)
    ComputeTarget.create(experiment.workspace, "cpu", settings)
    config.run_config.target = "cpu"
    return Pool(experiment.workspace._folder, "cpu")


def test_a_run_has_its_place_in_the_queue_before_it_has_a_process(
    experiment: Experiment, config: Any, cluster: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []

    def start(folder: Path, lock: Any, ticket: Any) -> int:
        assert cluster.waiting() == [*submitted, folder.name]
        given.append(os.dup(ticket.fileno()))
        return 0

    monkeypatch.setattr(launch, "start", start)
    submitted: list[str] = []
    for name in ("z", "y", "x"):
        submitted.append(experiment.submit(config, run_id=name).id)
    assert cluster.waiting() == ["z", "y", "x"] and cluster.wanted() == 3
    os.close(given[1])
    assert cluster.waiting() == ["z", "x"]
    for descriptor in given[::2]:
        os.close(descriptor)
    assert cluster.waiting() == []


@pytest.mark.parametrize("where", ["launch", "RunRecords"])
def test_a_submission_that_fails_leaves_no_place_in_the_queue(
    experiment: Experiment, config: Any, cluster: Pool, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def fail(*_: Any) -> Any:
        assert cluster.waiting() == ["second"]
        raise OSError("no more processes")

    if where == "launch":
        monkeypatch.setattr(launch, "start", fail)
    else:
        monkeypatch.setattr(RunRecords, "create", fail)
    with pytest.raises(OSError, match="no more processes"):
        experiment.submit(config, run_id="second")
    assert cluster.waiting() == []


def test_a_run_whose_cluster_goes_as_it_is_submitted_is_told_so_by_its_process(
    experiment: Experiment, config: Any, cluster: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    draw = Pool.draw

    def late(pool: Pool, *asked: Any) -> Any:
        pool.remove()
        return draw(pool, *asked)

    monkeypatch.setattr(Pool, "draw", late)
    monkeypatch.setattr(launch, "start", lambda *told: given.append(told[2]))
    assert experiment.submit(config).id and given == [None]


def test_a_parallel_step_has_its_place_in_the_queue_as_a_script_has(
    experiment: Experiment, cluster: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(launch, "start", lambda *_: seen.extend(cluster.waiting()))
    payload = {"target": "cpu", "settings": {"node_count": 1}}
    executor.submit(experiment, payload, {}, "cpu", {"run_type": "azureml.StepRun", "run_id": "step"})
    assert seen == ["step"]
    payload["settings"] = {"node_count": 2}
    with pytest.raises(ComputeTargetException, match="at most 1"):
        executor.submit(experiment, payload, {}, "cpu", {"run_type": "azureml.StepRun", "run_id": "large"})


def test_what_cannot_be_started_has_failed_and_says_why(
    experiment: Experiment, config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*_: Any) -> int:
        raise OSError("no more processes")

    monkeypatch.setattr(launch, "start", start)
    with pytest.raises(OSError, match="no more processes"):
        experiment.submit(config, run_id="second")
    run = Run.get(experiment.workspace, "second")
    assert run.get_details()["error"]["error"]["message"] == "no more processes"
    assert run.get_detailed_status()["details"] == ["no more processes"]


def test_a_submission_that_is_interrupted_ends_the_process_that_it_may_have_started(
    experiment: Experiment, config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*_: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(launch, "start", start)
    with pytest.raises(KeyboardInterrupt):
        experiment.submit(config, run_id="second")
    assert (RunFolder(experiment.workspace, "second").path / "cancel").exists()
    run = Run.get(experiment.workspace, "second")
    assert run.get_details()["error"]["error"]["message"] == "KeyboardInterrupt"


def test_the_longest_name_of_an_experiment_makes_ids_for_runs(experiment: Experiment, config: Any) -> None:
    run = Experiment(experiment.workspace, "e" * 255).submit(config)
    assert len(run.id) < 255
    assert RunFolder(experiment.workspace, run.id).spec.is_file()


def test_the_login_to_a_registry_is_not_kept_with_the_run(experiment: Experiment, config: Any) -> None:
    environment = Environment("of-an-image")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["not-here-at-all==1.2.3"])
    environment.docker.base_image_registry.username = "me"
    environment.docker.base_image_registry.password = "hush-hush"
    config.run_config.environment = environment
    run = experiment.submit(config)
    written = RunFolder(experiment.workspace, run.id).spec.read_text()
    assert "not-here-at-all" in written
    assert "hush-hush" not in written + str(run.get_details())
