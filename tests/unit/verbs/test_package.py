"""``%package``: the words it takes, and what comes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.image import ContainerImage, Image, ModelPackage
from aml_nb.core.model import Model
from aml_nb.core.workspace import Workspace
from aml_nb.display.packages import PackageCard, RegisteredImageCard
from aml_nb.errors import UsageError, UserErrorException, WebserviceException
from aml_nb.verbs import COMMAND, MAGIC, VERBS
from aml_nb.verbs.context import Context

SCRIPT = "def init():\n    pass\n\ndef run(data):\n    return data\n"


@pytest.fixture
def model(ws: Workspace) -> Model:
    Path("score.py").write_text(SCRIPT)
    Path("iris.txt").write_text("iris")
    return Model.register(ws, "iris.txt", "iris")


def run(words: str, surface: str = MAGIC) -> Any:
    return VERBS["package"].run(words.split(), Context(surface))


def test_a_dockerfile_is_written_where_it_is_wanted(model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    package = run("iris --script score.py --dockerfile out")
    assert isinstance(package, ModelPackage) and package.generate_dockerfile
    assert Path("out/Dockerfile").is_file() and Path("out/models/azureml-models/iris/1/iris.txt").is_file()
    assert "Package creation Succeeded" in capsys.readouterr().out


def test_a_command_shows_a_card(model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    card = run("iris --model iris --script score.py --label 2 --dockerfile out --json", COMMAND)
    assert isinstance(card, PackageCard) and capsys.readouterr().out == ""
    data = json.loads(json.dumps(card.as_data()))
    assert (data["name"], data["state"], data["modelIds"]) == ("iris:2", "Succeeded", ["iris:1"])
    assert "package Dockerfile iris:2" in card.as_text() and "iris:1" in card.as_html()


def test_a_function_has_its_trigger(model: Model) -> None:
    run("iris --script score.py --dockerfile out --function blob --input in/{name}")
    bindings = json.loads(Path("out/function/score/function.json").read_text())["bindings"]
    assert [binding["path"] for binding in bindings] == ["in/{name}", "output/{blobname}_out.json"]


def test_an_image_needs_docker(model: Model) -> None:
    with pytest.raises(WebserviceException, match="needs Docker"):
        run("iris --script score.py")


def test_slips_are_told(model: Model) -> None:
    with pytest.raises(UsageError, match="--auth-level is for --function"):
        run("iris --script score.py --dockerfile out --auth-level admin")
    with pytest.raises(UserErrorException, match="takes no input"):
        run("iris --script score.py --dockerfile out --function http --input x")
    with pytest.raises(UsageError, match="--function"):
        run("iris --function timer")


def test_an_image_shows_as_a_card(ws: Workspace, model: Model) -> None:
    image = Image.create(ws, "iris-image", [model], ContainerImage.image_configuration("score.py", "python"))
    image.wait_for_creation()
    text = RegisteredImageCard(image).as_text()
    assert text.startswith("image iris-image version 1  Succeeded")
    assert image.image_build_log_uri in text and "iris:1" in text
