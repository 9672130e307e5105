"""What is found out about services that really fail."""

from __future__ import annotations

import json
import os
import signal
import socket
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from aml_nb.core.compute import AksCompute, ComputeTarget
from aml_nb.core.diagnosis import Diagnosis, diagnose
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, AksWebservice, LocalWebservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import WebserviceException
from tests.integration.deploying import BODY, registered, script, until
from tests.loud_shell import loud_shell

LOCAL, ACI, AKS = (
    LocalWebservice.deploy_configuration,
    AciWebservice.deploy_configuration,
    AksWebservice.deploy_configuration,
)
RUN = "\ndef run(data):\n    return data\n"
BROKEN: list[tuple[str, str, int | None, str]] = [
    ("def init():\n    raise ValueError('no limit')\n" + RUN, "init-raised", 2, "no limit"),
    ("def init():\n    limit = = 3\n" + RUN, "syntax-error", 2, "correct the line"),
    (RUN, "no-init", 1, "def init()"),
    ("def init(): pass\n", "no-run", 1, "def run(raw_data)"),
    ("def init(path): pass\n" + RUN, "wrong-signature", 1, "def init()"),
    ("import cv_2\ndef init(): pass\n" + RUN, "missing-module", 1, "cv_2"),
    ("import mine_alone\ndef init(): pass\n" + RUN, "local-module", 1, "source_directory"),
    (
        "import os\ndef init():\n    open(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'model.pkl'))\n" + RUN,
        "model-path",
        3,
        "'greeting.txt'",
    ),
    (
        "from azureml.core.model import Model\ndef init():\n    Model.get_model_path('greetings')\n" + RUN,
        "model-path",
        3,
        "get_model_path('greeting')",
    ),
    ("def init():\n    open('labels.csv')\n" + RUN, "missing-file", 2, "labels.csv"),
    ("def init():\n    raise MemoryError\n" + RUN, "out-of-memory", 2, "free -h"),
    ("import os, signal\ndef init():\n    os.kill(os.getpid(), signal.SIGSEGV)\n" + RUN, "crash", None, "SIGSEGV"),
    ("import os\ndef init():\n    os._exit(9)\n" + RUN, "worker-exited", None, "exit code 9"),
    (
        "import pickle\nclass Thing: pass\ndef init():\n"
        "    pickle.loads(b'\\x80\\x03c__main__\\nOwnClass\\nq\\x00.')\n" + RUN,
        "custom-class",
        4,
        "OwnClass",
    ),
    ("import pickle\ndef init():\n    pickle.loads(b'version https://git-lfs')\n" + RUN, "model-file", 3, "git lfs"),
    ("import pickle\ndef init():\n    pickle.loads(b'\\x80\\x09.')\n" + RUN, "version-conflict", 3, "newer Python"),
]


def check(found: Diagnosis | None, cause: str, line: int | None, says: str) -> Diagnosis:
    assert found is not None
    assert (found.cause, found.where and found.where.line) == (cause, line), found
    assert says in " ".join((found.why, *found.fix)), found
    assert found.azure and found.title
    return found


def test_what_is_wrong_with_a_script_is_named_where_it_is(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [registered(ws)], script("def init(): pass\n" + RUN), LOCAL())
    service.wait_for_deployment()
    assert service.diagnose() is None
    Path("mine_alone.py").write_text("")
    for text, cause, line, says in BROKEN:
        Path("score.py").write_text(text)
        with pytest.raises(WebserviceException) as caught:
            service.reload(wait=True)
        found = check(diagnose(service), cause, line, says)
        assert caught.value.diagnosis == found
        assert found.title in caught.value._text() and found.fix[-1] in caught.value._text()
        if line is not None:
            assert found.where is not None and found.where.path == str(Path("score.py").resolve())
            assert caught.value.source == found.where
        assert "revision 1 goes on serving" in found.why
        assert service.run(BODY) == BODY
    Path("score.py").write_text("def init(): pass\n" + RUN)
    service.reload(wait=True)
    assert service.diagnose() is None


ASKED = """
import json, os, signal

def init():
    model = "loaded"

def run(raw_data):
    data = json.loads(raw_data)["data"]
    if data == "type":
        return {1, 2}
    if data == "global":
        return model
    if data == "shape":
        raise ValueError("X has 2 features, but Tree is expecting 4 features as input.")
    if data == "module":
        import yaml_of_nobody
    if data == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    return data
"""
REQUESTS: list[tuple[str, str, int | None, str]] = [
    ("no json", "bad-json", 8, "json.dumps"),
    ('{"values": 1}', "missing-key", 8, "'data'"),
    ('"{}"', "wrong-body", 8, "json.dumps"),
    ('{"data": "type"}', "result-not-json", None, "sorted(result)"),
    ('{"data": "global"}', "model-not-global", 12, "global model"),
    ('{"data": "shape"}', "wrong-features", 14, "[[0, 0, 0, 0]]"),
    ('{"data": "module"}', "missing-module", 16, "yaml_of_nobody"),
]


