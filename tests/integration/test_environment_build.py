"""``Environment.build`` and its kin: what services need is made before one of them waits for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from aml_nb.core.environment import DockerImageDetails, Environment, ImageBuildDetails
from aml_nb.core.environment.conda_dependencies import CondaDependencies
from aml_nb.core.environment.sections import DockerImagePlatform
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import AmlError, ComputeTargetException, NotAvailableError, UserErrorException, WebserviceException
from tests.integration.deploying import BODY, version

PIN, NEVER = "iniconfig==2.0.0", "iniconfig==0.0.987"


def asking_for(*packages: str, name: str = "made-early") -> Environment:
    made = Environment(name)
    made.python.conda_dependencies = CondaDependencies.create(pip_packages=list(packages))
    return made


def test_an_environment_that_is_here_already(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    environment = asking_for("pytest")
    build = environment.build(ws)
    assert isinstance(build, ImageBuildDetails)
    assert build.wait_for_completion(show_output=True) is build
    assert build.status == "Succeeded"
    told = capsys.readouterr().out
    assert told.startswith("Image Build Status: ") and "pytest" in told
    assert f"The environment made-early is ready: {sys.executable}\n" in told
    assert build.get_log() == Path(urlsplit(build.log_url).path).read_text()

    details = environment.get_image_details(ws)
    assert (details.image_exist, details.repository, details.image, details.dockerfile) == (False, None, None, None)
    assert (details.interpreter_path, details.registry.address) == (sys.executable, None)
    assert json.loads(str(details)) == details


def test_one_that_has_to_be_made(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    environment = asking_for(PIN)
    assert environment.get_image_details(ws).interpreter_path is None
    environment.build(ws).wait_for_completion(show_output=False)
    assert capsys.readouterr().out == ""
    details = environment.get_image_details(ws)
    assert details.interpreter_path not in (None, sys.executable)
    assert str(details.interpreter_path).startswith(str(details.environment_path))
    assert environment.build_local(ws) == details.interpreter_path
    assert "is ready" in capsys.readouterr().out


@pytest.mark.usefixtures("engine")
def test_what_cannot_be_made_is_named(ws: Workspace) -> None:
    Path("conda.yml").write_text(f"dependencies:\n- python=3\n- pip:\n  - {NEVER}\n")
    build = Environment.from_conda_specification("never", "conda.yml").build(ws)
    with pytest.raises(AmlError, match="iniconfig") as caught:
        build.wait_for_completion(show_output=False)
    assert build.status == "Failed" and "Failed: " in build.get_log()
    assert caught.value.source is not None
    assert (Path(caught.value.source.path).name, caught.value.source.line) == ("conda.yml", 4)
    with pytest.raises(AmlError, match="iniconfig"):
        build.wait_for_completion()  # the same once more, and no second build


@pytest.mark.usefixtures("engine")
def test_a_line_that_is_no_requirement_is_named_by_all(ws: Workspace) -> None:
    Path("conda.yml").write_text("dependencies:\n- python=3\n- pip:\n  - iniconfig =!= 2\n")
    environment = Environment.from_conda_specification("slip", "conda.yml")
    for ask in (
        lambda: environment.build(ws).wait_for_completion(show_output=False),
        lambda: environment.build_local(ws),
        lambda: environment.get_image_details(ws),
    ):
        with pytest.raises(UserErrorException, match="no valid requirement") as caught:
            ask()
        assert caught.value.source is not None and caught.value.source.line == 4


def test_many_who_build_at_once_leave_each_other_alone(ws: Workspace) -> None:
    environment = asking_for("pytest")
    first = environment.build(ws)
    first.wait_for_completion(show_output=False)
    folder = Path(urlsplit(first.log_url).path).parent
    for number in range(25):
        environment.build(ws).wait_for_completion(show_output=False)
        if number == 0:  # what another process removes between two looks
            (folder / "gone.txt").symlink_to("nowhere")
        if number == 1:
            (folder / "gone.txt").unlink()
    assert len(list(folder.iterdir())) <= 21
    assert first.get_log() == ""
    first.wait_for_completion(show_output=False)


def test_what_is_asked_for_must_make_sense(ws: Workspace) -> None:
    environment = asking_for("pytest")
    with pytest.raises(ComputeTargetException, match="nowhere"):
        environment.build(ws, image_build_compute="nowhere")
    with pytest.raises(TypeError, match="use_docker"):
        environment.build_local(ws, use_docker=True)
    with pytest.raises(UserErrorException, match="pushImageToWorkspaceAcr"):
        environment.build_local(ws, pushImageToWorkspaceAcr=True)
    other = DockerImagePlatform()
    other.os = "Windows"
    with pytest.raises(NotAvailableError, match="Windows"):
        environment.build_local(ws, other, useDocker=True)


def test_an_image_where_no_daemon_answers(ws: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(WebserviceException, match="Is Docker running/installed"):
        asking_for("pytest").build_local(ws, useDocker=True)


class TestOnDocker:
    """Where services run in images."""

    @pytest.fixture(autouse=True)
    def on_docker(self, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        require("docker")
        monkeypatch.setenv("AML_NB_ENGINE", "docker")
        yield

    def test_a_service_finds_its_image_there(self, ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
        environment = asking_for(PIN, "tomli==2.0.1")  # of PIN alone another Python may have made one
        build = environment.build(ws)
        build.wait_for_completion()
        image = build.environment_client.result()

        details = environment.get_image_details(ws)
        assert isinstance(details, DockerImageDetails)
        assert (details.image_exist, details.image) == (True, image)
        assert str(details.interpreter_path).startswith(str(details.environment_path))
        assert details.dockerfile is not None and "FROM" in details.dockerfile

        capsys.readouterr()
        config: InferenceConfig = version(1)
        config.environment = environment
        service = Model.deploy(ws, "echo", [], config, AciWebservice.deploy_configuration())
        assert "Building the image of the environment" not in capsys.readouterr().out
        service.wait_for_deployment()
        assert service.run(BODY)["version"] == 1

        assert environment.build_local(ws, useDocker=True, pushImageToWorkspaceAcr=True) == image
        assert "no registry" in capsys.readouterr().out

    def test_one_that_was_not_built(self, ws: Workspace) -> None:
        details = asking_for("iniconfig==2.0.0", "six==1.16.0", name="unbuilt").get_image_details(ws)
        assert (details.image_exist, details.image) == (False, None)
        assert details.dockerfile is not None and "RUN" in details.dockerfile
