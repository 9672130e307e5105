"""What a submission leaves behind, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.environment import CondaDependencies, Environment
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.run import Run
from aml_nb.core.runs.script_run_config import ScriptRunConfig
from aml_nb.core.runs.submitting import launch
from aml_nb.errors import NameTakenError


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
