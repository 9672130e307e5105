"""ParallelRunConfig: what it takes, what it refuses, and how it goes to a file and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aml_nb.core.environment import Environment
from aml_nb.core.pipelines.parallel import settings
from aml_nb.core.pipelines.parallel.config import ParallelRunConfig, _ParallelRunConfigBase
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ArgumentError


class Parameter:
    """Enough of a PipelineParameter."""

    def __init__(self, name: str, default_value: Any) -> None:
        self.name, self.default_value = name, default_value


def config(**changed: Any) -> ParallelRunConfig:
    given: dict[str, Any] = {
        "environment": Environment("iris"),
        "entry_script": "score.py",
        "error_threshold": 10,
        "output_action": "append_row",
        "compute_target": "cpu-cluster",
        "node_count": 4,
    }
    return ParallelRunConfig(**{**given, **changed})


def test_defaults_are_those_of_v1() -> None:
    made = config()
    assert (made.logging_level, made.run_invocation_timeout, made.run_max_try) == ("INFO", 60, 3)
    assert (
        made.mini_batch_size is made.process_count_per_node is made.partition_keys is made.append_row_file_name is None
    )
    assert made.allowed_failed_count is made.allowed_failed_percent is made.source_directory is made.description is None
    assert made.environment_variables == {}


@pytest.mark.parametrize(
    ("given", "number"), [("5", 5), (7, 7), ("10KB", 10240), ("10kb", 10240), ("2Mb", 2 << 20), ("1GB", 1 << 30)]
)
def test_a_mini_batch_has_so_many_files_or_bytes(given: Any, number: int) -> None:
    assert config(mini_batch_size=given).mini_batch_size == number


@given(st.integers(1, 10**6), st.sampled_from(["", "kb", "KB", "Mb", "gB"]))
def test_every_size_of_v1s_form_is_a_number_of_bytes(number: int, unit: str) -> None:
    factor = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}[unit[:1].lower()]
    assert settings.mini_batch_size(f"{number}{unit}") == number * factor


@given(st.text().filter(lambda text: not settings._SIZE.fullmatch(text.strip())))
def test_every_other_text_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="mini_batch_size"):
        settings.mini_batch_size(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mini_batch_size", "5 kilos"),
        ("mini_batch_size", 0),
        ("mini_batch_size", 5.0),
        ("mini_batch_size", True),
        ("error_threshold", -2),
        ("error_threshold", None),
        ("error_threshold", "many"),
        ("output_action", "append_rows"),
        ("output_action", None),
        ("node_count", 0),
        ("node_count", None),
        ("process_count_per_node", 0),
        ("run_invocation_timeout", 0),
        ("run_max_try", 0),
        ("logging_level", "LOUD"),
        ("allowed_failed_count", -1),
        ("allowed_failed_percent", 101),
        ("allowed_failed_percent", float("nan")),
        ("append_row_file_name", "folder/rows.txt"),
        ("append_row_file_name", ".."),
        ("partition_keys", []),
        ("partition_keys", "store"),
        ("environment", "AzureML-Minimal"),
        ("entry_script", ""),
        ("compute_target", None),
        ("environment_variables", ["A=1"]),
    ],
)
def test_a_setting_that_cannot_be_right_is_a_value_error_that_names_it(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name) as caught:
        config(**{name: value})
    assert isinstance(caught.value, ArgumentError)


def test_five_kilos_is_told_what_to_type() -> None:
    with pytest.raises(ArgumentError) as caught:
        config(mini_batch_size="5 kilos")
    assert "'5 kilos'" in caught.value.message and "10KB" in str(caught.value.hint)


def test_partitions_have_no_size() -> None:
    with pytest.raises(ValueError, match="partition_keys"):
        config(partition_keys=["store"], mini_batch_size="5")


@pytest.mark.parametrize(("name", "default"), [("mini_batch_size", "5KB"), ("node_count", 2), ("error_threshold", -1)])
def test_a_pipeline_parameter_stays_one_and_its_default_is_checked(name: str, default: Any) -> None:
    parameter = Parameter("p", default)
    assert getattr(config(**{name: parameter}), name) is parameter
    with pytest.raises(ValueError, match=name):
        config(**{name: Parameter("p", "5 kilos")})


def test_what_shapes_the_output_is_no_parameter() -> None:
    with pytest.raises(ValueError, match="output_action"):
        config(output_action=Parameter("p", "append_row"))


def test_what_a_pipeline_is_called_with_is_checked_as_well() -> None:
    assert settings.resolved("node_count", "3") == 3
    assert settings.resolved("allowed_failed_percent", "2.5") == 2.5
    assert settings.resolved("mini_batch_size", "1KB") == 1024
    with pytest.raises(ArgumentError, match="error_threshold"):
        settings.resolved("error_threshold", "ten")


def test_to_a_file_and_back(ws: Workspace, tmp_path: Path) -> None:
    made = config(
        mini_batch_size="10KB",
        source_directory="scripts",
        description="scores",
        process_count_per_node=Parameter("p", 2),
        append_row_file_name="rows.txt",
        allowed_failed_count=3,
        environment_variables={"MODE": "test"},
    )
    path = tmp_path / "config.yml"
    made.save_to_yaml(str(path))
    read = ParallelRunConfig.load_yaml(ws, str(path))
    assert type(read) is _ParallelRunConfigBase, "as in v1"
    assert read.allowed_failed_count is None, "as in v1"
    same = ("mini_batch_size", "source_directory", "description", "append_row_file_name", "error_threshold")
    for name in (*same, "output_action", "node_count", "entry_script", "environment_variables", "compute_target"):
        assert getattr(read, name) == getattr(made, name), name
    assert read.process_count_per_node == 2
    assert read.environment._to_json() == made.environment._to_json()


def test_a_file_may_name_a_registered_environment_or_a_folder(ws: Workspace, tmp_path: Path) -> None:
    Environment("kept").register(ws)
    Environment("saved").save_to_directory(str(tmp_path / "saved"))
    text = "entry_script: s.py\nerror_threshold: 1\noutput_action: summary_only\ncompute_target: cpu\nnode_count: 1\n"
    path = tmp_path / "config.yml"
    for told, name in (("kept", "kept"), ("{name: kept, version: 1}", "kept"), ("saved", "saved")):
        path.write_text(f"{text}environment: {told}\n")
        assert ParallelRunConfig.load_yaml(ws, str(path)).environment.name == name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("entry_script: [", "no YAML"),
        ("just words", "no settings"),
        ("entry_script: s.py", "does not say error_threshold"),
        ("", "no settings"),
    ],
)
def test_a_file_that_cannot_be_right_says_why(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "config.yml"
    path.write_text(text)
    with pytest.raises(ArgumentError, match=told):
        ParallelRunConfig.load_yaml(None, str(path))  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="cannot be read"):
        ParallelRunConfig.load_yaml(None, str(tmp_path / "gone.yml"))  # type: ignore[arg-type]


def test_a_wrong_value_in_a_file_names_the_file(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "config.yml"
    config().save_to_yaml(str(path))
    path.write_text(path.read_text().replace("node_count: 4", "node_count: four\nspeed: 3"))
    with pytest.raises(ArgumentError, match="speed"):
        ParallelRunConfig.load_yaml(ws, str(path))
    path.write_text(path.read_text().replace("speed: 3", ""))
    with pytest.raises(ArgumentError, match=r"config\.yml: .*node_count"):
        ParallelRunConfig.load_yaml(ws, str(path))
