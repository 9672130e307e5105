"""Estimators: which run configuration each makes."""

from __future__ import annotations

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb.core.environment import Environment
from aml_nb.core.estimators import (
    Chainer,
    Estimator,
    Gloo,
    MMLBaseEstimator,
    Mpi,
    Nccl,
    ParameterServer,
    PyTorch,
    SKLearn,
    TensorFlow,
)
from aml_nb.core.runs.run_configuration.parts import MpiConfiguration, TensorflowConfiguration
from aml_nb.errors import TrainingException, UserErrorException


@pytest.fixture
def src(tmp_path: Path) -> str:
    (tmp_path / "train.py").write_text("print(1)\n")
    return str(tmp_path)


def _packages(estimator: MMLBaseEstimator) -> tuple[list[str], list[str]]:
    found = estimator.conda_dependencies
    assert found is not None
    return list(found.conda_packages), list(found.pip_packages)


def test_script_params_become_arguments(src: str) -> None:
    params = {"--rate": 0.1, "--fast": "", "--none": None, "--zero": 0, "--name": "a b"}
    estimator = Estimator(src, entry_script="train.py", script_params=params, compute_target="local")
    words = ["--rate", 0.1, "--fast", "--none", "--zero", 0, "--name", "a b"]
    assert estimator.run_config.arguments == words and estimator.run_config.script == "train.py"
    config = estimator._script_run_config()
    assert (config.source_directory, config.script, config.arguments) == (src, "train.py", words)


def test_packages_come_from_lists_and_files(src: str) -> None:
    Path(src, "requirements.txt").write_text("pandas>=1\n# note\n")
    Path(src, "env.yml").write_text("dependencies:\n- python=3.10\n- pip:\n  - joblib\n")
    estimator = Estimator(
        src,
        entry_script="train.py",
        compute_target="local",
        conda_packages=["scikit-learn"],
        pip_packages=["tqdm"],
        conda_dependencies_file="env.yml",
        pip_requirements_file="requirements.txt",
        environment_variables={"MODE": "x"},
        custom_docker_image="mine:1",
    )
    assert _packages(estimator) == (["python=3.10", "scikit-learn"], ["joblib", "pandas>=1", "tqdm"])
    environment = estimator.run_config.environment
    assert environment.environment_variables == {"MODE": "x"} and environment.docker.base_image == "mine:1"


def test_an_environment_is_taken_whole(src: str, caplog: pytest.LogCaptureFixture) -> None:
    mine = Environment("mine")
    with caplog.at_level(logging.WARNING):
        estimator = Estimator(
            src,
            entry_script="train.py",
            compute_target="local",
            environment_definition=mine,
            conda_packages=["numpy"],
            use_gpu=True,
        )
    assert estimator.run_config.environment is mine
    assert "environment_definition was given: conda_packages, use_gpu not used" in caplog.text


def test_inputs_have_names(src: str) -> None:
    reference = SimpleNamespace(data_reference_name="data", to_config=lambda: None)
    dataset = SimpleNamespace(name="training", dataset=object())
    given: dict[str, Any] = {"entry_script": "train.py", "compute_target": "local"}
    estimator = Estimator(src, inputs=[reference, dataset], **given)
    assert estimator.run_config.data_references == {"data": reference}
    assert estimator.run_config.data == {"training": dataset}
    again = Estimator(src, inputs=[dataset], script_params={"--data": dataset}, **given)
    assert again.run_config.data == {} and again.run_config.arguments == ["--data", dataset]
    with pytest.raises(TrainingException, match="by name, not str"):
        Estimator(src, inputs=["data"], **given)


@pytest.mark.parametrize(
    "given, word",
    [
        ({"compute_target": None}, "compute target or VM size"),
        ({"entry_script": None}, "needs an entry_script"),
        ({"script_params": ["--rate"]}, "takes a dictionary"),
        ({"node_count": 2}, "a way to find one another"),
        ({"process_count_per_node": 2}, "a way to find one another"),
        ({"distributed_training": "mpi"}, "not 'mpi'"),
        ({"distributed_backend": "slow"}, "one of mpi, ps, gloo, nccl"),
        ({"distributed_training": Mpi(), "distributed_backend": "mpi"}, "exclude each other"),
        ({"distributed_training": Gloo()}, "not a way to distribute Estimator"),
        ({"distributed_training": ParameterServer()}, "it is one for TensorFlow"),
        ({"custom_docker_image": "a", "custom_docker_base_image": "b"}, "are the same"),
        ({"conda_dependencies_file": "none.yml"}, "no file none.yml"),
    ],
)
def test_what_cannot_be_is_said(src: str, given: dict[str, Any], word: str) -> None:
    with pytest.raises(TrainingException, match=word):
        Estimator(src, **{"entry_script": "train.py", "compute_target": "local", **given})


