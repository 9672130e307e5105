"""Client code in every language, run against a service that asks for a key."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aml_nb import cli
from aml_nb.core.compute import AksCompute, ComputeTarget
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, AksWebservice, LocalWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import UserErrorException
from tests.integration.deploying import script
from tests.loud_shell import loud_shell

ECHO = "import json\ndef init(): pass\ndef run(raw_data): return {'told': json.loads(raw_data)}\n"
SCHEMA = """
import numpy as np
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType

def init(): pass

@input_schema("data", NumpyParameterType(np.array([[5.1, 3.5]])))
def run(data): return data.sum()
"""
# What ends a string, a comment, a page or a pattern of printf somewhere, and letters of every width.
EVIL = {"text": "\"'\\ \\u000a </script> ${HOME} $(id) `id` %{http_code} %s @x é \u2028 😀 \n\t*/ {0}"}
RUN = {
    "python": [["python", "client.py"]],
    "curl": [["sh", "client.sh"]],
    "csharp": [["mcs", "-r:System.Net.Http", "Program.cs"], ["mono", "Program.exe"]],
    "go": [["go", "run", "client.go"]],
    "java": [["java", "Client.java"]],
    "javascript": [["node", "client.mjs"]],
}
NEEDS = {"csharp": "csharp", "go": "go", "java": "java", "javascript": "node", "curl": "curl"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AksWebservice]:
    place, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("notebooks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AML_NB_HOME", str(place))
        patch.chdir(folder)
        ws = Workspace.create("clients", show_output=False)
        cluster = ComputeTarget.create(ws, "aks", AksCompute.provisioning_configuration())
        config = AksWebservice.deploy_configuration(num_replicas=1)
        made: AksWebservice = Model.deploy(ws, "echo", [], script(ECHO), config, cluster)  # type: ignore[arg-type]
        made.wait_for_deployment()
        yield made
        ws.delete()


def start(language: str, text: Any, folder: Path, key: str | None) -> subprocess.CompletedProcess[str]:
    """Save the client and run it as the comment at its top says."""
    (folder / text.file).write_text(text, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {"NO_PROXY": "*", "GOCACHE": str(folder.parent / "go-build"), "HOME": str(folder)}
    environment |= {} if key is None else {"AML_SERVICE_KEY": key}
    for command in RUN[language]:
        program = shutil.which(command[0])
        assert program is not None
        done = subprocess.run(
            [program, *command[1:]], cwd=folder, env=environment, capture_output=True, text=True, timeout=100
        )
        if done.returncode:
            break
    return done


@pytest.fixture
def needed(require: Callable[[str], None], language: str) -> None:
    if language in NEEDS:
        require(NEEDS[language])


@pytest.mark.slow
@pytest.mark.usefixtures("needed")
@pytest.mark.parametrize("language", RUN)
def test_a_client_calls_the_service(language: str, service: AksWebservice, tmp_path: Path) -> None:
    text = service.client_code(language, body=EVIL)
    done = start(language, text, tmp_path, service.get_keys()[0])
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"told": EVIL}
    assert service.get_keys()[0] not in text


@pytest.mark.slow
@pytest.mark.usefixtures("needed")
@pytest.mark.parametrize("language", RUN)
def test_a_refusal_shows_status_and_reason(language: str, service: AksWebservice, tmp_path: Path) -> None:
    text = service.client_code(language)
    done = start(language, text, tmp_path, "wrong")
    assert done.returncode != 0
    assert "401" in done.stderr
    assert "message" in done.stdout + done.stderr
    unset = start(language, text, tmp_path, None)
    assert unset.returncode != 0 and "set" in unset.stderr and "AML_SERVICE_KEY" in unset.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("needed")
@pytest.mark.parametrize("language", RUN)
def test_the_key_may_stand_in_the_program(language: str, service: AksWebservice, tmp_path: Path) -> None:
    text = service.client_code(language, key=True)
    assert service.get_keys()[0] in text
    done = start(language, text, tmp_path, None)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"told": {"data": [[1, 2, 3, 4]]}})


def test_the_example_comes_from_the_services_own_description(ws: Workspace) -> None:
    service = Model.deploy(ws, "schema", [], script(SCHEMA), AciWebservice.deploy_configuration(auth_enabled=True))
    service.wait_for_deployment()
    text = service.client_code()
    assert """body = '{"data": [[5.1, 3.5]]}'""" in text
    assert Webservice(ws, "schema").client_code() == text
    assert service.get_keys()[0] not in text


def test_a_service_without_keys(ws: Workspace, tmp_path: Path) -> None:
    service = Model.deploy(ws, "local", [], script(ECHO), LocalWebservice.deploy_configuration())
    service.wait_for_deployment()
    done = start("python", service.client_code(body=b'{"data": 1}'), tmp_path, None)
    assert json.loads(done.stdout) == {"told": {"data": 1}}
    with pytest.raises(UserErrorException, match="cannot be written as text"):
        service.client_code(body=object())
    with pytest.raises(UserErrorException, match="did you mean java"):
        service.client_code("jav")


def test_as_a_magic_and_as_a_command(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    config = AciWebservice.deploy_configuration(auth_enabled=True)
    service = Model.deploy(ws, "echo", [], script(ECHO), config)
    service.wait_for_deployment()
    with loud_shell() as shell:
        shell.run_cell("%load_ext aml_nb")
        shell.user_ns["rows"] = {"data": ["</script>"]}
        code = shell.value("%service code echo --language js --body $rows")
        assert str(code) == service.client_code("javascript", body=shell.user_ns["rows"])
        assert "<script" not in shell.html(code) and "&quot;Bearer &quot;" in shell.html(code)
        assert Path(code.save()).read_text() == str(code)
        with pytest.raises(UserErrorException, match="did you mean go"):
            shell.run_cell("%service code echo --language goo")
        shell.run_cell("%unload_ext aml_nb")
    capsys.readouterr()
    assert cli.main(["service", "code", "echo", "--language", "curl", "--key"]) == 0
    assert capsys.readouterr().out == service.client_code("curl", key=True)
