"""AciWebservice: states and printed lines, keys, tags, listing, serialising."""

from __future__ import annotations

import json
import re

import pytest
import requests

from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, AksWebservice, LocalWebservice, Webservice
from aml_nb.core.workspace import Workspace
from aml_nb.errors import NotAvailableError, UserErrorException, WebserviceException
from tests.integration.deploying import BODY, registered, script, version

ACI = AciWebservice.deploy_configuration


def deployed(ws: Workspace, name: str = "echo-aci", **options: object) -> AciWebservice:
    service: AciWebservice = Model.deploy(ws, name, [registered(ws)], script(), ACI(**options))  # type: ignore[arg-type]
    service.wait_for_deployment()
    return service


def test_waiting_prints_what_v1_prints(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    service = Model.deploy(ws, "echo-aci", [], script(), ACI(cpu_cores=1, memory_gb=1))
    assert service.state == "Transitioning"
    capsys.readouterr()

    service.wait_for_deployment(show_output=True)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Tips: You can try get_logs(): ")
    assert lines[1] == "Running"
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d \w", line) for line in lines[2:-2])
    assert lines[-2:] == ["Succeeded", 'ACI service creation operation finished, operation "Succeeded"']
    assert service.state == "Healthy"


def test_the_last_line_is_printed_without_being_asked_for(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    service = Model.deploy(ws, "echo-aci", [], script(), ACI())
    capsys.readouterr()
    service.wait_for_deployment()
    assert capsys.readouterr().out == 'ACI service creation operation finished, operation "Succeeded"\n'


def test_what_the_engine_cannot_enforce_is_told(ws: Workspace) -> None:
    service = deployed(ws, cpu_cores=2, memory_gb=3)
    assert "cpu 2 and memory 3 GB noted, not enforced" in service.get_logs(init=True)


def test_without_configuration_and_target_it_is_aci_without_keys(ws: Workspace) -> None:
    service = Model.deploy(ws, "plain", [], script())
    service.wait_for_deployment()
    assert (service.compute_type, service.auth_enabled) == ("ACI", False)
    assert requests.post(service.scoring_uri, BODY, timeout=10).status_code == 200


def test_a_service_with_keys_answers_those_who_have_one(ws: Workspace) -> None:
    service = deployed(ws, auth_enabled=True, primary_key="chosen-primary-key")
    primary, secondary = service.get_keys()
    assert primary == "chosen-primary-key"
    assert re.fullmatch("[A-Za-z0-9]{32}", secondary)

    def ask(key: str) -> int:
        return requests.post(
            service.scoring_uri, BODY, headers={"Authorization": f"Bearer {key}"}, timeout=10
        ).status_code

    assert (ask(primary), ask(secondary), ask("wrong")) == (200, 200, 401)
    assert requests.post(service.scoring_uri, BODY, timeout=10).status_code == 401
    assert service.run(BODY)["data"] == [1, 2]


def test_a_new_key_is_in_force_at_once(ws: Workspace) -> None:
    service = deployed(ws, auth_enabled=True)
    other = Webservice(ws, service.name)
    assert other.run(BODY)["version"] == 1
    old = service.get_keys()

    service.regen_key("PRIMARY")
    service.regen_key("secondary", set_key="my-own")

    primary, secondary = service.get_keys()
    assert primary not in old and secondary == "my-own"
    assert other.run(BODY)["version"] == 1  # after a 401 it takes the new key
    with pytest.raises(WebserviceException, match="'Primary' or 'Secondary'"):
        service.regen_key("tertiary")


def test_keys_are_for_their_owner_alone(ws: Workspace) -> None:
    service = deployed(ws, auth_enabled=True)
    files = list((ws._folder / "services").rglob("keys.json"))
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600]
    assert not any(key in repr(service) + json.dumps(service.serialize()) for key in service.get_keys())


def test_a_deleted_service_has_no_logs(ws: Workspace) -> None:
    service = deployed(ws)
    other = Webservice(ws, service.name)
    service.delete()
    with pytest.raises(WebserviceException, match="WebserviceNotFound"):
        other.get_logs()


def test_tokens_are_for_aks(ws: Workspace) -> None:
    with pytest.raises(NotImplementedError):
        deployed(ws).get_token()


def test_tags_and_properties(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    service = deployed(ws, tags={"area": "iris"}, properties={"by": "test"}, description="says it again")
    capsys.readouterr()

    service.add_tags({"area": "digits", "new": "yes"})
    service.remove_tags(["new", "missing"])
    service.add_properties({"more": "of it"})

    said = capsys.readouterr().out
    assert "Replacing tag area -> iris with area -> digits\n" in said
    assert "Tag with key missing not found.\n" in said
    found = Webservice(ws, service.name)
    assert found.tags == {"area": "digits"}
    assert found.properties == {"by": "test", "more": "of it"}
    assert found.description == "says it again"
    with pytest.raises(WebserviceException, match="immutable"):
        service.add_properties({"by": "another"})


def test_lists_are_filtered(ws: Workspace) -> None:
    deployed(ws, "first", tags={"area": "iris", "stage": "test"})
    Model.deploy(ws, "second", [], script(), ACI(tags={"area": "digits"}))
    Model.deploy(ws, "third", [], script(), LocalWebservice.deploy_configuration())

    def names(**by: object) -> list[str]:
        return [service.name for service in Webservice.list(ws, **by)]

    assert names() == ["first", "second"]
    assert names(compute_type="aci") == ["first", "second"]
    assert names(compute_type="AKS") == []
    assert names(model_name="greeting") == ["first"]
    assert names(model_id="greeting:1") == ["first"]
    assert names(model_id="greeting:2") == []
    assert names(tags=["area", ["stage", "test"]]) == ["first"]
    assert names(tags=[["area", "digits"]]) == ["second"]
    assert list(AciWebservice.list(ws))[0].name == "first"
    with pytest.raises(WebserviceException, match="Invalid compute type"):
        names(compute_type="LOCAL")


def test_a_fetched_service_knows_of_no_operation(ws: Workspace) -> None:
    deployed(ws)
    with pytest.raises(WebserviceException, match="Long running operation information not known, unable to poll"):
        Webservice(ws, "echo-aci").wait_for_deployment()


def test_getters_know_their_class(ws: Workspace) -> None:
    deployed(ws)
    assert type(Webservice(ws, "echo-aci")) is AciWebservice
    assert type(Webservice(workspace=ws, name="echo-aci")) is AciWebservice
    assert type(ws.webservices["echo-aci"]) is AciWebservice
    with pytest.raises(WebserviceException, match="of type ACI, not AKS"):
        AksWebservice(ws, "echo-aci")


def test_what_is_serialized_comes_back(ws: Workspace) -> None:
    service = deployed(ws, cpu_cores=1, tags={"area": "iris"})
    data = json.loads(json.dumps(service.serialize()))
    assert (data["containerResourceRequirements"]["cpu"], data["location"]) == (1, ws.location)
    assert (data["workspaceName"], data["modelDetails"]) == (
        ws.name,
        [model.serialize() for model in service.models] or None,
    )
    assert (data["environmentDetails"], data["imageDetails"]) == (data["environment"], None)
    assert AciWebservice.deserialize(ws, data).scoring_uri == service.scoring_uri
    with pytest.raises(WebserviceException, match="Invalid payload"):
        Webservice.deserialize(ws, {"name": "echo-aci"})


def test_overwrite_replaces_and_keeps_the_keys(ws: Workspace) -> None:
    first = deployed(ws, auth_enabled=True)
    second = Model.deploy(ws, first.name, [], version(2), ACI(auth_enabled=True), overwrite=True)
    second.wait_for_deployment()
    assert second.run(BODY)["version"] == 2
    assert second.get_keys() == first.get_keys()


def test_an_updated_script_that_answers_keeps_address_and_port(ws: Workspace) -> None:
    service = deployed(ws)
    uri = service.scoring_uri
    service.update(models=[registered(ws, text="second")], inference_config=version(2))
    service.wait_for_deployment()
    assert (service.run(BODY)["version"], service.scoring_uri) == (2, uri)
    assert [model.id for model in Webservice(ws, service.name).models] == ["greeting:2"]


def test_turning_keys_on_in_a_running_service(ws: Workspace) -> None:
    service = deployed(ws)
    service.update(auth_enabled=True, tags={"now": "safe"}, enable_app_insights=True)
    service.wait_for_deployment()
    assert requests.post(service.scoring_uri, BODY, timeout=10).status_code == 401
    assert service.run(BODY)["version"] == 1
    assert (service.tags, service.enable_app_insights) == ({"now": "safe"}, True)


def test_a_model_in_use_is_not_deleted(ws: Workspace) -> None:
    service = deployed(ws)
    with pytest.raises(WebserviceException):
        Model(ws, "greeting").delete()
    service.delete()
    Model(ws, "greeting").delete()


def test_deleting_twice_is_told(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    service = deployed(ws)
    service.delete()
    capsys.readouterr()
    service.delete()
    assert capsys.readouterr().out == "No service with name echo-aci found to delete.\n"


def test_show_output_prints_the_configuration(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    Model.deploy(ws, "shown", [registered(ws)], script(), ACI(cpu_cores=1, memory_gb=1), show_output=True)
    said = capsys.readouterr().out
    assert "Models: ['greeting']\n" in said
    assert "Entry script: score.py\n" in said
    assert "CPU requirement: 1, Memory requirement: 1GB\n" in said
    assert "Request submitted, please run wait_for_deployment(show_output=True) to get deployment status.\n" in said


def test_no_script_is_needed_only_where_the_framework_has_one(ws: Workspace) -> None:
    with pytest.raises(UserErrorException, match="inference_config"):
        Model.deploy(ws, "no-script", [registered(ws)])
    model = Model.register(ws, "greeting.txt", "flow", model_framework=Model.Framework.TENSORFLOW)
    with pytest.raises(NotAvailableError, match="No-code"):
        Model.deploy(ws, "no-script", [model])