@pytest.mark.parametrize(
    "cls, training, expected",
    [
        (Estimator, Mpi(3), ("Mpi", 3)),
        (PyTorch, Mpi(2), ("Mpi", 2)),
        (Chainer, Mpi(), ("Mpi", 1)),
        (TensorFlow, Mpi(4), ("Mpi", 4)),
        (PyTorch, Gloo(), ("Gloo", 1)),
        (PyTorch, Nccl(), ("Nccl", 1)),
    ],
)
def test_ways_to_distribute(src: str, cls: Any, training: Any, expected: tuple[str, int]) -> None:
    estimator = cls(src, entry_script="train.py", compute_target="local", node_count=2, distributed_training=training)
    config = estimator.run_config
    assert (config.communicator, config.mpi.process_count_per_node) == expected and config.node_count == 2
    assert str(training) == expected[0].lower()


def test_configurations_of_runs_say_the_same(src: str) -> None:
    given: dict[str, Any] = {"entry_script": "train.py", "compute_target": "local", "node_count": 2}
    mpi = PyTorch(src, distributed_training=MpiConfiguration(process_count_per_node=2), **given).run_config
    assert (mpi.communicator, mpi.mpi.process_count_per_node, mpi.node_count) == ("Mpi", 2, 2)
    training = TensorflowConfiguration()
    training.worker_count = 2
    ps = TensorFlow(src, distributed_training=training, **given).run_config
    assert (ps.communicator, ps.tensorflow.worker_count, ps.tensorflow.parameter_server_count) == (
        "ParameterServer",
        2,
        1,
    )


def test_older_backends_are_understood(src: str) -> None:
    given: dict[str, Any] = {"entry_script": "train.py", "compute_target": "local"}
    mpi = Estimator(src, distributed_backend="mpi", process_count_per_node=3, **given).run_config
    assert (mpi.communicator, mpi.mpi.process_count_per_node) == ("Mpi", 3)
    ps = TensorFlow(src, distributed_backend="ps", worker_count=2, parameter_server_count=1, **given).run_config
    assert (ps.communicator, ps.tensorflow.worker_count) == ("ParameterServer", 2)
    with pytest.raises(UserErrorException, match="process_count_per_node"):
        Mpi(0)


@pytest.mark.parametrize(
    "cls, package, default",
    [(SKLearn, "scikit-learn", "0.20.3"), (PyTorch, "torch", "1.4"), (TensorFlow, "tensorflow", "1.13")],
)
def test_frameworks_bring_their_library(src: str, cls: Any, package: str, default: str) -> None:
    given: dict[str, Any] = {"entry_script": "train.py", "compute_target": "local"}
    free = cls(src, **given)
    assert _packages(free)[1] == ["azureml-defaults", package] and free.framework_version == default
    pinned = cls(src, framework_version="9.9", pip_packages=["tqdm"], **given)
    assert _packages(pinned)[1] == ["azureml-defaults", f"{package}==9.9", "tqdm"]
    assert pinned.framework_version == "9.9" and default in cls.get_supported_versions()


def test_deprecation_is_said_unless_switched_off(
    src: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    SKLearn(src, entry_script="train.py", compute_target="local")
    assert "'SKLearn' is deprecated" in caplog.text
    caplog.clear()
    monkeypatch.setenv("AZUREML_LOG_DEPRECATION_WARNING_ENABLED", "False")
    SKLearn(src, entry_script="train.py", compute_target="local")
    assert caplog.text == ""


def test_a_size_makes_do_for_a_target(src: str) -> None:
    config = Estimator(src, entry_script="train.py", vm_size="STANDARD_D2_V2").run_config
    assert (config.target, config.amlcompute.vm_size) == ("amlcompute", "STANDARD_D2_V2")
