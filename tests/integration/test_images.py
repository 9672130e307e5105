"""Images: made in the background, kept as they were, deployed, refused, deleted."""

from __future__ import annotations

import json
import os
import re
import signal
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from aml_nb.core.environment import Environment
from aml_nb.core.image import ContainerImage, Image, building
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, LocalWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import WebserviceException
from tests.integration.deploying import BODY, registered, script, until

SCRIPT = """
import json
from azureml.core.model import Model
import helper

def init():
    global greeting
    greeting = open(Model.get_model_path("greeting")).read()

def run(raw_data):
    return {"says": greeting, "version": 1, "helper": helper.VALUE, "conf": json.load(open("conf.json"))}
"""
ANSWER = {"says": "hello", "version": 1, "helper": 7, "conf": {"a": 1}}


def written(text: str = SCRIPT) -> None:
    Path("score.py").write_text(text)
    Path("helper").mkdir(exist_ok=True)
    Path("helper/__init__.py").write_text("VALUE = 7\n")
    Path("conf.json").write_text('{"a": 1}')


def configuration(**options: Any) -> Any:
    written()
    return ContainerImage.image_configuration("score.py", "python", dependencies=["helper", "conf.json"], **options)


def made(ws: Workspace, name: str = "greeter", **options: Any) -> Any:
    found = ws.models.get("greeting") or registered(ws)
    image = Image.create(ws, name, [found], configuration(**options))
    image.wait_for_creation()
    return image


def running(ws: Workspace, image: Any, name: str = "greeter", **options: Any) -> Any:
    service = Webservice.deploy_from_image(ws, name, image, AciWebservice.deploy_configuration(**options))
    service.wait_for_deployment()
    return service


