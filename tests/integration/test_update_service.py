"""Updates of running services: no request is lost, and a bad one changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, LocalWebservice, Webservice, services
from aml_nb.core.workspace import Workspace
from aml_nb.engines.process import ProcessEngine
from aml_nb.errors import WebserviceException
from tests.integration.deploying import BODY, Load, registered, script, until, version

ACI, LOCAL = AciWebservice.deploy_configuration, LocalWebservice.deploy_configuration
BAD = "def init():\n    raise RuntimeError('not this one')\ndef run(data):\n    return data\n"


def test_no_request_is_lost_across_updates(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [registered(ws)], version(1))
    service.wait_for_deployment()

    with Load(service.scoring_uri) as load:
        for number in (2, 3):
            service.update(models=[registered(ws, text=str(number))], inference_config=version(number))
            service.wait_for_deployment()
            assert service.run(BODY)["version"] == number
        seen = len(load.answers)
        until(lambda: len(load.answers) > seen + 20)

    assert load.failures == []
    assert {answer["version"] for answer in load.answers} == {1, 2, 3}
    assert load.answers[-1]["version"] == 3


def test_a_bad_update_leaves_the_old_version_serving(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [registered(ws)], version(1))
    service.wait_for_deployment()
    second = registered(ws, text="second")

    with Load(service.scoring_uri) as load:
        service.update(models=[second], inference_config=script(BAD, "bad.py"))
        with pytest.raises(WebserviceException, match="not this one") as caught:
            service.wait_for_deployment()

    assert caught.value.source is not None
    assert (caught.value.source.path, caught.value.source.line) == (str(Path("bad.py").absolute()), 2)
    assert load.failures == []
    assert {answer["version"] for answer in load.answers} == {1}
    found = Webservice(ws, "echo")
    assert (found.state, [model.id for model in found.models]) == ("Healthy", ["greeting:1"])
    second.delete()  # nothing uses it


@pytest.mark.usefixtures("engine")
def test_after_a_bad_update_a_good_one_goes_through(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], version(1))
    service.wait_for_deployment()
    for number in range(2):
        service.update(models=[], inference_config=script(BAD, f"bad{number}.py"))
        with pytest.raises(WebserviceException):
            service.wait_for_deployment()

    service.update(enable_app_insights=True)
    service.wait_for_deployment()
    assert service.run(BODY)["version"] == 1

    service.update(models=[], inference_config=version(4))
    service.wait_for_deployment()
    assert service.run(BODY)["version"] == 4


def test_after_an_update_that_never_reached_its_engine_another_goes_through(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Model.deploy(ws, "echo", [], version(1))
    service.wait_for_deployment()

    def fail(*_: object) -> None:
        raise WebserviceException("its image cannot be built")

    with monkeypatch.context() as patched:
        patched.setattr(ProcessEngine, "update", fail)
        with pytest.raises(WebserviceException, match="cannot be built"):
            service.update(models=[], inference_config=version(2))
    service.update(tags={"after": "all"})
    service.wait_for_deployment(timeout_sec=30)

    assert (service.tags, service.run(BODY)["version"]) == ({"after": "all"}, 1)


def test_a_reload_of_a_bad_script_names_the_line_and_goes_on_with_the_old_one(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], version(1), LOCAL())
    service.wait_for_deployment()
    Path("score.py").write_text(BAD)

    service.reload()
    with pytest.raises(WebserviceException, match="not this one"):
        service.run(BODY)

    assert LocalWebservice(ws, "echo").run(BODY)["version"] == 1
    version(2)
    service.reload(wait=True)
    assert service.run(BODY)["version"] == 2


def test_old_revisions_are_cleared_away(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [registered(ws)], version(1))
    service.wait_for_deployment()
    for number in range(2, 6):
        service.update(models=[Model(ws, "greeting")], inference_config=version(number))
        service.wait_for_deployment()
    kept = list((ws._folder / "services" / "echo" / "revisions").iterdir())
    assert len(kept) <= 3


def test_two_updates_in_a_row_end_with_the_second(ws: Workspace) -> None:
    service = Model.deploy(ws, "echo", [], version(1))
    service.wait_for_deployment()
    service.update(models=[], inference_config=version(2))
    service.update(models=[], inference_config=version(3))
    service.wait_for_deployment()
    assert service.run(BODY)["version"] == 3


def test_an_update_while_the_first_version_is_starting(ws: Workspace) -> None:
    slow = "import time\ndef init():\n    time.sleep(1)\ndef run(data):\n    return {'version': 1}\n"
    service = Model.deploy(ws, "echo", [], script(slow, "slow.py"))
    service.update(models=[], inference_config=version(2))
    service.wait_for_deployment()
    until(lambda: service.run(BODY)["version"] == 2)


@pytest.mark.parametrize("bad", [False, True])
def test_tags_given_during_an_update_outlive_it(ws: Workspace, bad: bool) -> None:
    service = Model.deploy(ws, "echo", [], version(1))
    service.wait_for_deployment()
    service.update(models=[], inference_config=script(BAD, "bad.py") if bad else version(2))
    service.update(tags={"area": "iris"}, properties={"by": "test"})
    service.add_tags({"new": "yes"})
    service.remove_tags(["area"])
    service.add_properties({"more": "of it"})
    until(lambda: services.settle(ws, service._record)[0].get("pending") is None)
    found = Webservice(ws, "echo")
    assert found.tags == {"new": "yes"}
    assert found.properties == {"by": "test", "more": "of it"}