def test_the_latest_request_that_failed_is_explained(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    service = Model.deploy(ws, "asked", [], script(ASKED), ACI(auth_enabled=True))
    service.wait_for_deployment()
    for body, cause, line, says in REQUESTS:
        with pytest.raises(WebserviceException):
            service.run(body)
        found = check(service.diagnose(), cause, line, says)
        assert "Response Code: 500" in found.azure and found.evidence
    assert requests.post(service.scoring_uri, BODY, timeout=30).status_code == 401
    check(service.diagnose(), "wrong-key", None, "get_keys")
    with pytest.raises(WebserviceException, match="502"):
        service.run('{"data": "crash"}')
    check(service.diagnose(), "crash", None, "SIGSEGV")

    until(lambda: AciWebservice(ws, "asked").state == "Healthy")
    service.update(models=[], inference_config=script())
    service.wait_for_deployment()
    capsys.readouterr()
    assert service.diagnose() is None
    assert "asked is Healthy" in capsys.readouterr().out


def test_time_limits_tokens_flapping_and_room_on_a_cluster(ws: Workspace) -> None:
    cluster = ComputeTarget.create(ws, "aks-cluster", AksCompute.provisioning_configuration())
    text = "import os, time\ndef init(): pass\ndef run(data):\n    os._exit(7) if data == 'die' else time.sleep(9)\n"
    config = AKS(cpu_cores=0.1, num_replicas=1, scoring_timeout_ms=1000, token_auth_enabled=True, auth_enabled=False)
    service = Model.deploy(ws, "slow", [], script(text), config, cluster)
    service.wait_for_deployment()
    with pytest.raises(WebserviceException):
        service.run("wait")
    found = check(diagnose(service), "run-timeout", None, "scoring_timeout_ms=2000")
    assert "Response Code: 504" in found.azure
    assert requests.post(service.scoring_uri, BODY, timeout=30).status_code == 401
    check(diagnose(service), "wrong-token", None, "get_token")
    for _ in range(4):
        with pytest.raises(WebserviceException, match="502"):
            service.run("die")
    found = check(diagnose(service), "flapping", None, "exit code 7")
    assert "4 workers" in found.why

    large = Model.deploy(ws, "large", [], script(), AKS(cpu_cores=100, num_replicas=1), cluster)
    with pytest.raises(WebserviceException) as caught:
        large.wait_for_deployment()
    found = check(diagnose(large), "unschedulable", None, "Insufficient cpu")
    assert caught.value.diagnosis == found and '"Unschedulable"' in found.azure


def test_a_port_and_a_supervisor_that_is_killed(ws: Workspace) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        service = Model.deploy(ws, "echo", [], script(), LOCAL(port=sock.getsockname()[1]))
        with pytest.raises(WebserviceException) as caught:
            service.wait_for_deployment()
        found = check(service.diagnose(), "port-in-use", None, str(os.getpid()))
    assert caught.value.diagnosis == found
    service.reload(wait=True)
    state = json.loads((ws._folder / "services" / "echo@local" / "state.json").read_text())
    os.kill(state["pid"], signal.SIGKILL)
    until(lambda: LocalWebservice(ws, "echo").state == "failed")
    check(service.diagnose(), "supervisor-gone", None, "service.reload")

    service.reload(wait=True)
    state = json.loads((ws._folder / "services" / "echo@local" / "state.json").read_text())
    os.kill(state["pid"], signal.SIGTERM)
    until(lambda: LocalWebservice(ws, "echo").state == "failed")
    check(service.diagnose(), "stopped", None, "SIGTERM")


HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J"


def test_what_a_hostile_script_says_is_escaped(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    from aml_nb.display.diagnosis import DiagnosisCard

    text = f"def init():\n    raise ValueError({HOSTILE!r})  # {HOSTILE!r}\n{RUN}"
    service = Model.deploy(ws, "hostile", [], script(text), ACI())
    with pytest.raises(WebserviceException):
        service.wait_for_deployment()
    found = diagnose(service)
    assert found is not None and "<img" in found.why and "\x1b" not in str(found) + json.dumps(found.as_data())
    with loud_shell() as shell:
        shell.run_cell("%load_ext aml_nb")
        shell.run_cell("shown = %service diagnose hostile")
        shell.user_ns["found"] = found
        shell.run_cell("bundle = get_ipython().display_formatter.format(found)[0]")
        bundle = shell.user_ns["bundle"]
        assert shell.user_ns["shown"].diagnosis == found and "\x1b" not in repr(shell.user_ns["shown"])
        assert "Azure would have shown" in bundle["text/plain"] and "<img" not in bundle["text/html"]
        shell.run_cell("%unload_ext aml_nb")
    html = DiagnosisCard(found).as_html()
    assert "<img" not in html and "&lt;img" in html and "\x1b" not in html


def test_on_docker(ws: Workspace, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    require("docker")
    monkeypatch.setenv("AML_NB_ENGINE", "docker")
    service: Any = Model.deploy(ws, "boxed", [registered(ws)], script(BROKEN[0][0]), LOCAL())
    with pytest.raises(WebserviceException) as caught:
        service.wait_for_deployment()
    check(service.diagnose(), "init-raised", 2, "no limit")
    assert caught.value.diagnosis is not None
    script(textwrap.dedent(ASKED))
    service.reload(wait=True)
    with pytest.raises(WebserviceException):
        service.run('{"values": 1}')
    check(service.diagnose(), "missing-key", 8, "'data'")
    from tests.integration.docking import container_of

    container_of(service).kill()
    until(lambda: LocalWebservice(ws, "boxed").state == "failed")
    check(service.diagnose(), "killed", None, "service.reload")
