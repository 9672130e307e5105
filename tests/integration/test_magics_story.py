"""The main job in magics: script, register, deploy, call, read the logs, delete. Real services, real kernels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from aml_nb import cli
from aml_nb.core.webservice import AciWebservice, AksWebservice, LocalWebservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import AmlError, UsageError, WebserviceException
from tests.loud_shell import LoudShell, loud_shell

SCRIPT = """import json
import joblib
import numpy as np
from azureml.core.model import Model

def init():
    global model
    model = joblib.load(Model.get_model_path('iris'))

def run(raw_data):
    data = np.array(json.loads(raw_data)['data'])
    print('rows', len(data))
    return model.predict(data).tolist()
"""
ROWS = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import joblib
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    x, y = load_iris(return_X_y=True)
    path = tmp_path_factory.mktemp("model") / "model.pkl"
    joblib.dump(LogisticRegression(max_iter=1000).fit(x, y), path)
    return path


@pytest.fixture
def shell(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoudShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    with loud_shell() as shell:
        shell.run_cell("%load_ext aml_nb")
        yield shell
        shell.run_cell("%unload_ext aml_nb")


@pytest.fixture
def prepared(shell: LoudShell, model_file: Path) -> LoudShell:
    shell.run_cell(f"%register iris {model_file}")
    shell.run_cell(f"%%score_script score.py\n{SCRIPT}")
    return shell


def test_five_magics(shell: LoudShell, model_file: Path) -> None:
    shell.run_cell(f"%register iris {model_file} --tag area=flowers")
    shell.user_ns["payload"] = {"data": np.array(ROWS)}
    sample = shell.value(f"%%score_script score.py --sample $payload\n{SCRIPT}")
    assert sample.value == [0, 2]
    shell.run_cell("svc = %deploy local iris-svc")
    service = shell.user_ns["svc"]
    assert isinstance(service, LocalWebservice)
    assert service.state == "running"
    answer = shell.value("%service run $payload")
    assert (answer.value, answer.status) == ([0, 2], 200)
    assert requests.post(service.scoring_uri, json={"data": ROWS}, timeout=10).json() == [0, 2]
    assert shell.value(f"%%service run iris-svc\n{json.dumps({'data': ROWS}, indent=2)}").value == [0, 2]
    logs = shell.value("%service logs")
    assert "rows 2" in logs
    assert shell.value("%service status $svc").name == "iris-svc"
    assert "Deleted iris-svc" in shell.value("%service delete iris-svc")
    assert len(shell.value("%service list")) == 0
    with pytest.raises(requests.ConnectionError):
        requests.post(service.scoring_uri, json={"data": ROWS}, timeout=5)


def test_a_service_in_its_life(prepared: LoudShell) -> None:
    shell = prepared
    shell.run_cell("%deploy local iris-svc --script score.py")
    card = shell.value("%service status")
    assert (card.name, card.state, card.as_data()["models"]) == ("iris-svc", "running", ["iris:1"])
    table = shell.value("%service list")
    assert [service.name for service in table] == ["iris-svc"]
    assert "iris-svc" in shell.html(table)
    assert "running" in shell.html(table["iris-svc"])
    assert shell.value("%service open").as_data()["score"].endswith("/score")
    with pytest.raises(WebserviceException) as caught:
        shell.run_cell('%service run iris-svc {"dat": []}')
    assert "-->   11" in caught.value._text()
    assert "%service logs iris-svc" in caught.value._text()
    assert "KeyError" in shell.value("%service logs --level ERROR")
    assert "listens on" in shell.value("%service logs")
    assert "listens on" not in shell.value("%service logs --level WARNING")
    assert len(shell.value("%service logs --lines 2")) == 2
    shell.run_cell(f"%%score_script score.py\n{SCRIPT.replace('.tolist()', '.tolist() + [7]')}")
    shell.run_cell("%service reload")
    assert shell.value(f"%service run {json.dumps({'data': ROWS})}").value == [0, 2, 7]
    shell.run_cell(f"%%score_script score.py\n{SCRIPT}")
    shell.run_cell("%service update --model iris:1")
    assert shell.value(f"%service run {json.dumps({'data': ROWS})}").value == [0, 2]
    with pytest.raises(UsageError, match="local service"):
        shell.run_cell("%service keys")
    with pytest.raises(UsageError, match="nothing to change"):
        shell.run_cell("%service update")
    with pytest.raises(WebserviceException, match="did you mean iris-svc"):
        shell.run_cell("%service delete iris-scv")
    assert shell.completions("%service status iris") == ["iris-svc"]


@pytest.mark.usefixtures("engine")
def test_keys_of_an_aci_service(prepared: LoudShell) -> None:
    shell = prepared
    service = shell.value("%deploy aci iris-aci --auth --tag 'k=<script>x</script>'")
    assert isinstance(service, AciWebservice)
    for shown in (service, shell.value("%service status"), shell.value("%service list")):
        assert "<script" not in shell.html(shown)
        assert "&lt;script&gt;x" in shell.html(shown)
    keys = shell.value("%service keys")
    assert tuple(keys) == service.get_keys()
    assert keys.primary not in repr(keys)
    assert keys.primary in repr(shell.value("%service keys --show"))
    assert requests.post(service.scoring_uri, json={"data": ROWS}, timeout=10).status_code == 401
    new = shell.value("%service keys --regenerate primary")
    assert new.primary != keys.primary
    assert new.secondary == keys.secondary
    assert shell.value(f"%service run {json.dumps({'data': ROWS})}").value == [0, 2]
    with pytest.raises(WebserviceException) as caught:
        shell.run_cell("%deploy aci iris-aci")
    assert "--overwrite" in caught.value._text()
    shell.run_cell("%service update iris-aci --app-insights --tag a=b")
    changed = shell.value("%service status").service
    assert (changed.tags, changed.enable_app_insights) == ({"a": "b"}, True)
    shell.run_cell("%deploy aci iris-aci --overwrite --no-auth")
    status = shell.value("%service status")
    assert (status.state, dict(status.rows)["authentication"]) == ("Healthy", "none")
    assert requests.post(status.service.scoring_uri, json={"data": ROWS}, timeout=10).json() == [0, 2]


def test_an_aks_service_and_its_cluster(prepared: LoudShell) -> None:
    shell = prepared
    with pytest.raises(UsageError, match="no AKS cluster") as caught:
        shell.run_cell("%deploy aks iris-aks")
    assert "--create-compute" in str(caught.value.hint)
    service = shell.value("%deploy aks iris-aks --replicas 1 --compute-target cluster --create-compute")
    assert isinstance(service, AksWebservice)
    assert shell.value(f"%service run {json.dumps({'data': ROWS})}").value == [0, 2]
    assert shell.completions("%deploy aks x --compute-target ") == ["cluster"]


def test_a_script_that_fails_in_init_fails_the_cell_and_names_the_line(prepared: LoudShell) -> None:
    shell = prepared
    shell.run_cell(f"%%score_script bad.py\n{SCRIPT.replace('global model', '1 / 0')}")
    with pytest.raises(AmlError) as caught:
        shell.run_cell("%deploy local iris-svc --script bad.py")
    assert "ZeroDivisionError" in caught.value._text()
    assert "-->    7     1 / 0" in caught.value._text()
    assert "ZeroDivisionError" in shell.value("%service logs")
    status = shell.value("%service status")
    assert (status.state, "ZeroDivisionError" in repr(status)) == ("failed", True)


def test_helpers_beside_the_script_go_along(prepared: LoudShell) -> None:
    shell = prepared
    Path("service").mkdir()
    Path("service/helper_xyz.py").write_text("def double(x):\n    return 2 * x\n")
    script = "from helper_xyz import double\ndef init(): pass\ndef run(data): return double(len(data))\n"
    shell.run_cell(f"%%score_script service/score.py\n{script}")
    shell.run_cell("%deploy local helped --script service/score.py --model iris")
    assert shell.value("%service run [1]").value == 6
    Path("helper_xyz.py").write_text("def double(x): return x")
    shell.run_cell(f"%%score_script here.py\n{script}")
    with pytest.raises(UsageError, match="would stay behind"):
        shell.run_cell("%deploy local helped --script here.py --model iris")


def test_the_same_in_a_terminal(ws: Workspace, model_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("score.py").write_text(SCRIPT)
    Path("request.json").write_text(json.dumps({"data": ROWS}))

    def run(*words: str) -> int:
        return cli.main([*words, "--workspace", "test-ws"])

    def data(*words: str) -> Any:
        capsys.readouterr()
        assert run(*words, "--json") == 0
        return json.loads(capsys.readouterr().out)

    assert run("register", "iris", str(model_file)) == 0
    assert data("deploy", "local", "iris-svc", "--script", "score.py")["state"] == "running"
    assert data("service", "run", "@request.json")["value"] == [0, 2]
    assert data("service", "list")[0]["models"] == ["iris:1"]
    assert any("rows 2" in line for line in data("service", "logs")["lines"])
    assert run("service", "run", "iris-svc", "{}") == 1
    assert "aml-nb service logs iris-svc" in capsys.readouterr().err
    assert run("service", "delete", "iris-svc") == 0
    assert data("service", "list") == []


CELLS = """
import sys
from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="python3")
try:
    def run(code):
        reply = client.execute_interactive(code, timeout=60, store_history=False, output_hook=lambda m: None)
        return reply["content"]["status"]
    def complete(code):
        return client.complete(code, reply=True, timeout=60)["content"]["matches"]
    assert run("%load_ext aml_nb") == "ok"
    assert complete("%deploy ") == ["local", "aci", "aks"], complete("%deploy ")
    assert complete("svc = %deploy local x --compute") == ["--compute-target"]
    assert complete("import json\\n%service st") == ["status"]
    text = client.inspect("%deploy", reply=True, timeout=60)["content"]["data"]["text/plain"]
    assert "--compute-target" in text
    assert run("%service status nothing") == "error"
    assert run("import azureml.core") == "ok"
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
"""


def test_a_real_kernel_completes_and_documents(home: Path, tmp_path: Path) -> None:
    root = str(Path(cli.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": root, "IPYTHONDIR": str(tmp_path / "ipython")}
    environment["JUPYTER_RUNTIME_DIR"] = str(tmp_path / "runtime")
    done = subprocess.run(
        [sys.executable, "-c", CELLS], env=environment, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_defaults_stand_in_for_options(prepared: LoudShell) -> None:
    shell = prepared
    shell.run_cell("%aml set script score.py")
    shell.run_cell("%aml set auth on")
    shell.run_cell("%aml set cpu 0.5")
    shell.run_cell("%unload_ext aml_nb")
    shell.run_cell("%load_ext aml_nb")
    service = shell.value("%deploy aci iris-aci")
    assert (service.auth_enabled, service.container_resource_requirements.cpu) == (True, 0.5)
    assert shell.value("%deploy local iris-svc").state == "running"
