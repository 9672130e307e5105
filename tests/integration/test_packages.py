"""ModelPackage: a Dockerfile with its context anywhere, an image on Docker."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import requests

from aml_nb.core.environment import Environment
from aml_nb.core.image import ModelPackage, functions
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException, WebserviceException
from tests.integration.deploying import BODY, registered

SCRIPT = """
from azureml.core.model import Model

def init():
    global greeting
    greeting = open(Model.get_model_path("greeting")).read()

def run(raw_data):
    return {"says": greeting}
"""


def config() -> InferenceConfig:
    Path("source").mkdir(exist_ok=True)
    Path("source/score.py").write_text(SCRIPT)
    return InferenceConfig("score.py", source_directory="source")


def dockerfile(ws: Workspace, **options: Any) -> ModelPackage:
    package = Model.package(ws, [registered(ws)], config(), generate_dockerfile=True, **options)
    package.wait_for_creation()
    return package


def test_waiting_prints_the_log_and_how_it_ended(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    package = Model.package(ws, [registered(ws)], config(), generate_dockerfile=True)
    capsys.readouterr()
    package.wait_for_creation(show_output=True)
    out = capsys.readouterr().out
    assert out.endswith("Package creation Succeeded\n") and "source/score.py" in out and "model greeting:1" in out
    assert out.startswith(package.get_logs())
    assert package.get_logs(decode=False, offset=5) == package.get_logs().encode()[5:]
    with urllib.request.urlopen(package.package_build_log_uri) as opened:
        assert opened.read().decode() == package.get_logs()
    assert (package.state, package.error, package.generate_dockerfile) == ("Succeeded", None, True)


def test_save_writes_what_docker_build_takes(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    package = dockerfile(ws, image_name="greeter", image_label="7")
    Path("source/score.py").write_text("changed = 'since'")
    package.save("out")
    text = Path("out/Dockerfile").read_text()
    assert re.search(r"^FROM ", text, re.M) and 'AZUREML_ENTRY_SCRIPT="source/score.py"' in text
    assert Path("out/app/source/score.py").read_text() == SCRIPT
    assert Path("out/models/azureml-models/greeting/1/greeting.txt").read_text() == "hello"
    for copied in re.findall(r'^COPY (?:--chown=\S+ )?\["([^"]+)"', text, re.M):
        assert Path("out", copied).exists()
    assert f"docker build -t greeter:7 {Path('out').absolute()}" in capsys.readouterr().out


def test_save_replaces_what_it_wrote_and_nothing_else(ws: Workspace) -> None:
    package = dockerfile(ws)
    package.save("out")
    Path("out/app/left.py").write_text("")
    Path("out/mine.txt").write_text("mine")
    package.save("out")
    assert not Path("out/app/left.py").exists() and Path("out/mine.txt").read_text() == "mine"
    Path("taken").mkdir()
    Path("taken/Dockerfile").write_text("FROM mine")
    with pytest.raises(WebserviceException, match="holds Dockerfile already"):
        package.save("taken")
    assert Path("taken/Dockerfile").read_text() == "FROM mine"


def test_found_again_by_its_id(ws: Workspace) -> None:
    package = dockerfile(ws)
    facts = json.loads(json.dumps(package.serialize()))
    again = ModelPackage(ws, facts["operationId"], None)
    assert again.serialize() == facts and again.location == package.location
    with pytest.raises(WebserviceException, match="PackageNotFound"):
        ModelPackage(ws, "other", None)


def test_a_dockerfile_is_not_pulled(ws: Workspace) -> None:
    package = dockerfile(ws)
    with pytest.raises(WebserviceException, match="this one is a Dockerfile"):
        package.pull()
    registry = package.get_container_registry()
    assert (registry.address, registry.username, registry.password) == (None, None, None)


def test_without_a_script_for_a_known_framework(ws: Workspace) -> None:
    import joblib
    from sklearn.linear_model import LinearRegression

    joblib.dump(LinearRegression().fit([[1], [2]], [1, 2]), "line.pkl")
    model = Model.register(ws, "line.pkl", "line", model_framework=Model.Framework.SCIKITLEARN)
    package = Model.package(ws, [model], generate_dockerfile=True)
    package.wait_for_creation()
    package.save("out")
    assert os.listdir("out/app")
    with pytest.raises(UserErrorException, match="inference_config is needed"):
        Model.package(ws, [registered(ws)], generate_dockerfile=True)


def test_an_image_needs_docker(ws: Workspace) -> None:
    with pytest.raises(WebserviceException, match="needs Docker") as caught:
        Model.package(ws, [registered(ws)], config())
    assert "generate_dockerfile=True" in str(caught.value.hint)
    assert not (ws._folder / "packages").exists()


@pytest.mark.parametrize("name", ["Upper", "", "a b", "-a", "a/"])
def test_names_that_docker_refuses(ws: Workspace, name: str) -> None:
    with pytest.raises(WebserviceException, match="no name for a Docker image"):
        Model.package(ws, [], config(), generate_dockerfile=True, image_name=name)
    with pytest.raises(WebserviceException, match="no label for a Docker image"):
        Model.package(ws, [], config(), generate_dockerfile=True, image_label=f"-{name}")


def test_a_package_that_cannot_be_made_says_why(ws: Workspace) -> None:
    environment = Environment("e")
    environment.python.conda_dependencies.add_pip_package("./no-such-folder")
    wanted = InferenceConfig("score.py", source_directory=config().source_directory, environment=environment)
    package = Model.package(ws, [registered(ws)], wanted, generate_dockerfile=True)
    with pytest.raises(WebserviceException, match="Package creation Failed\n.*there is no .*/no-such-folder"):
        package.wait_for_creation()
    assert package.state == "Failed" and package.error is not None
    with pytest.raises(WebserviceException, match="its state is Failed"):
        package.save("out")


def test_functions_are_files_that_azure_reads(ws: Workspace) -> None:
    package = functions.package_blob(ws, [registered(ws)], config(), generate_dockerfile=True)
    package.wait_for_creation()
    package.save("out")
    host = json.loads(Path("out/function/host.json").read_text())
    bindings = json.loads(Path("out/function/score/function.json").read_text())["bindings"]
    assert host["version"] == "2.0"
    assert [(b["type"], b["direction"], b["path"]) for b in bindings] == [
        ("blobTrigger", "in", "input/{blobname}.json"),
        ("blob", "out", "output/{blobname}_out.json"),
    ]
    text = Path("out/Dockerfile").read_text()
    assert "azure-functions/python" in text and "COPY function /home/site/wwwroot" in text
    assert "HEALTHCHECK" not in text and "CMD" not in text


def answering(image: str) -> Any:
    """What a container of the image answers on its one port."""
    port = "-p 127.0.0.1::5001"
    name = subprocess.check_output(f"docker run -d {port} {image}", shell=True, text=True).strip()
    try:
        where = subprocess.check_output(["docker", "port", name, "5001"], text=True).splitlines()[0]
        limit = time.monotonic() + 60
        while True:
            try:
                return requests.post(f"http://{where}/score", BODY, timeout=10).json()
            except requests.ConnectionError:
                assert time.monotonic() < limit, subprocess.getoutput(f"docker logs {name}")
                time.sleep(0.2)
    finally:
        subprocess.check_call(["docker", "rm", "-f", name], stdout=subprocess.DEVNULL)


def test_an_image_serves_by_itself(ws: Workspace, require: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    require("docker")
    monkeypatch.setenv("AML_NB_ENGINE", "docker")
    package = Model.package(ws, [registered(ws)], config(), image_name=f"greeter-{ws._id[:8]}", image_label="1")
    package.wait_for_creation(show_output=True)
    try:
        assert package.location == f"greeter-{ws._id[:8]}:1"
        package.pull()
        with pytest.raises(WebserviceException, match="save\\(\\) is for a package that is a Dockerfile"):
            package.save("out")
        assert answering(package.location) == {"says": "hello"}
    finally:
        subprocess.run(["docker", "image", "rm", str(package.location)], capture_output=True, check=False)
    with pytest.raises(WebserviceException, match="not in this machine's Docker any more"):
        package.pull()


def test_docker_builds_the_saved_context(ws: Workspace, require: Any) -> None:
    require("docker")
    package = dockerfile(ws)
    package.save("out")
    tag = f"greeter-{ws._id[:8]}:saved"
    build = ["docker", "build", "-q", "-t", tag, "out"]  # as it is
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    try:
        assert answering(tag) == {"says": "hello"}
    finally:
        subprocess.run(["docker", "image", "rm", tag], capture_output=True, check=False)


def test_a_function_image_is_built_of_its_context(ws: Workspace, require: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    require("docker")
    monkeypatch.setenv("AML_NB_ENGINE", "docker")
    environment = Environment("on-our-base")
    environment.docker.base_image = base()
    wanted = InferenceConfig("score.py", source_directory=config().source_directory, environment=environment)
    package = functions.package_http(ws, [registered(ws)], wanted, auth_level="anonymous")
    package.wait_for_creation()
    try:
        ask = "from aml_nb.scoring import function; print(function.load().answer('POST', '/', {}, b'1').body.decode())"
        command = ["docker", "run", "--rm", str(package.location), "/opt/aml_nb/environment/bin/python", "-c", ask]
        assert json.loads(subprocess.check_output(command, text=True).splitlines()[-1]) == {"says": "hello"}
    finally:
        subprocess.run(["docker", "image", "rm", str(package.location)], capture_output=True, check=False)


def base() -> str:
    """The base image that deployments begin with; made where it is not there yet."""
    from aml_nb.engines.docker import base_image
    from aml_nb.engines.docker.build import BuildLog
    from aml_nb.engines.docker.client import connect

    return base_image.make(connect(), BuildLog(print))


def test_an_image_of_somebody_elses_keeps_its_name(
    ws: Workspace, require: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    require("docker")
    monkeypatch.setenv("AML_NB_ENGINE", "docker")
    import contextlib
    import io
    import tarfile

    docker = pytest.importorskip("docker")
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w").close()
    with contextlib.closing(docker.from_env()) as client:
        client.api.import_image_from_data(empty.getvalue(), repository="somebody-elses", tag="1")
        theirs = client.images.get("somebody-elses:1").id
        try:
            package = Model.package(ws, [], config(), image_name="somebody-elses", image_label="1")
            with pytest.raises(WebserviceException, match="aml_nb did not make"):
                package.wait_for_creation()
            assert client.images.get("somebody-elses:1").id == theirs
        finally:
            client.images.remove("somebody-elses:1")
