"""Client code in every language, run against a service that asks for a key."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
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
from tests import certificates
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
    environment = quiet(folder) | ({} if key is None else {"AML_SERVICE_KEY": key})
    for command in RUN[language]:
        program = shutil.which(command[0])
        assert program is not None
        done = subprocess.run(
            [program, *command[1:]], cwd=folder, env=environment, capture_output=True, text=True, timeout=100
        )
        if done.returncode:
            break
    return done


def quiet(folder: Path) -> dict[str, str]:
    """The environment of a client: no proxy, no bundle of certificates of this machine's, and its own caches."""
    ours = ("_proxy", "_ca_bundle", "ssl_cert_file", "_ca_certs")
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith(ours)}
    return kept | {"NO_PROXY": "*", "GOCACHE": str(folder.parent / "go-build"), "HOME": str(folder)}


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


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AciWebservice, Path]]:
    """A service that speaks TLS with a certificate of its own making for this machine."""
    place, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("notebooks")
    files = certificates.make(folder, "own", "localhost")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AML_NB_HOME", str(place))
        patch.chdir(folder)
        ws = Workspace.create("encrypted", show_output=False)
        config = AciWebservice.deploy_configuration(
            ssl_enabled=True, ssl_cert_pem_file=files.certificate, ssl_key_pem_file=files.key,
            ssl_cname=files.cname, auth_enabled=True,
        )  # fmt: skip
        made: AciWebservice = Model.deploy(ws, "secret", [], script(SCHEMA), config)
        made.wait_for_deployment()
        yield made, Path(files.certificate)
        ws.delete()


@pytest.mark.slow
@pytest.mark.usefixtures("needed")
@pytest.mark.parametrize("language", [name for name in RUN if name != "csharp"])
def test_what_the_comment_says_lets_a_client_trust_a_certificate_of_ones_own(
    language: str, encrypted: tuple[AciWebservice, Path], tmp_path: Path
) -> None:
    service, certificate = encrypted
    text = service.client_code(language)
    assert "5.1, 3.5" in text  # the description is fetched over TLS too
    (tmp_path / "service.pem").write_bytes(certificate.read_bytes())
    (tmp_path / text.file).write_text(text)
    typed = [line.lstrip("#/ ") for line in text.splitlines() if re.match(r"(#|//)     [a-z]", line)]
    typed = [line.replace("'...'", service.get_keys()[0]).partition("    #")[0] for line in typed]
    typed = [line.replace("pip install requests && python", shlex.quote(sys.executable)) for line in typed]
    environment = quiet(tmp_path)
    done = subprocess.run(
        ["sh", "-ec", "\n".join(typed)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100
    )
    assert (done.returncode, json.loads(done.stdout or "null")) == (0, pytest.approx(8.6)), done.stderr
    without = [line for line in typed if "service.pem" not in line and "trustStore" not in line]
    refused = subprocess.run(["sh", "-ec", "\n".join(without)], cwd=tmp_path, env=environment, capture_output=True)
    assert refused.returncode != 0


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
