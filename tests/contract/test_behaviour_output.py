"""What v1 prints while it deploys, waits and deletes, line by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aml_nb.core.compute import AksCompute, AmlCompute, ComputeTarget
from aml_nb.core.inference import InferenceConfig
from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, AksWebservice, LocalWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import WebserviceException

ECHO = "def init():\n    print('init speaks')\n\ndef run(data):\n    return data\n"


@pytest.fixture
def script(ws: Workspace) -> InferenceConfig:
    Path("score.py").write_text(ECHO)
    return InferenceConfig("score.py")


def test_a_deployment_to_aci(ws: Workspace, script: InferenceConfig, capsys: pytest.CaptureFixture[str]) -> None:
    Path("m.txt").write_text("1")
    model = Model.register(ws, "m.txt", "m")
    assert capsys.readouterr().out == "Registering model m\n"
    configuration = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=1)
    service = Model.deploy(ws, "aci", [model], script, configuration, show_output=True)
    assert capsys.readouterr().out.splitlines() == [
        "Models: ['m']",
        "Compute target: ACI",
        "Entry script: score.py",
        "CPU requirement: 1, Memory requirement: 1GB",
        "Request submitted, please run wait_for_deployment(show_output=True) to get deployment status.",
    ]
    service.wait_for_deployment(True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Tips: You can try get_logs(): ")
    assert re.fullmatch(r"Running\.*", lines[1])
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00 \S", line) for line in lines[2:-2])
    assert lines[-2:] == ["Succeeded", 'ACI service creation operation finished, operation "Succeeded"']
    service.wait_for_deployment()
    assert capsys.readouterr().out == 'ACI service creation operation finished, operation "Succeeded"\n'
    assert service.state == "Healthy" and "init speaks" in service.get_logs()
    with pytest.raises(WebserviceException, match="Long running operation information not known, unable to poll"):
        Webservice(ws, "aci").wait_for_deployment()
    other = Webservice(ws, "aci")
    service.delete()
    assert service.state == "Deleting"
    other.delete()
    assert capsys.readouterr().out.splitlines()[-1] == "No service with name aci found to delete."


def test_an_aks_service(ws: Workspace, script: InferenceConfig, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = ComputeTarget.create(ws, "aks", AksCompute.provisioning_configuration())
    cluster.wait_for_completion(show_output=True)
    assert capsys.readouterr().out == 'SucceededProvisioning operation finished, operation "Succeeded"\n'
    service = Model.deploy(ws, "aks-service", [], script, AksWebservice.deploy_configuration(), cluster)
    service.wait_for_deployment()
    assert capsys.readouterr().out.endswith('AKS service creation operation finished, operation "Succeeded"\n')


def test_a_training_cluster(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = ComputeTarget.create(ws, "cpu", AmlCompute.provisioning_configuration("STANDARD_D2_V2", max_nodes=4))
    cluster.wait_for_completion(show_output=True, min_node_count=None, timeout_in_minutes=20)
    assert capsys.readouterr().out.splitlines() == [
        "Succeeded",
        "AmlCompute wait for completion finished",
        "",
        "Minimum number of nodes requested have been provisioned",
    ]


def test_a_local_service(ws: Workspace, script: InferenceConfig, capsys: pytest.CaptureFixture[str]) -> None:
    Path("m.txt").write_text("1")
    model = Model.register(ws, "m.txt", "m")
    service = Model.deploy(ws, "near", ["score.py", model], script, LocalWebservice.deploy_configuration())
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" to ")[0] for line in lines] == [
        "Registering model m",
        f"Copying local model {Path('score.py').absolute()}",
        "Downloading model m:1",
    ]
    service.wait_for_deployment()
    assert capsys.readouterr().out.splitlines() == [
        "Checking container health...",
        f"Local webservice is running at http://localhost:{service.port}",
    ]
    assert (service.state, service.error, service.compute_type) == ("running", None, "LOCAL")
    assert isinstance(service.get_logs(raw=True), bytes)


def test_a_local_service_whose_init_fails(
    ws: Workspace, script: InferenceConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("score.py").write_text("def init():\n    raise ValueError('no weights')\n\ndef run(data):\n    return data\n")
    service = Model.deploy(ws, "near", [], script, LocalWebservice.deploy_configuration())
    with pytest.raises(WebserviceException, match="init"):
        service.wait_for_deployment(True)
    printed = capsys.readouterr().out
    assert printed.startswith("Checking container health...\n") and "Container Logs:" in printed
    assert "no weights" in printed and service.state == "failed"
    for call in (lambda: service.run("1"), lambda: service.run(input_data="1")):
        with pytest.raises(WebserviceException, match=r"Cannot call run\(\) when service is failed\."):
            call()


def test_an_object_whose_update_another_deployment_put_an_end_to(ws: Workspace, script: InferenceConfig) -> None:
    for deploy_configuration in (LocalWebservice.deploy_configuration, AciWebservice.deploy_configuration):
        first: Webservice = Model.deploy(ws, "twice", [], script, deploy_configuration())
        first.update(inference_config=script)
        if deploy_configuration is AciWebservice.deploy_configuration:
            Webservice(ws, "twice").delete()
        Model.deploy(ws, "twice", [], script, deploy_configuration())
        first.wait_for_deployment()
        assert first.run("1") == "1"


def test_changes_of_a_models_tags(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    Path("m.txt").write_text("1")
    model = Model.register(ws, "m.txt", "m", tags={"k": "old"})
    capsys.readouterr()
    model.add_tags({"k": "new"})
    model.remove_tags(["gone"])
    model.add_properties({"p": "1"})
    assert capsys.readouterr().out.splitlines() == [
        "Replacing tag k -> old with k -> new",
        "Model tag add operation complete.",
        "Tag with key gone not found.",
        "Model tag remove operation complete.",
        "Model properties add operation complete.",
    ]
