"""Run configurations: v1's defaults and words, and back from the file what went into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aml_nb.core.environment import CondaDependencies, Environment
from aml_nb.core.runs.run_configuration import (
    Data,
    DataLocation,
    DataPath,
    DataReferenceConfiguration,
    Dataset,
    DockerConfiguration,
    MpiConfiguration,
    OutputData,
    PyTorchConfiguration,
    RunConfiguration,
)
from aml_nb.errors import RunConfigurationException, UserErrorException


def test_defaults_are_v1s() -> None:
    config = RunConfiguration()
    assert (config.script, config.arguments, config.target, config.framework) == ("train.py", [], "local", "Python")
    assert (config.communicator, config.node_count, config.history.directories_to_watch) == ("None", 1, ["logs"])
    assert config.history.output_collection and config.docker.shm_size == "2g" and not config.docker.use_docker
    assert list(config.environment.python.conda_dependencies.conda_packages) == ["python=3.8.13"]
    assert RunConfiguration(command="echo hi").script is None


def test_unknown_attributes_are_refused_with_the_one_that_was_meant() -> None:
    config = RunConfiguration()
    with pytest.raises(AttributeError, match=r"'enviroment'.*Did you mean .*'environment'"):
        config.enviroment = Environment("e")
    with pytest.raises(AttributeError, match="use_docker"):
        config.docker.use_dockr = True


@pytest.mark.parametrize(
    "wrong", [("environment", "sklearn"), ("target", 3), ("target", ""), ("environment_variables", ["A=1"])]
)
def test_wrong_values_are_refused(wrong: tuple[str, Any]) -> None:
    with pytest.raises(UserErrorException):
        setattr(RunConfiguration(), *wrong)


def test_a_target_may_be_a_compute_target() -> None:
    class Cluster:
        name = "cpu-cluster"

    config = RunConfiguration()
    config.target = Cluster()
    assert config.target == "cpu-cluster"


def test_mutable_defaults_are_not_shared() -> None:
    DockerConfiguration().arguments.append("--gpus")
    RunConfiguration().arguments.append("x")
    assert DockerConfiguration().arguments == [] and RunConfiguration().arguments == []


def _whole() -> RunConfiguration:
    config = RunConfiguration("score.py", ["--rate", 0.1, "--fast"], framework="PyTorch", communicator="Nccl")
    config.environment = Environment("torch")
    config.environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["torch", "pandas>=1"])
    config.environment_variables = {"MODE": "test"}
    config.target, config.node_count, config.max_run_duration_seconds = "gpu", 3, 60
    config.pytorch = PyTorchConfiguration("Gloo", 6, 3)
    config.mpi = MpiConfiguration(2, 3)
    config.amlcompute.vm_size = "STANDARD_D2_V2"
    config.data_references["d"] = DataReferenceConfiguration("blob", "download", "in/data", "here", True)
    config.data["i"] = Data(DataLocation(dataset=Dataset("id", "name", "3")), mechanism="mount")
    config.output_data["o"] = OutputData(DataLocation(data_path=DataPath("blob", "out")), mechanism="upload")
    return config


@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("name", ["gpu", "gpu.json"])
def test_what_was_saved_is_loaded(tmp_path: Path, name: str, separate: bool) -> None:
    config = _whole()
    config.save(str(tmp_path), name, separate_environment_yaml=separate)
    found = RunConfiguration.load(str(tmp_path), name)
    assert list(found.environment.python.conda_dependencies.pip_packages) == ["torch", "pandas>=1"]
    expected = config._to_json()
    if separate:
        expected["environment"]["python"]["condaDependenciesFile"] = "gpu_conda_dependencies.yml"
    assert found._to_json() == expected
    assert isinstance(found.data["i"].data_location.dataset, Dataset) and found.data["i"].data_location.uri is None
    assert isinstance(found.output_data["o"].output_location.data_path, DataPath)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arguments=st.lists(st.one_of(st.text(st.characters(codec="utf-8", exclude_categories=["C"])), st.integers())),
    variables=st.dictionaries(
        st.text("AB_", min_size=1), st.text(st.characters(codec="ascii", exclude_categories=["C"]))
    ),
    nodes=st.integers(1, 99),
)
def test_any_arguments_and_variables_survive_the_file(
    tmp_path: Path, arguments: list[Any], variables: dict[str, str], nodes: int
) -> None:
    config = RunConfiguration(arguments=arguments)
    config.environment_variables, config.node_count = variables, nodes
    config.save(str(tmp_path / "x.runconfig"))
    found = RunConfiguration.load(str(tmp_path / "x.runconfig"))
    assert (found.arguments, found.environment_variables, found.node_count) == (arguments, variables, nodes)


def test_files_go_where_v1_puts_them(tmp_path: Path) -> None:
    config = RunConfiguration(_path=str(tmp_path), _name="mine")
    config.save()
    assert (tmp_path / ".azureml" / "mine.runconfig").is_file()
    RunConfiguration.delete(str(tmp_path), "mine")
    with pytest.raises(UserErrorException, match="no run configuration mine"):
        RunConfiguration.delete(str(tmp_path), "mine")
    with pytest.raises(UserErrorException, match="where to save"):
        RunConfiguration().save()


@pytest.mark.parametrize("text", ["[1, 2", "- a\n- b\n", "environment: {python: 3}\n"])
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.runconfig"
    file.write_text(text)
    with pytest.raises(RunConfigurationException, match=r"bad\.runconfig is no run configuration"):
        RunConfiguration.load(str(file))
    with pytest.raises(RunConfigurationException, match="There is no run configuration"):
        RunConfiguration.load(str(tmp_path), "other")


def test_a_registrys_password_is_not_shown() -> None:
    config = RunConfiguration()
    config.environment.docker.base_image_registry.password = "s3cret"
    assert "s3cret" not in repr(config)


def test_data_modes_are_checked() -> None:
    with pytest.raises(UserErrorException, match="mode is one of mount, download, upload"):
        DataReferenceConfiguration("blob", "copy")
    with pytest.raises(UserErrorException, match="DatasetConsumptionConfig"):
        Data.create("path")
