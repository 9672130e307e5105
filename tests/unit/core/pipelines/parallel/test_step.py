"""ParallelRunStep: what it refuses, and the node it makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.output_config import OutputFileDatasetConfig
from aml_nb.core.environment import Environment
from aml_nb.core.pipelines.building import NodeContext
from aml_nb.core.pipelines.parallel import arguments
from aml_nb.core.pipelines.parallel.config import ParallelRunConfig
from aml_nb.core.pipelines.parallel.executor import checked
from aml_nb.core.pipelines.parallel.step import ParallelRunStep
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.pipeline_data import PipelineData
from aml_nb.core.workspace import Workspace
from aml_nb.errors import AmlError, ArgumentError


@pytest.fixture
def files(ws: Workspace, tmp_path: Path) -> Any:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("n\n1\n")
    return Dataset.File.from_files(str(tmp_path / "data")).as_named_input("files")


@pytest.fixture
def table(ws: Workspace, tmp_path: Path) -> Any:
    (tmp_path / "rows.csv").write_text("n\n1\n")
    return Dataset.Tabular.from_delimited_files(str(tmp_path / "rows.csv")).as_named_input("rows")


def config(**changed: Any) -> ParallelRunConfig:
    Path("scripts").mkdir(exist_ok=True)
    Path("scripts/score.py").write_text("def run(mini_batch):\n    return mini_batch\n")
    given: dict[str, Any] = {
        "environment": Environment("iris"),
        "entry_script": "score.py",
        "source_directory": "scripts",
        "error_threshold": 10,
        "output_action": "append_row",
        "compute_target": "local",
        "node_count": 1,
    }
    return ParallelRunConfig(**{**given, **changed})


def step(inputs: Any, **changed: Any) -> ParallelRunStep:
    given: dict[str, Any] = {"name": "score", "parallel_run_config": config(), "output": PipelineData("out")}
    return ParallelRunStep(inputs=inputs, **{**given, **changed})


def node(ws: Workspace, made: ParallelRunStep) -> Any:
    return made._node(NodeContext(ws, [made]))


def test_what_v1_refuses_is_a_value_error(ws: Workspace, files: Any, table: Any) -> None:
    cases: list[tuple[str, Any, dict[str, Any]]] = [
        ("at least one input", [], {}),
        ("all of files or all tables", [files, table], {}),
        ("inputs must be a list", files, {}),
        ("needs an output", [files], {"output": None}),
        ("one output", [files], {"output": [PipelineData("out")]}),
        ("begin with an option", [files], {"arguments": ["value"]}),
        ("ParallelRunStep's own", [files], {"arguments": ["--error_threshold", 3]}),
        ("ParallelRunStep's own", [files], {"arguments": ["--x", 1, "--output=there"]}),
        ("must be a ParallelRunConfig", [files], {"parallel_run_config": "config"}),
        ("no file of", [files], {"parallel_run_config": config(entry_script="scores.py")}),
        ("is no folder", [files], {"parallel_run_config": config(source_directory="gone")}),
        ("no partition key 'store'", [files], {"parallel_run_config": config(partition_keys=["store"])}),
        ("as it is", [files.dataset], {}),
    ]
    for told, inputs, changed in cases:
        with pytest.raises(ValueError, match=told) as caught:
            step(inputs, **changed)
        assert isinstance(caught.value, AmlError) and caught.value.hint, told


def test_a_script_that_is_not_there_is_told_what_is(ws: Workspace, files: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        step([files], parallel_run_config=config(entry_script="scores.py"))
    assert caught.value.hint == "there is: score.py"


def test_summaries_need_no_output_and_an_older_v1_gave_models(ws: Workspace, files: Any) -> None:
    made = step([files], output=None, parallel_run_config=config(output_action="summary_only"), models=["model"])
    assert node(ws, made).settings["outputs"] == []


def test_the_node_has_everything_that_the_job_needs(ws: Workspace, files: Any, table: Any) -> None:
    size = PipelineParameter("size", "7")
    settings = config(mini_batch_size=size, environment_variables={"MODE": PipelineParameter("mode", "test")})
    made = step([files], parallel_run_config=settings, output=OutputFileDatasetConfig("rows"), arguments=["--a", 1])
    found = node(ws, made)
    assert (found.kind, found.step_type, found.target, found.arguments) == (
        "parallel",
        "ParallelRunStep",
        "local",
        ["--a", "1"],
    )
    told = found.settings
    assert (told["inputs"], told["outputs"], told["items"]) == (["files"], ["rows"], "file")
    assert told["mini_batch_size"] == {"parameter": "size"}
    assert told["environment_variables"] == {"MODE": {"parameter": "mode"}}
    assert node(ws, step([files])).settings["mini_batch_size"] == 10
    assert node(ws, step([table])).settings["mini_batch_size"] == 1024**2


def test_values_that_come_at_submission_are_checked(ws: Workspace, files: Any) -> None:
    told = node(ws, step([files])).settings
    assert checked({**told, "mini_batch_size": "3", "node_count": "2"})["node_count"] == 2
    with pytest.raises(ArgumentError, match="5 kilos"):
        checked({**told, "mini_batch_size": "5 kilos"})


def test_a_script_sees_v1s_own_arguments_and_its_own_win() -> None:
    settings = {"mini_batch_size": 5, "error_threshold": -1, "partition_keys": None, "output_action": "append_row"}
    words = arguments.whole(["--rate", "2"], settings, "/there")
    assert words[-2:] == ["--rate", "2"]
    assert dict(zip(words[:-2:2], words[1:-2:2], strict=True)) == {
        "--mini_batch_size": "5",
        "--error_threshold": "-1",
        "--output": "/there",
        "--output_action": "append_row",
    }
