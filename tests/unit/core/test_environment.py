"""Environment: v1's JSON form, the sections, registration, and the files one is made from."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.environment import (
    DockerBuildContext,
    DockerEnvironment,
    DockerSection,
    Environment,
    EnvironmentReference,
    PythonEnvironment,
    PythonSection,
    RCranPackage,
    RSection,
    SparkEnvironment,
    SparkPackage,
    SparkSection,
)
from aml_nb.core.environment.conda_dependencies import CondaDependencies
from aml_nb.core.environment.container_registry import ContainerRegistry, RegistryIdentity
from aml_nb.core.environment.databricks import (
    DatabricksCluster,
    DatabricksEnvironment,
    DatabricksSection,
    EggLibrary,
    JarLibrary,
    MavenLibrary,
    PyPiLibrary,
    RCranLibrary,
)
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException

DEFAULT = {
    "name": "iris",
    "version": None,
    "assetId": None,
    "environmentVariables": {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"},
    "inferencingStackVersion": None,
    "r": None,
    "databricks": {
        "eggLibraries": [],
        "jarLibraries": [],
        "mavenLibraries": [],
        "pypiLibraries": [],
        "rcranLibraries": [],
        "cluster": None,
    },
    "docker": {
        "enabled": False,
        "baseImage": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1",
        "baseDockerfile": None,
        "buildContext": None,
        "sharedVolumes": True,
        "shmSize": "2g",
        "arguments": [],
        "baseImageRegistry": {"address": None, "username": None, "password": None, "registryIdentity": None},
        "platform": {"os": "Linux", "architecture": "amd64"},
    },
    "python": {
        "userManagedDependencies": False,
        "interpreterPath": "python",
        "condaDependenciesFile": None,
        "baseCondaEnvironment": None,
        "condaDependencies": CondaDependencies().as_dict(),
    },
    "spark": {"repositories": [], "packages": [], "precachePackages": True},
}


def full() -> Environment:
    """An environment that says something in every section."""
    made = Environment("full", environment_variables={"A": "1"})
    made.python.conda_dependencies = CondaDependencies.create(pip_packages=["numpy"])
    made.docker.base_image_registry.address = "example.org"
    made.docker.base_image_registry.password = "secret"
    made.docker.build_context = DockerBuildContext(DockerBuildContext.LocationType.Git, "https://example.org/x")
    made.spark.packages = [SparkPackage("group", "artifact", "1")]
    made.databricks.pypi_libraries = [PyPiLibrary("numpy", "https://example.org")]
    made.databricks.cluster = DatabricksCluster(num_workers=2)
    made.r = RSection()
    package = RCranPackage()
    package.name = "zoo"
    made.r.cran_packages = [package]
    return made


def test_repr_is_v1s_json() -> None:
    assert json.loads(repr(Environment("iris"))) == DEFAULT
    assert repr(Environment("iris")) == json.dumps(DEFAULT, indent=4, sort_keys=True)


def test_str() -> None:
    assert str(Environment("iris")) == "Environment(Name: iris,\nVersion: None)"


def test_the_repr_hides_the_registrys_password() -> None:
    assert "secret" not in repr(full())
    assert "secret" not in repr(full().docker.base_image_registry)


@pytest.mark.parametrize(
    ("part", "name", "near"),
    [
        (lambda e: e, "pyhton", "python"),
        (lambda e: e.python, "conda_dependancies", "conda_dependencies"),
        (lambda e: e.docker, "base_imag", "base_image"),
        (lambda e: e.docker.platform, "architcture", "architecture"),
        (lambda e: e.spark, "package", "packages"),
        (lambda e: e.databricks, "jar_library", "jar_libraries"),
        (lambda e: ContainerRegistry(), "adress", "address"),
    ],
)
def test_unknown_attributes_are_refused(part: Callable[[Environment], Any], name: str, near: str) -> None:
    with pytest.raises(AttributeError) as error:
        setattr(part(Environment("iris")), name, 1)
    assert name in str(error.value)
    assert near in str(error.value)


@pytest.mark.parametrize("name", ["", "  ", None, 7])
def test_a_name_is_needed(name: Any) -> None:
    with pytest.raises(UserErrorException):
        Environment(name)


def test_dependencies_of_another_type_are_refused() -> None:
    with pytest.raises(UserErrorException, match="CondaDependencies"):
        Environment("iris").python.conda_dependencies = "env.yml"  # type: ignore[assignment]


def test_image_dockerfile_and_context_reset_one_another(caplog: pytest.LogCaptureFixture) -> None:
    docker = Environment("iris").docker
    for name, value in [
        ("base_dockerfile", "FROM scratch\n"),
        ("build_context", DockerBuildContext()),
        ("base_image", "python:3.11"),
    ]:
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            setattr(docker, name, value)
        assert name in caplog.text
        names = ("base_image", "base_dockerfile", "build_context")
        assert [n for n in names if getattr(docker, n) is not None] == [name]


def test_setting_none_resets_nothing() -> None:
    docker = Environment("iris").docker
    docker.base_dockerfile = None
    assert docker.base_image is not None


def test_deprecated_docker_settings_say_so(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = Environment("iris").docker
    docker.enabled = True
    assert docker.enabled
    assert "DockerConfiguration" in caplog.text
    caplog.clear()
    monkeypatch.setenv("AZUREML_LOG_DEPRECATION_WARNING_ENABLED", "False")
    docker.shm_size = "4g"
    assert not caplog.text


def test_register_returns_a_new_object_with_a_version(ws: Workspace) -> None:
    mine = Environment("iris")
    registered = mine.register(workspace=ws)
    assert registered is not mine
    assert (mine.version, registered.version) == (None, "1")
    assert registered.asset_id


def test_versions_follow_changes(ws: Workspace) -> None:
    mine = Environment("iris")
    assert [mine.register(ws).version, mine.register(ws).version] == ["1", "1"]
    mine.environment_variables["A"] = "1"
    assert mine.register(ws).version == "2"
    assert Environment.get(ws, "iris").environment_variables["A"] == "1"
    assert "A" not in Environment.get(ws, "iris", version="1").environment_variables
    changed = Environment.get(ws, "iris", "1")
    changed.environment_variables = {"B": "2"}
    assert changed.register(ws).version == "3"


def test_a_version_of_ones_own(ws: Workspace) -> None:
    mine = Environment("iris")
    mine.version = "spring"
    assert mine.register(ws).version == "spring"
    assert Environment.get(ws, "iris", "spring").version == "spring"


def test_every_section_survives_registration(ws: Workspace) -> None:
    mine = full()
    found = mine.register(ws)
    payload, stored = mine._to_json(), Environment.get(ws, "full")._to_json()
    for key in ("version", "assetId"):
        payload.pop(key), stored.pop(key)
    assert stored == payload
    assert found.docker.build_context is not None
    assert found.docker.build_context.location_type is DockerBuildContext.LocationType.Git
    assert isinstance(found.databricks.cluster, DatabricksCluster)
    assert isinstance(found.spark.packages[0], SparkPackage)


def test_list_is_a_dict_by_name(ws: Workspace) -> None:
    Environment("b").register(ws)
    Environment("a").register(ws)
    found = Environment.list(ws)
    assert [name for name in found if not name.startswith("AzureML-")] == ["b", "a"]
    assert all(isinstance(value, Environment) for value in found.values())
    assert any(name.startswith("AzureML-") for name in found)
    assert set(ws.environments) == set(found)


def test_labels(ws: Workspace) -> None:
    mine = Environment("iris")
    mine.register(ws)
    mine.environment_variables["A"] = "1"
    mine.register(ws)
    Environment.label(ws, "iris", "1", ["prod"])
    assert Environment.get(ws, "iris", label="prod").version == "1"
    assert Environment.get(ws, "iris", label="Latest").version == "2"
    with pytest.raises(UserErrorException):
        Environment.get(ws, "iris", label="test")


def test_what_is_not_there_offers_what_is(ws: Workspace) -> None:
    Environment("iris-env").register(ws)
    with pytest.raises(UserErrorException) as error:
        Environment.get(ws, "iris-emv")
    assert "iris-emv" in error.value.message
    assert "iris-env" in (error.value.hint or "")
    with pytest.raises(UserErrorException) as error:
        Environment.get(ws, "iris-env", version="9")
    assert "1" in (error.value.hint or "")


@pytest.mark.parametrize("name", ["AzureML-mine", "Microsoft-x", "a b", "ä"])
def test_names_that_cannot_be_registered(ws: Workspace, name: str) -> None:
    with pytest.raises(UserErrorException):
        Environment(name).register(ws)


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("AzureML-Minimal", "azureml-defaults"),
        ("AzureML-Tutorial", "scikit-learn"),
        ("AzureML-sklearn-1.0-ubuntu20.04-py38-cpu", "scikit-learn"),
        ("AzureML-Scikit-learn-0.20.3", "scikit-learn"),
        ("AzureML-sklearn-0.24-ubuntu18.04-py37-cpu", "scikit-learn"),
        ("AzureML-TensorFlow-2.0-GPU", "tensorflow"),
        ("AzureML-pytorch-1.7-ubuntu18.04-py37-cuda11-gpu", "torch"),
        ("AzureML-XGBoost-0.9-Inference-CPU", "xgboost"),
        ("AzureML-lightgbm-3.2-ubuntu18.04-py37-cpu", "lightgbm"),
        ("AzureML-minimal-ubuntu18.04-py37-cpu-inference", "azureml-defaults"),
        ("AzureML-onnxruntime-1.6-ubuntu18.04-py37-cpu-inference", "onnxruntime"),
        ("AzureML-PySpark-MmlSpark-0.15", "pyspark"),
        ("AzureML-VowpalWabbit-8.8.0", "vowpalwabbit"),
        ("AzureML-Chainer-5.1.0-CPU", "chainer"),
        ("AzureML-DeepSpeed-0.3-GPU", "torch"),
        ("AzureML-Hyperdrive-ForecastDNN", "scikit-learn"),
        ("AzureML-Triton", "azureml-defaults"),
    ],
)
def test_curated_environments(ws: Workspace, name: str, package: str) -> None:
    found = Environment.get(ws, name)
    assert found.name == name
    assert found.python.conda_dependencies is not None
    assert package in list(found.python.conda_dependencies.pip_packages)
    assert found.clone("mine").register(ws).version == "1"


def test_curated_versions_are_all_alike(ws: Workspace) -> None:
    assert Environment.get(ws, "AzureML-sklearn-0.24-ubuntu18.04-py37-cpu", version=44).version == "44"  # type: ignore[arg-type]


def test_an_unknown_curated_name_offers_known_ones(ws: Workspace) -> None:
    with pytest.raises(UserErrorException) as error:
        Environment.get(ws, "AzureML-Tutorials2")
    assert "AzureML-Tutorial" in (error.value.hint or "")


def test_a_conda_file_by_its_older_attribute(tmp_path: Path) -> None:
    path = tmp_path / "env.yml"
    path.write_text("dependencies:\n- numpy\n")
    made = Environment("iris")
    made.python.conda_dependencies_file = str(path)
    assert made.python.conda_dependencies is not None
    assert list(made.python.conda_dependencies.conda_packages) == ["numpy"]
    assert made._to_json()["python"]["condaDependenciesFile"] == str(path)


def test_a_registrys_identity_is_kept(ws: Workspace) -> None:
    mine = Environment("iris")
    identity = RegistryIdentity()
    identity.client_id = "client"
    mine.docker.base_image_registry.registry_identity = identity
    mine.register(ws)
    found = Environment.get(ws, "iris").docker.base_image_registry.registry_identity
    assert isinstance(found, RegistryIdentity)
    assert found.client_id == "client"


def test_every_databricks_library_is_kept(ws: Workspace) -> None:
    mine = Environment("iris")
    libraries = mine.databricks
    libraries.maven_libraries = [MavenLibrary("g:a:1", "repo", ["g:b"])]
    libraries.rcran_libraries = [RCranLibrary("zoo")]
    libraries.jar_libraries = [JarLibrary("dbfs:/a.jar")]
    libraries.egg_libraries = [EggLibrary("dbfs:/a.egg")]
    mine.register(ws)
    found = Environment.get(ws, "iris").databricks
    assert found._to_json() == libraries._to_json()
    assert isinstance(found.maven_libraries[0], MavenLibrary)
    with pytest.raises(UserErrorException, match="DatabricksCluster"):
        libraries.cluster = "small"  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("older", "section"),
    [
        (PythonEnvironment, PythonSection),
        (DockerEnvironment, DockerSection),
        (SparkEnvironment, SparkSection),
        (DatabricksEnvironment, DatabricksSection),
    ],
)
def test_the_sections_older_names(older: type[Any], section: type[Any]) -> None:
    assert isinstance(older(), section)
    assert older()._to_json() == section()._to_json()


@pytest.mark.parametrize("section", [PythonSection, DockerSection, SparkSection])
def test_sections_take_no_unknown_arguments(section: type[Any]) -> None:
    section(_skip_defaults=True)
    with pytest.raises(AttributeError, match="nosuch"):
        section(nosuch=1)


def test_clone_is_independent() -> None:
    mine = full()
    other = mine.clone("other")
    other.environment_variables["B"] = "2"
    assert other.python.conda_dependencies is not None
    other.python.conda_dependencies.add_pip_package("scipy")
    assert (other.name, other.version) == ("other", None)
    assert repr(mine) == repr(full())
    with pytest.raises(AttributeError):
        other.pyhton = 1  # type: ignore[attr-defined]


def test_a_reference_finds_its_environment(ws: Workspace) -> None:
    Environment("iris").register(ws)
    assert EnvironmentReference("iris").get_environment(ws).version == "1"


def test_from_conda_specification_keeps_comments(tmp_path: Path) -> None:
    path = tmp_path / "env.yml"
    path.write_text("name: x\ndependencies:\n- numpy  # for arrays\n")
    made = Environment.from_conda_specification(name="iris", file_path=str(path))
    assert made.python.conda_dependencies is not None
    assert made.python.conda_dependencies.serialize_to_string() == path.read_text()


def test_from_pip_requirements_follows_files(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text("numpy==1.26.4\n-r requirements.txt\n")
    (tmp_path / "requirements.txt").write_text("# mine\n--pre\n-r base.txt\npandas>=1 \\\n  ,<3  # old\n\n")
    made = Environment.from_pip_requirements("iris", str(tmp_path / "requirements.txt"), pip_version="23.0")
    packages = made.python.conda_dependencies
    assert packages is not None
    assert list(packages.pip_packages) == ["numpy==1.26.4", "pandas>=1 ,<3"]
    assert list(packages.pip_options) == ["--pre"]
    assert "pip=23.0" in list(packages.conda_packages)


def test_from_existing_conda_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conda = tmp_path / "conda"
    conda.write_text(
        "#!/bin/sh\n[ \"$5\" = course ] || { echo 'EnvironmentLocationNotFound' >&2; exit 1; }\n"
        "printf 'name: course\\ndependencies:\\n- python=3.9.1\\n- numpy=1.20\\nprefix: /x\\n'\n"
    )
    conda.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    made = Environment.from_existing_conda_environment("iris", "course")
    assert made.python.conda_dependencies is not None
    assert made.python.conda_dependencies.as_dict() == {
        "name": "course",
        "dependencies": ["python=3.9.1", "numpy=1.20"],
    }
    with pytest.raises(UserErrorException, match="EnvironmentLocationNotFound"):
        Environment.from_existing_conda_environment("iris", "absent")


def test_without_conda_there_is_a_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CONDA_EXE", raising=False)
    with pytest.raises(UserErrorException) as error:
        Environment.from_existing_conda_environment("iris", "course")
    assert "from_conda_specification" in (error.value.hint or "")


def test_from_docker_image(tmp_path: Path) -> None:
    plain = Environment.from_docker_image("iris", "python:3.11")
    assert plain.docker.base_image == "python:3.11"
    assert plain.python.user_managed_dependencies
    (tmp_path / "requirements.txt").write_text("numpy\n")
    packed = Environment.from_docker_image("iris", "python:3.11", pip_requirements=str(tmp_path / "requirements.txt"))
    assert not packed.python.user_managed_dependencies
    with pytest.raises(UserErrorException, match="exclude"):
        Environment.from_docker_image("iris", "python:3.11", None, "env.yml", "requirements.txt")


@pytest.mark.parametrize("by_path", [True, False])
def test_from_dockerfile(tmp_path: Path, by_path: bool) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text("FROM python:3.11\n")
    made = Environment.from_dockerfile("iris", str(path) if by_path else path.read_text())
    assert made.docker.base_dockerfile == "FROM python:3.11\n"
    assert made.docker.base_image is None
    assert made.python.user_managed_dependencies


def test_save_and_load(tmp_path: Path) -> None:
    mine = full()
    mine.docker.base_dockerfile = "FROM python:3.11\n"
    assert mine.python.conda_dependencies is not None
    folder = tmp_path / "saved"
    mine.save_to_directory(str(folder))
    names = ["BaseDockerfile", "azureml_environment.json", "conda_dependencies.yml"]
    assert sorted(p.name for p in folder.iterdir()) == names
    found = Environment.load_from_directory(str(folder))
    assert repr(found) == repr(mine)
    assert found.python.conda_dependencies is not None
    assert found.python.conda_dependencies.serialize_to_string() == (
        mine.python.conda_dependencies.serialize_to_string()
    )
    with pytest.raises(UserErrorException, match="exists"):
        mine.save_to_directory(str(folder))
    mine.docker.base_image = "python:3.11"
    mine.save_to_directory(str(folder), overwrite=True)
    assert not (folder / "BaseDockerfile").exists()


@pytest.mark.parametrize("text", [None, "{", "[]", "{}"])
def test_a_folder_without_a_definition(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "azureml_environment.json").write_text(text)
    with pytest.raises(UserErrorException):
        Environment.load_from_directory(str(tmp_path))


def test_private_wheels(ws: Workspace, tmp_path: Path) -> None:
    wheel = tmp_path / "mine-1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    url = Environment.add_private_pip_wheel(ws, str(wheel))
    assert Path(url.removeprefix("file://")).read_bytes() == b"a wheel"
    with pytest.raises(UserErrorException, match="already"):
        Environment.add_private_pip_wheel(ws, str(wheel))
    assert Environment.add_private_pip_wheel(ws, str(wheel), exist_ok=True) == url


def test_databricks_clusters_are_checked() -> None:
    for cluster in (
        DatabricksCluster(existing_cluster_id="x", num_workers=1),
        DatabricksCluster(num_workers=1, min_workers=1, max_workers=2),
        DatabricksCluster(min_workers=1),
    ):
        with pytest.raises(UserErrorException):
            cluster.validate()
    DatabricksCluster(min_workers=1, max_workers=2).validate()
