"""InferenceConfig and ResourceConfiguration: what they take, what they refuse, and in which words."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.environment import Environment
from aml_nb.core.environment.conda_dependencies import CondaDependencies
from aml_nb.core.environment.container_registry import ContainerRegistry
from aml_nb.core.inference import InferenceConfig, ResourceConfiguration
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException, WebserviceException

SCRIPT = "def init():\n    pass\n\n\ndef run(raw_data):\n    return raw_data\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with score.py, and a folder service_files with the same and env.yml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "score.py").write_text(SCRIPT)
    (tmp_path / "service_files").mkdir()
    (tmp_path / "service_files" / "score.py").write_text(SCRIPT)
    made = CondaDependencies()
    made.add_conda_package("scikit-learn")
    made.save(str(tmp_path / "service_files" / "env.yml"))
    return tmp_path


def test_with_an_environment(here: Path) -> None:
    environment = Environment("iris")
    config = InferenceConfig(entry_script="score.py", environment=environment)
    assert config.environment is environment
    assert config._environment() is environment
    assert config.source_directory is None


def test_the_source_directory_becomes_its_real_path(here: Path) -> None:
    os.symlink(here / "service_files", here / "link")
    config = InferenceConfig("score.py", source_directory="link", environment=Environment("iris"))
    assert config.source_directory == os.path.realpath(here / "service_files")
    assert config.entry_script == "score.py"


def test_an_absolute_entry_script_in_the_source_directory(here: Path) -> None:
    path = str(here / "service_files" / "score.py")
    config = InferenceConfig(path, source_directory="service_files", environment=Environment("iris"))
    assert config.entry_script == "score.py"


def test_the_older_parameters_still_work(here: Path) -> None:
    with pytest.warns(DeprecationWarning, match="runtime, conda_file"):
        config = InferenceConfig(
            runtime="python", source_directory="service_files", entry_script="score.py", conda_file="env.yml"
        )
    environment = config._environment()
    assert environment is not None
    assert environment.python.conda_dependencies is not None
    assert "scikit-learn" in list(environment.python.conda_dependencies.conda_packages)


def test_the_warning_points_at_the_users_line(here: Path) -> None:
    with pytest.warns(DeprecationWarning) as caught:
        InferenceConfig("score.py", runtime="python")
    assert caught[0].filename == __file__


def test_older_image_parameters_reach_the_environment(here: Path) -> None:
    (here / "steps").write_text("RUN true\n")
    registry = ContainerRegistry()
    registry.address = "example.org"
    with pytest.warns(DeprecationWarning):
        config = InferenceConfig("score.py", "python", base_image="mine:1", base_image_registry=registry)
    environment = config._environment()
    assert environment is not None
    assert environment.docker.base_image == "mine:1"
    assert environment.docker.base_image_registry.address == "example.org"
    with pytest.warns(DeprecationWarning):
        stepped = InferenceConfig("score.py", "python", extra_docker_file_steps="steps", base_image="mine:1")
    environment = stepped._environment()
    assert environment is not None
    assert environment.docker.base_dockerfile == "FROM mine:1\nRUN true\n"


def test_nothing_said_about_the_environment(here: Path) -> None:
    assert InferenceConfig("score.py")._environment() is None


@pytest.mark.parametrize("script", [None, "", 3])
def test_an_entry_script_is_needed(here: Path, script: Any) -> None:
    with pytest.raises(WebserviceException, match="need to specify an entry script"):
        InferenceConfig(script)


@pytest.mark.parametrize(
    ("arguments", "says", "hint"),
    [
        ({"entry_script": "scoer.py"}, "scoer.py", "score.py"),
        ({"entry_script": "score.txt"}, "Invalid entry script name", ".py"),
        ({"entry_script": "1score.py"}, "Invalid entry script name", ".py"),
        ({"entry_script": "class.py"}, "Invalid entry script name", ".py"),
        ({"source_directory": "service_file"}, "source_directory", "service_files"),
        ({"entry_script": "../score.py", "source_directory": "service_files"}, "outside", "relative"),
        ({"environment": "iris"}, "takes an Environment", "Environment.get"),
    ],
)
def test_refused(here: Path, arguments: dict[str, Any], says: str, hint: str) -> None:
    with pytest.raises(WebserviceException) as error:
        InferenceConfig(**{"entry_script": "score.py", "environment": Environment("iris"), **arguments})
    assert says in error.value.message
    assert hint in (error.value.hint or "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"runtime": "ruby"}, "runtime 'ruby' is not supported"),
        ({"runtime": "python", "conda_file": "absent.yml"}, "conda file"),
        ({"runtime": "python", "extra_docker_file_steps": "absent"}, "extra docker file steps"),
        ({"runtime": "python", "enable_gpu": True, "cuda_version": "12.0"}, "cuda_version"),
        ({"runtime": "spark-py", "base_image": "x"}, "base_image"),
        ({"runtime": "python", "base_image": "x", "base_image_registry": "y"}, "ContainerRegistry"),
        ({"runtime": "python", "environment": Environment("iris")}, "environment excludes runtime"),
        ({"conda_file": "env.yml", "environment": Environment("iris")}, "environment excludes conda_file"),
        ({"enable_gpu": True, "environment": Environment("iris")}, "environment excludes enable_gpu"),
    ],
)
def test_older_parameters_refused(here: Path, arguments: dict[str, Any], says: str) -> None:
    with pytest.warns(DeprecationWarning), pytest.raises(WebserviceException) as error:
        InferenceConfig("score.py", **arguments)
    assert says in error.value.message


def test_a_conda_file_beside_the_notebook_gets_the_hint(here: Path) -> None:
    (here / "mine.yml").write_text("dependencies: []\n")
    with pytest.warns(DeprecationWarning), pytest.raises(WebserviceException) as error:
        InferenceConfig("score.py", "python", "mine.yml", source_directory="service_files")
    assert "relative to source_directory" in (error.value.hint or "")


def test_image_and_dockerfile_at_once(here: Path) -> None:
    environment = Environment("iris")
    environment.docker._base_dockerfile = "FROM scratch\n"
    with pytest.raises(WebserviceException, match="both base_image and base_dockerfile"):
        InferenceConfig("score.py", environment=environment)


def test_a_syntax_error_shows_the_users_line(here: Path) -> None:
    (here / "score.py").write_text("def init():\n    pass\n\n\ndef run(raw_data)\n    return 1\n")
    with pytest.raises(UserErrorException) as error:
        InferenceConfig("score.py", environment=Environment("iris"))
    assert error.value.source is not None
    assert error.value.source.line == 5
    assert "def run(raw_data)" in error.value.source.lines
    assert "line 5" in error.value.message


@pytest.mark.parametrize("content", [b"def run(x):\n    return '\xff'\n", b"\x00"])
def test_a_script_that_is_no_text(here: Path, content: bytes) -> None:
    (here / "score.py").write_bytes(content)
    with pytest.raises(UserErrorException, match=r"score\.py"):
        InferenceConfig("score.py", environment=Environment("iris"))


def test_missing_azureml_defaults_is_only_logged(here: Path, caplog: pytest.LogCaptureFixture) -> None:
    environment = Environment("iris")
    InferenceConfig("score.py", environment=environment)
    assert "azureml-defaults" not in caplog.text
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["numpy"])
    with caplog.at_level(logging.WARNING):
        InferenceConfig("score.py", environment=environment)
    assert "azureml-defaults" in caplog.text


def test_payloads(here: Path, ws: Workspace) -> None:
    (Path.cwd() / "score.py").write_text(SCRIPT)
    config = InferenceConfig("score.py", environment=Environment("iris"), description="an image")
    payload = config.build_create_payload(ws, "image", ["iris:1"])
    assert payload["modelIds"] == ["iris:1"]
    assert payload["environment"] == Environment("iris")._to_json()
    profile = config.build_profile_payload("profile", input_data="[1]")
    assert (profile["name"], profile["inputData"]) == ("profile", "[1]")
    with pytest.raises(WebserviceException, match="input_data or an input dataset"):
        config.build_profile_payload("profile")


def test_reprs(here: Path) -> None:
    assert "entry_script='score.py'" in repr(InferenceConfig("score.py", environment=Environment("iris")))
    assert repr(ResourceConfiguration(1, 0.5)) == "ResourceConfiguration(cpu=1, memory_in_gb=0.5, gpu=None)"


@pytest.mark.parametrize("values", [{}, {"cpu": 0.5, "memory_in_gb": 1.5}, {"cpu": 2, "gpu": 0}, {"gpu": 1}])
def test_resources_are_written_and_read(values: dict[str, Any]) -> None:
    made = ResourceConfiguration(**values)
    assert set(made.serialize()) == {"cpu", "memoryInGB", "gpu"}
    again = ResourceConfiguration.deserialize(made.serialize())
    assert again is not None
    assert again.serialize() == made.serialize()


def test_no_resources_stay_none() -> None:
    assert ResourceConfiguration.deserialize(None) is None


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"cpu": 0}, ["cpu"]),
        ({"cpu": -1, "memory_in_gb": 0}, ["cpu", "memory_in_gb"]),
        ({"gpu": -1}, ["gpu"]),
        ({"gpu": 0.5}, ["gpu"]),
        ({"cpu": "two"}, ["cpu"]),
        ({"cpu": True}, ["cpu"]),
    ],
)
def test_resources_that_cannot_be(values: dict[str, Any], names: list[str]) -> None:
    with pytest.raises(WebserviceException) as error:
        ResourceConfiguration(**values)
    for name in names:
        assert name in error.value.message
