from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.environment.container_registry import ContainerRegistry
from aml_nb.core.image import ContainerImage
from aml_nb.core.image.configuration import ContainerImageConfig, ImageConfig
from aml_nb.errors import AzureMLException, UserErrorException, WebserviceException

SCRIPT = "def init():\n    pass\n\ndef run(data):\n    return data\n"


@pytest.fixture(autouse=True)
def _files(home: Path) -> None:
    Path("score.py").write_text(SCRIPT)
    Path("env.yml").write_text("dependencies:\n  - python\n  - pip:\n    - numpy\n")
    Path("steps").write_text("RUN apt-get install -y git\n")
    Path("schema.json").write_text("{}")
    Path("data").mkdir()
    Path("data/one.txt").write_text("1")


def configured(**options: Any) -> ContainerImageConfig:
    return ContainerImage.image_configuration(**{"execution_script": "score.py", "runtime": "python", **options})


def test_everything_that_v1_takes() -> None:
    config = configured(
        conda_file="env.yml",
        docker_file="steps",
        schema_file="schema.json",
        dependencies=["data"],
        enable_gpu=True,
        tags={"a": "b"},
        properties={"c": "d"},
        description="all",
        base_image_registry=ContainerRegistry(),
        cuda_version="10.0",
    )
    assert isinstance(config, ImageConfig)
    assert config.execution_script_path == os.getcwd()
    payload = config.build_create_payload(None, "img", ["m:1"])  # type: ignore[arg-type]
    assert payload["driverProgram"] == "score.py" and payload["assets"] == ["data", "schema.json"]
    assert payload["kvTags"] == {"a": "b"} and payload["modelIds"] == ["m:1"]
    assert payload["targetRuntime"]["properties"] == {"condaEnvFile": "env.yml", "installCuda": True}
    assert "RUN apt-get install -y git" in payload["environment"]["docker"]["baseDockerfile"]
    local = config.create_local_debug_payload(None, ["m:1"])  # type: ignore[arg-type]
    assert local == {key: value for key, value in payload.items() if key != "name"}


def test_no_deprecation_is_told_of_the_only_parameters_there_are() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        configured(conda_file="env.yml")


def test_without_a_description_of_packages_there_is_no_environment() -> None:
    assert configured()._environment() is None
    environment = configured(conda_file="env.yml")._environment()
    assert environment is not None
    assert list(environment.python.conda_dependencies.pip_packages) == ["numpy"]
    assert configured(base_image="python:3")._environment().docker.base_image == "python:3"  # type: ignore[union-attr]


def test_dependencies_lie_beside_the_script() -> None:
    Path("deep/er").mkdir(parents=True)
    places = dict(configured(dependencies=["data", "data/one.txt", "deep/er", "schema.json"])._beside())
    assert places == {
        "data": os.path.abspath("data"),
        "one.txt": os.path.abspath("data/one.txt"),
        "deep/er": os.path.abspath("deep/er"),
        "schema.json": os.path.abspath("schema.json"),
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"execution_script": ""}, "need to specify an execution script"),
        ({"execution_script": "scor.py"}, "execution script path 'scor.py' cannot be found"),
        ({"execution_script": "data/../data/one.txt"}, "Unable to use a driver file not in current directory"),
        ({"execution_script": "schema.json"}, "Invalid entry script name"),
        ({"runtime": "perl"}, "Provided runtime 'perl' is not supported"),
        ({"runtime": None}, "need to specify a runtime"),
        ({"conda_file": "none.yml"}, "conda file path 'none.yml' cannot be found"),
        ({"docker_file": "none"}, "docker file path 'none' cannot be found"),
        ({"schema_file": "none"}, "schema file path 'none' cannot be found"),
        ({"schema_file": "steps"}, "steps is no JSON"),
        ({"dependencies": "data"}, "must be a list of files and folders"),
        ({"dependencies": ["nowhere"]}, "no such file or directory nowhere"),
        ({"dependencies": ["data/one.txt", "one.txt"]}, "no such file or directory one.txt"),
        ({"dependencies": ["schema.json"], "schema_file": "schema.json"}, "schema.json would be twice"),
        ({"tags": ["a"]}, "tags must be a dictionary"),
        ({"properties": "a"}, "properties must be a dictionary"),
        ({"cuda_version": "1.0"}, "cuda_version '1.0' is not supported"),
        ({"base_image": "x", "runtime": "spark-py"}, "runtime 'python' only"),
        ({"base_image_registry": "r"}, "takes a ContainerRegistry"),
    ],
)
def test_refusals_say_what_and_what_next(options: dict[str, Any], said: str) -> None:
    with pytest.raises(WebserviceException, match=said):
        configured(**options)


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(AzureMLException) as caught:
        configured(execution_script="scor.py")
    assert "score.py" in str(caught.value.hint)


def test_a_script_that_does_not_compile_shows_its_line() -> None:
    Path("score.py").write_text(SCRIPT + "def more(:\n")
    with pytest.raises(UserErrorException, match="syntax error in line 6") as caught:
        configured()
    assert caught.value.source is not None and caught.value.source.line == 6


def test_a_script_elsewhere_where_that_is_allowed(tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text(SCRIPT)
    with pytest.raises(WebserviceException, match="not in current directory") as caught:
        ContainerImageConfig(str(other), "python")
    assert f"%cd {tmp_path}" in str(caught.value.hint)
    assert ContainerImageConfig(str(other), "python", allow_absolute_path=True).entry_script == str(other)