def test_waiting_prints_what_v1_prints(engine: str, ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    image = Image.create(ws, "greeter", [registered(ws)], configuration())
    assert "Creating image" in capsys.readouterr().out

    image.wait_for_creation(show_output=True)

    out = capsys.readouterr().out
    last = 'Image creation operation finished for image greeter:1, operation "Succeeded"'
    assert re.fullmatch(rf"(Queued\.*\n)?(Running\.*\n)?Succeeded\n{last}\n", out), out
    assert (image.creation_state, image.id, image.version, image.name) == ("Succeeded", "greeter:1", 1, "greeter")
    assert image.model_ids == ["greeting:1"] and [model.id for model in image.models] == ["greeting:1"]


def test_the_build_log_opens(engine: str, ws: Workspace) -> None:
    image = made(ws)
    with urllib.request.urlopen(image.image_build_log_uri) as opened:
        log = opened.read().decode()
    assert "score.py" in log and "helper/__init__.py" in log and "model greeting:1" in log
    assert ws.images["greeter"].image_build_log_uri == image.image_build_log_uri


def test_where_it_is_is_the_truth(ws: Workspace) -> None:
    place = made(ws).image_location
    assert place.startswith("file://")
    assert sorted(os.listdir(place.removeprefix("file://"))) == ["conf.json", "helper", "score.py"]


def test_an_image_answers_without_a_service(engine: str, ws: Workspace) -> None:
    image = made(ws)
    assert image.run(BODY) == ANSWER


def test_an_inference_configuration_will_do(engine: str, ws: Workspace) -> None:
    Path("service/deep").mkdir(parents=True)
    Path("service/deep/score.py").write_text(
        "import os, helper\ndef init():\n    pass\ndef run(data):\n    return [helper.VALUE, os.environ['MODE']]\n"
    )
    Path("service/helper.py").write_text("VALUE = 7\n")
    environment = Environment("own")
    environment.python.user_managed_dependencies = True
    environment.environment_variables = {"MODE": "test"}
    config = InferenceConfig("deep/score.py", source_directory="service", environment=environment)
    image = Image.create(ws, "own", [], config)
    image.wait_for_creation()
    assert image.run("{}") == [7, "test"]
    assert running(ws, image, "own").run("{}") == [7, "test"]


def test_two_at_once_get_two_versions(ws: Workspace) -> None:
    config = configuration()
    with ThreadPoolExecutor(4) as pool:
        images = list(pool.map(lambda _: Image.create(ws, "greeter", [], config), range(4)))
    assert sorted(image.version for image in images) == [1, 2, 3, 4]
    for image in images:
        image.wait_for_creation()


def test_run_shows_the_line_that_failed(engine: str, ws: Workspace) -> None:
    Path("score.py").write_text("def init():\n    pass\n\ndef run(data):\n    return 1 / 0\n")
    image = Image.create(ws, "broken", [], ContainerImage.image_configuration("score.py", "python"))
    image.wait_for_creation()
    with pytest.raises(WebserviceException, match="did not answer.*division by zero") as caught:
        image.run("{}")
    assert caught.value.source is not None and caught.value.source.line == 5


def test_an_image_stays_as_it_was_made(engine: str, ws: Workspace) -> None:
    image = made(ws)
    for path in ("score.py", "conf.json", "helper/__init__.py"):
        Path(path).write_text("raise SystemExit")
    service = running(ws, image)
    assert service.run(BODY) == ANSWER
    assert requests.post(service.scoring_uri, BODY, timeout=10).json() == ANSWER


def test_an_image_is_laid_out_again_from_the_artifacts(ws: Workspace) -> None:
    import shutil

    image = made(ws)
    shutil.rmtree(image.image_location.removeprefix("file://"))
    assert running(ws, image).run(BODY) == ANSWER


def test_versions_and_filters(ws: Workspace) -> None:
    first = made(ws, tags={"area": "hello"}, properties={"kind": "a"}, description="the first")
    second = made(ws)
    other = made(ws, "other")
    assert [image.id for image in Image.list(ws)] == ["other:1", "greeter:2", "greeter:1"]
    assert {name: image.id for name, image in ws.images.items()} == {"greeter": "greeter:2", "other": "other:1"}
    assert Image(ws, "greeter").id == second.id
    assert Image(ws, "greeter", version=1).description == "the first"
    assert Image(ws, id="greeter:1").id == Image(ws, "greeter", tags=["area"]).id == first.id
    assert [image.id for image in Image.list(ws, image_name="greeter", tags=[["area", "hello"]])] == ["greeter:1"]
    assert [image.id for image in Image.list(ws, properties=["kind"])] == ["greeter:1"]
    assert len(Image.list(ws, model_name="greeting")) == len(Image.list(ws, model_id="greeting:1")) == 3
    assert Image.list(ws, model_id="greeting:2") == []
    assert type(Image(ws, "other")) is ContainerImage and other.image_flavor == "WebApiContainer"
    with pytest.raises(WebserviceException, match="ImageNotFound: Image with id greater") as caught:
        Image(ws, "greater")
    assert "'greeter'" in str(caught.value.hint) and caught.value.status_code == 404
    with pytest.raises(WebserviceException, match="without an image name or image id"):
        Image(ws)


def test_tags_and_properties(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    image = made(ws, tags={"area": "hello"})
    capsys.readouterr()
    image.add_tags({"area": "bye", "more": "1"})
    image.remove_tags(["more", "absent"])
    image.add_properties({"kind": "a"})
    assert capsys.readouterr().out.splitlines() == [
        "Replacing tag area -> hello with area -> bye",
        "Image tag add operation complete.",
        "Tag with key absent not found.",
        "Image tag remove operation complete.",
        "Image properties add operation complete.",
    ]
    assert (image.tags, image.properties) == ({"area": "bye"}, {"kind": "a"})
    with pytest.raises(WebserviceException, match="immutable"):
        image.add_properties({"kind": "b"})
    image.update({"new": "1"})
    assert Image(ws, "greeter").tags == {"new": "1"}


def test_serialized_and_back(ws: Workspace) -> None:
    image = made(ws)
    payload = json.loads(json.dumps(image.serialize()))
    assert payload["imageFlavor"] == "WebApiContainer" and payload["driverProgram"] == "score.py"
    assert [asset["id"] for asset in payload["assets"]] == ["helper", "conf.json"]
    assert payload["targetRuntime"]["runtimeType"] == "Python"
    assert Image.deserialize(ws, payload).serialize() == image.serialize()
    with pytest.raises(WebserviceException, match="missing id"):
        ContainerImage.deserialize(ws, {})
    assert repr(image).startswith("ContainerImage(workspace=Workspace.create(name='test-ws'")


def test_a_service_knows_its_image(engine: str, ws: Workspace) -> None:
    image = made(ws)
    service = running(ws, image)
    assert (service.image_id, service.image.id) == (image.id, image.id)
    assert service.image_digest.startswith("sha256:") and service.serialize()["imageId"] == image.id
    for wanted in ({"image_id": image.id}, {"image_name": "greeter"}, {"image_digest": service.image_digest}):
        assert [found.name for found in Webservice.list(ws, **wanted)] == ["greeter"]
    for other in ({"image_id": "greeter:2"}, {"image_name": "greet"}, {"image_digest": "sha256:0"}):
        assert Webservice.list(ws, **other) == []


def test_what_is_in_use_stays(ws: Workspace) -> None:
    image = made(ws)
    service = running(ws, image)
    with pytest.raises(WebserviceException, match="used by the web service greeter") as caught:
        image.delete()
    assert caught.value.status_code == 412
    service.delete()
    with pytest.raises(WebserviceException, match="in the image greeter:1") as caught:
        Model(ws, "greeting").delete()
    assert caught.value.status_code == 412
    folder = building.folder_of(ws, building.IMAGE, image._record)
    image.delete()
    assert ws.images == {} and not folder.exists()
    Model(ws, "greeting").delete()
    assert list(ws._artifacts) == []
    with pytest.raises(WebserviceException, match="ImageNotFound"):
        image.delete()


def test_equal_files_are_kept_once(ws: Workspace) -> None:
    made(ws)
    kept = set(ws._artifacts)
    again = made(ws)
    assert set(ws._artifacts) == kept
    again.delete()
    assert set(ws._artifacts) == kept


def test_an_update_takes_another_image(engine: str, ws: Workspace) -> None:
    first = made(ws)
    service = running(ws, first)
    written(SCRIPT.replace('"version": 1', '"version": 2'))
    config = ContainerImage.image_configuration("score.py", "python", dependencies=["helper", "conf.json"])
    second = Image.create(ws, "greeter", first.models, config)
    second.wait_for_creation()
    service.update(image=second)
    service.wait_for_deployment()
    assert service.run(BODY) == {**ANSWER, "version": 2}
    assert (service.image_id, Webservice(ws, "greeter").image.version) == ("greeter:2", 2)
    first.delete()
    service.update(models=[], inference_config=script())
    service.wait_for_deployment()
    assert service.run(BODY) == {"version": 1, "data": [1, 2]}
    assert service.image_id is None and service.image is None
    second.delete()


def test_an_image_excludes_models_and_script(ws: Workspace) -> None:
    image = made(ws)
    service = running(ws, image)
    with pytest.raises(WebserviceException, match="excludes 'models' and 'inference_config'"):
        service.update(image=image, models=[], inference_config=script())


def test_a_failed_image_is_not_deployed(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_MODULE", "tests.integration.no_such_module")
    image = Image.create(ws, "greeter", [registered(ws)], configuration())
    with pytest.raises(WebserviceException, match="non-successful terminal state, current state: Failed"):
        image.wait_for_creation()
    with pytest.raises(WebserviceException, match='in non "Succeeded" creation state'):
        Webservice.deploy_from_image(ws, "greeter", image)
    assert ws.webservices == {}
    with pytest.raises(WebserviceException, match="Image is None"):
        Webservice.deploy_from_image(ws, "greeter", None)
    with pytest.raises(WebserviceException, match="must be an Image, not str"):
        Webservice.deploy_from_image(ws, "greeter", "greeter:1")


def hanging(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, psutil.Process]:
    monkeypatch.setattr(building, "_MODULE", "tests.integration.hanging")
    image = Image.create(ws, "greeter", [registered(ws)], configuration())
    assert image.creation_state == "Queued"
    return image, psutil.Process(building._started[str(building.folder_of(ws, building.IMAGE, image._record))].pid)


def test_a_killed_build_has_failed(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    image, process = hanging(ws, monkeypatch)
    assert Image(ws, "greeter").creation_state == "Queued"
    process.send_signal(signal.SIGKILL)
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    with pytest.raises(WebserviceException, match="interrupted: its process was killed") as caught:
        image.wait_for_creation()
    assert "build.txt" in caught.value.message
    assert Image(ws, "greeter").creation_state == "Failed"


def test_deleting_ends_the_build(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    image, process = hanging(ws, monkeypatch)
    image.delete()
    assert ws.images == {}
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_package_that_is_not_to_be_had_names_the_line(engine: str, ws: Workspace, require: Any) -> None:
    require("network")
    Path("env.yml").write_text("name: e\ndependencies:\n  - python\n  - pip:\n    - numpy\n    - joblib==99.1\n")
    image = Image.create(ws, "impossible", [], configuration(conda_file="env.yml"))
    with pytest.raises(WebserviceException, match=r"joblib==99\.1") as caught:
        image.wait_for_creation()
    source = caught.value.source
    assert source is not None and (Path(source.path).name, source.line) == ("env.yml", 6)
    assert "    - joblib==99.1" in source.lines
    with urllib.request.urlopen(image.image_build_log_uri) as opened:
        assert "joblib==99.1" in opened.read().decode()


def test_a_step_that_fails_names_the_line(
    ws: Workspace, require: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    require("docker")
    from aml_nb.engines.docker import base_image
    from aml_nb.engines.docker.build import BuildLog
    from aml_nb.engines.docker.client import connect

    monkeypatch.setenv("AML_NB_ENGINE", "docker")
    base = base_image.make(connect(), BuildLog(print))
    Path("steps").write_text("# more\nRUN echo fine\nRUN no-such-command\n")
    image = Image.create(ws, "impossible", [], configuration(docker_file="steps", base_image=base))
    with pytest.raises(WebserviceException, match="RUN no-such-command") as caught:
        image.wait_for_creation()
    source = caught.value.source
    assert source is not None and (Path(source.path).name, source.line) == ("steps", 3)


def test_from_paths_and_models(engine: str, ws: Workspace) -> None:
    Path("greeting").write_text("hello")
    aci = AciWebservice.deploy_configuration(auth_enabled=True)
    service = Webservice.deploy(ws, "from-paths", ["greeting"], configuration(), aci)
    service.wait_for_deployment()
    assert service.run(BODY) == ANSWER and service.image_id == "from-paths:1"
    again = Webservice.deploy_from_model(ws, "from-paths", service.models, configuration(), aci, overwrite=True)
    again.wait_for_deployment()
    assert again.run(BODY) == ANSWER and again.image_id == "from-paths:2"
    with pytest.raises(WebserviceException, match="already a service with name from-paths"):
        Webservice.deploy_from_model(ws, "from-paths", service.models, configuration(), aci)
    assert len(Image.list(ws)) == 2
    with pytest.raises(WebserviceException, match="must be a list of files"):
        Webservice.deploy(ws, "other", "greeting", configuration(), aci)  # type: ignore[arg-type]


def test_local_with_an_image_configuration(engine: str, ws: Workspace) -> None:
    Path("greeting").write_text("hello")
    service = Webservice.deploy_local_from_model(ws, "greeter", [registered(ws)], configuration(), wait=True)
    assert isinstance(service, LocalWebservice) and service.run(BODY) == ANSWER
    Path("helper/__init__.py").write_text("VALUE = 8\n")
    Path("score.py").write_text(SCRIPT.replace('"version": 1', '"version": 2'))
    service.reload(wait=True)
    assert service.run(BODY) == {**ANSWER, "version": 2, "helper": 8}
    service.update(image_config=configuration(), wait=True)
    assert service.run(BODY) == ANSWER
    with pytest.raises(WebserviceException, match="GPUs are not supported"):
        Webservice.deploy_local_from_model(ws, "greeter", [], configuration(enable_gpu=True))
    with pytest.raises(WebserviceException, match="exclude each other"):
        service.update(image_config=configuration(), inference_config=script())
    with pytest.raises(WebserviceException, match="no configuration for a local web service"):
        Webservice.deploy_local_from_model(ws, "g-2", [], configuration(), AciWebservice.deploy_configuration())


def test_an_image_is_not_deployed_locally(ws: Workspace) -> None:
    with pytest.raises(WebserviceException, match="not to a local web service"):
        Webservice.deploy_from_image(ws, "greeter", made(ws), LocalWebservice.deploy_configuration())


def test_what_cannot_be_an_image(ws: Workspace) -> None:
    with pytest.raises(WebserviceException, match="image name is invalid"):
        Image.create(ws, "Not_Good", [], configuration())
    with pytest.raises(WebserviceException, match="must be an image configuration, not dict"):
        Image.create(ws, "good", [], {})
    with pytest.raises(WebserviceException, match="must be a list"):
        Image.create(ws, "good", registered(ws), configuration())  # type: ignore[arg-type]
    with pytest.raises(WebserviceException, match="no registered model"):
        Image.create(ws, "good", ["greeting.txt"], configuration())
    assert ws.images == {} and os.listdir(ws._folder / "images") == []


def test_made_for_docker_and_deployed_as_processes(
    ws: Workspace, require: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    require("docker")
    monkeypatch.setenv("AML_NB_ENGINE", "docker")
    image = made(ws)
    assert image.image_location.endswith("/greeter:1") and image.generated_dockerfile_uri.endswith("/Dockerfile")
    monkeypatch.setenv("AML_NB_ENGINE", "process")
    assert running(ws, image).run(BODY) == ANSWER
    assert "was made for the docker engine: what it holds is taken" in capsys.readouterr().out
    second = made(ws)
    monkeypatch.setenv("AML_NB_ENGINE", "docker")
    service = running(ws, second, "on-docker")
    assert "was made for the process engine: what it holds is taken" in capsys.readouterr().out
    assert service.run(BODY) == ANSWER


def test_a_docker_image_that_was_removed_is_built_again(
    ws: Workspace, require: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    require("docker")
    monkeypatch.setenv("AML_NB_ENGINE", "docker")
    image = made(ws)
    assert os.system(f"docker image rm {image.image_location} >/dev/null") == 0
    with pytest.raises(WebserviceException, match="not in Docker any more"):
        image.run(BODY)
    assert running(ws, image).run(BODY) == ANSWER
    assert "is not there any more: what it holds is taken" in capsys.readouterr().out


def test_deleting_takes_the_docker_image_away(ws: Workspace, require: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    require("docker")
    monkeypatch.setenv("AML_NB_ENGINE", "docker")
    image, second = made(ws), made(ws)
    running(ws, second)
    assert os.system(f"docker image inspect {image.image_location} {second.image_location} >/dev/null") == 0
    image.delete()
    assert os.system(f"docker image inspect {image.image_location} >/dev/null 2>&1") != 0
    assert os.system(f"docker image inspect {second.image_location} >/dev/null 2>&1") == 0
    ws.delete()
    assert os.system(f"docker image inspect {second.image_location} >/dev/null 2>&1") != 0
