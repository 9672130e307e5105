"""ScriptRunConfig: which arguments go together, and what becomes of them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.environment import Environment
from aml_nb.core.runs.run_configuration import (
    DockerConfiguration,
    MpiConfiguration,
    ParallelTaskConfiguration,
    PyTorchConfiguration,
    RunConfiguration,
    TensorflowConfiguration,
)
from aml_nb.core.runs.script_run_config import ScriptRunConfig, get_run_config_from_script_run
from aml_nb.core.runs.spec import Layout
from aml_nb.core.runs.submitting.arguments import as_text, layout_of
from aml_nb.errors import UserErrorException


def test_what_is_left_out_is_v1s() -> None:
    config = ScriptRunConfig("src", "train.py")
    assert (config.source_directory, config.script, config.arguments, config.command) == ("src", "train.py", [], None)
    assert config.run_config.target == "local" and config.run_config.max_run_duration_seconds == 2592000


@pytest.mark.parametrize(
    "given, word",
    [
        ({"script": "a.py", "command": "echo"}, "exclude each other"),
        ({"command": "echo", "arguments": ["x"]}, "belong to a script"),
        ({"command": 3}, "a list or a text"),
        ({"script": 3}, "path of a file"),
        ({"script": "a.py", "arguments": "--rate 1"}, "takes a list"),
        ({"script": "a.py", "arguments": ["--rate", None]}, r"position 1 \(after '--rate'\) is None"),
        ({"script": "a.py", "arguments": {"--rate": 1}}, "takes a list"),
        ({"script": "a.py", "max_run_duration_seconds": 0}, "from 1 to 2592000"),
        ({"script": "a.py", "max_run_duration_seconds": 2592001}, "from 1 to 2592000"),
        ({"script": "a.py", "distributed_job_config": "mpi"}, "MpiConfiguration"),
        ({"script": "a.py", "environment": "sklearn"}, "takes an Environment"),
        ({"script": "a.py", "run_config": "local"}, "takes a RunConfiguration"),
    ],
)
def test_what_cannot_go_together_is_said(given: dict[str, Any], word: str) -> None:
    with pytest.raises(UserErrorException, match=word):
        ScriptRunConfig("src", **given)


def test_a_run_configuration_wins_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    mine = RunConfiguration("mine.py", ["--x"])
    mine.target = "cpu"
    with caplog.at_level(logging.WARNING):
        config = ScriptRunConfig("src", run_config=mine, compute_target="gpu", environment=Environment("e"))
    assert config.run_config is mine and config.run_config.target == "cpu"
    assert (config.script, config.arguments) == ("mine.py", ["--x"])
    assert "compute_target, environment are not used" in caplog.text
    assert ScriptRunConfig("src", "other.py", [], run_config=mine).arguments == []


def test_the_run_configuration_of_a_script_is_a_copy() -> None:
    config = ScriptRunConfig("src", "train.py", ["--rate", 1], docker_runtime_config=DockerConfiguration(True))
    found = get_run_config_from_script_run(config)
    assert (found.script, found.arguments, found.docker.use_docker) == ("train.py", ["--rate", 1], True)
    found.arguments.append("more")
    found.docker.use_docker = False
    found.environment.python.user_managed_dependencies = True
    assert config.arguments == ["--rate", 1] and config.run_config.docker.use_docker
    assert not config.run_config.environment.python.user_managed_dependencies


def _tasks(count: int) -> ParallelTaskConfiguration:
    made = ParallelTaskConfiguration()
    made.worker_count_per_node = count
    return made


@pytest.mark.parametrize(
    "given, expected",
    [
        (None, Layout()),
        (MpiConfiguration(4, 2), Layout("mpi", 2, 8, 4)),
        (MpiConfiguration(), Layout("mpi", 1, 1, 1)),
        (PyTorchConfiguration("Gloo", 6, 2), Layout("pytorch", 2, 6, 3)),
        (PyTorchConfiguration(node_count=3), Layout("pytorch", 3, 3, 1)),
        (TensorflowConfiguration(2, 1), Layout("tensorflow", 3, 3, 1, 1)),
        (_tasks(3), Layout("tasks", 1, 3, 3)),
    ],
)
def test_processes_are_counted_as_v1_counts_them(given: Any, expected: Layout) -> None:
    config = ScriptRunConfig("src", "a.py", distributed_job_config=given)
    assert layout_of(config.run_config) == expected


@pytest.mark.parametrize("given", [MpiConfiguration(0), MpiConfiguration(65), MpiConfiguration(1, 100)])
def test_too_few_or_too_many_processes_are_refused(given: MpiConfiguration) -> None:
    with pytest.raises(UserErrorException):
        layout_of(ScriptRunConfig("src", "a.py", distributed_job_config=given).run_config)


@pytest.mark.parametrize(
    "value, text", [("a b", "a b"), (1, "1"), (0.1, "0.1"), (True, "True"), (Path("x/y"), "x/y"), ([1, 2], "[1, 2]")]
)
def test_arguments_become_text(value: Any, text: str) -> None:
    assert as_text(value) == text


def test_an_object_is_no_argument() -> None:
    with pytest.raises(UserErrorException, match="a object, which a script cannot be given"):
        as_text(object())
    with pytest.raises(UserErrorException, match="null character"):
        as_text("a\0b")
