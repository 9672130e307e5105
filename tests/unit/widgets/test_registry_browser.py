"""The registry's panel: ten thousand models, hostile names, versions, and what is unregistered."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from aml_nb.core.model import Model
from aml_nb.core.store import tables
from aml_nb.core.webservice import services
from aml_nb.core.workspace import Workspace
from aml_nb.display import registry
from aml_nb.errors import StoreError, UserErrorException
from aml_nb.widgets import RegistryBrowser
from aml_nb.widgets.panel import VIEW

BAD = "<script>alert(1)</script>"


def register(ws: Workspace, name: str, text: str = "x", **more: Any) -> Model:
    path = Path(f"{name}.txt")
    path.write_text(text)
    return Model.register(ws, str(path), name, **more)


@pytest.fixture
def browser(ws: Workspace) -> RegistryBrowser:
    register(ws, "iris", tags={"area": BAD}, description=f"of {BAD}", model_framework="ScikitLearn")
    register(ws, "iris", "more of it")
    register(ws, "wine", tags={"area": "drinks"})
    return RegistryBrowser(ws)


def panel_of(browser: RegistryBrowser) -> Any:
    assert browser.widget is browser._now().panel().box  # type: ignore[union-attr]
    return browser._now().panel()


def test_what_is_looked_for_and_chosen_are_synced_traits(browser: RegistryBrowser) -> None:
    box = browser.widget
    for name in ("search", "page", "pages", "total", "selected"):
        assert box.trait_metadata(name, "sync"), name
        assert name in box.get_state()
    assert (box.total, box.pages, box.selected) == (2, 1, "wine:1")
    box.search = "SCRIPT"
    assert (box.total, box.selected) == (0, "wine:1"), "the newest version of iris says nothing of it"
    box.search = "iris"
    panel = panel_of(browser)
    assert [label for label, _ in panel.names.options] == ["iris  v2 (2 versions)"]
    panel.names.value = "iris"
    assert box.selected == "iris:2"
    panel.model.version.value = 1
    assert box.selected == "iris:1"


def test_hostile_words_are_text(browser: RegistryBrowser) -> None:
    panel = panel_of(browser)
    panel.names.value = "iris"
    panel.model.version.value = 1
    page = panel.model.page.value
    assert BAD not in page and page.count("&lt;script&gt;") == 2
    bundle = RegistryBrowser(browser.workspace, BAD).widget._repr_mimebundle_()
    assert {VIEW, "text/html", "text/plain"} <= bundle.keys()
    assert BAD not in bundle["text/html"] + RegistryBrowser(browser.workspace)._repr_html_()


def test_the_code_that_deploys_a_model_is_shown_and_hidden(browser: RegistryBrowser) -> None:
    panel = panel_of(browser)
    panel.model.deploy.click()
    assert "%deploy local wine-service --model wine:1 --script score.py" in panel.model.code.value
    panel.model.deploy.click()
    assert panel.model.code.value == ""


@pytest.mark.parametrize(
    ("model", "service"),
    [
        ("Iris_Model.2", "iris-model-2-service"),
        ("9", "model-9-service"),
        ("a" * 60, "a" * 32),
    ],
)
def test_services_get_names_that_they_may_have(model: str, service: str) -> None:
    from aml_nb.core import names

    assert registry.service_name(model) == service
    assert names.check("webservice", service) == service


def test_a_version_goes_after_a_question_and_its_neighbour_is_shown(browser: RegistryBrowser) -> None:
    panel = panel_of(browser)
    panel.names.value = "iris"
    panel.model.unregister.click()
    assert "Unregister iris version 2?" in panel.question._words.value
    panel.question._yes.click()
    panel.worker.join(20)
    assert [model.id for model in Model.list(browser.workspace)] == ["wine:1", "iris:1"]
    end = time.monotonic() + 60
    while panel.box.selected != "iris:1":
        assert time.monotonic() < end
        time.sleep(0.01)
    assert "iris version 2 is unregistered" in panel.worker.said.value


def test_one_that_a_service_has_stays_and_it_is_said(browser: RegistryBrowser) -> None:
    record = {"name": "flowers", "computeType": "ACI", "modelIds": ["iris:2"]}
    services.records(browser.workspace).put("flowers", record)
    panel = panel_of(browser)
    panel.names.value = "iris"
    assert "flowers" in panel.model.page.value
    panel.model.unregister.click()
    panel.question._yes.click()
    panel.worker.join(20)
    end = time.monotonic() + 60
    while "used by the web service flowers" not in panel.worker.said.value:
        assert time.monotonic() < end
        time.sleep(0.01)
    services.records(browser.workspace).delete("flowers")


def test_models_that_come_are_seen_and_the_choice_stays(browser: RegistryBrowser) -> None:
    panel = panel_of(browser)
    facts = panel._facts
    assert facts.refresh() == set()
    register(browser.workspace, "churn")
    panel.update(facts.refresh())
    assert [name for _, name in panel.names.options] == ["churn", "wine", "iris"]
    assert panel.names.value == "wine" and panel.box.selected == "wine:1"
    Model(browser.workspace, "wine").delete()
    panel.update(facts.refresh())
    assert panel.model.box.children == () and "wine" not in dict(panel.names.options).values()


def test_ten_thousand_models_are_paged_and_searched(ws: Workspace) -> None:
    told = {"version": 1, "created": 1, "tags": "{}", "properties": "{}"}
    payloads = [json.dumps({"description": f"of area {number}"}) for number in range(7)]
    rows = [
        {**told, "workspace": ws._store.workspace, "name": f"model-{n:05d}", "payload": payloads[n % 7]}
        for n in range(10_000)
    ]
    with ws._store.write() as connection:
        connection.execute(sa.insert(tables.models), rows)
    browser = RegistryBrowser(ws)
    panel = panel_of(browser)
    box = browser.widget
    assert (box.total, box.pages, len(panel.names.options)) == (10_000, 200, registry.PAGE)
    assert panel.count.value == "1 to 50 of 10,000 models" and panel.back.disabled
    panel.on.click()
    assert (box.page, panel.count.value) == (1, "51 to 100 of 10,000 models")
    box.page = 10**6
    assert box.page == 199 and panel.on.disabled
    box.search = "0999 area"
    assert (box.page, box.total) == (0, 11), "a search begins at its first page"
    assert len(browser._repr_html_()) < 20_000
    browser.close()


def test_only_workspaces_are_browsed(ws: Workspace) -> None:
    with pytest.raises(UserErrorException, match="not str"):
        RegistryBrowser("ws")
    assert "no model is registered. Try: %register" in repr(RegistryBrowser(ws))


def test_a_workspace_that_is_deleted_meanwhile_is_said(browser: RegistryBrowser) -> None:
    facts = panel_of(browser)._facts
    shutil.rmtree(browser.workspace._folder)
    with pytest.raises(StoreError, match="was deleted meanwhile"):
        facts.refresh()
