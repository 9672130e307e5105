"""The side panel through what happens to it: other workspaces, reloads, restarts, hostile words, both themes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.ui import panel as told
from tests.ui.jupyterlab import JupyterLab
from tests.ui.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

pytestmark = pytest.mark.timeout(240)

HOSTILE = "<img src=x onerror=window.hurt=1>"

OF_HOSTILE_WORDS = f"""
from aml_nb import Model, Workspace

ws = Workspace.get("lesson")
Model.register(ws, "names.txt", "hostile", tags={{"a": {HOSTILE!r}}}, description={HOSTILE!r})
"""

SERVICE = told.DEPLOY.format(
    kind="AciWebservice",
    script=told.SCRIPT.format(model="flowers") + f"    # {HOSTILE}\n",
    workspace="lesson",
    name="flower-names",
    model="flowers",
    arguments="",
)

SECOND = f"""
import time
{SERVICE.replace("flower-names", "second-names").replace("service.wait_for_deployment()", "")}
while service.state != "Healthy":
    time.sleep(0.002)
    service.update_deployment_state()
print(time.time() * 1000)
"""


@pytest.fixture(scope="module")
def lesson(lab: JupyterLab) -> Iterator[JupyterLab]:
    """Two workspaces, the first with a service that answers."""
    lab.run(told.REGISTER.format(workspace="lesson", model="flowers"))
    lab.run(told.REGISTER.format(workspace="other", model="trees"))
    lab.run(SERVICE)
    yield lab
    for name in ("lesson", "other"):
        lab.run(told.DELETE.format(workspace=name))


def test_two_workspaces_and_what_is_searched_for(page: Page, lesson: JupyterLab) -> None:
    from playwright.sync_api import expect

    panel = Panel(page, lesson).open("lesson")
    expect(panel.row("flower-names", "Healthy")).to_be_visible()
    page.get_by_role("combobox", name="Workspace").select_option(label="other")
    expect(panel.row("trees")).to_be_visible()
    expect(panel.row("flower-names")).to_have_count(0)
    page.get_by_role("combobox", name="Workspace").select_option(label="lesson")
    page.get_by_role("searchbox").fill("healthy")
    expect(panel.row("flower-names")).to_be_visible()
    expect(panel.row("flowers")).to_have_count(0)
    page.get_by_role("searchbox").fill("")

    # By the keyboard alone: to the first row, into its view.
    panel.tree.focus()
    for key in ("Home", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(panel.main("flowers")).to_be_visible()


def _saves_the_view(response: Response) -> bool:
    """Whether JupyterLab has saved a layout with the service's view in it."""
    sent = response.request
    return sent.method == "PUT" and "/api/workspaces/" in sent.url and "flower-names" in (sent.post_data or "")


def test_views_come_back_when_the_page_is_loaded_again(page: Page, lesson: JupyterLab) -> None:
    from playwright.sync_api import expect

    panel = Panel(page, lesson).open("lesson")
    with page.expect_response(_saves_the_view, timeout=60_000):  # a second after the layout changed
        expect(panel.view("flower-names").get_by_text("Healthy").first).to_be_visible()
    panel.load(lesson.url())
    expect(panel.main("flower-names").get_by_text("Healthy").first).to_be_visible()
    expect(panel.tree).to_be_visible()


def test_words_of_others_are_shown_as_words(page: Page, lesson: JupyterLab) -> None:
    from playwright.sync_api import expect

    lesson.run(OF_HOSTILE_WORDS)
    panel = Panel(page, lesson).open("lesson")
    view = panel.view("hostile")
    expect(view.get_by_text(HOSTILE).first).to_be_visible()
    service = panel.view("flower-names")
    test = panel.tab(service, "Test")
    test.get_by_label("Body of the request").fill(f'{{"{HOSTILE}": 1}}')
    test.get_by_role("button", name="Send").click()
    expect(test.get_by_text(re.compile("50[02]|400")).first).to_be_visible()
    expect(panel.tab(service, "Log").get_by_text("KeyError").first).to_be_visible()
    assert page.evaluate("window.hurt") is None


def test_the_server_is_restarted_and_a_workspace_deleted_under_the_panel(page: Page, lesson: JupyterLab) -> None:
    from playwright.sync_api import expect

    lesson.run(told.REGISTER.format(workspace="brief", model="grass"))
    panel = Panel(page, lesson).open("brief")
    expect(panel.row("grass")).to_be_visible()
    lesson.stop()
    expect(page.get_by_text("The server does not answer")).to_be_visible(timeout=40_000)
    lesson.start()
    expect(page.get_by_text("The server does not answer")).to_have_count(0, timeout=60_000)
    expect(panel.row("grass")).to_be_visible()
    lesson.run(told.DELETE.format(workspace="brief"))
    expect(page.get_by_role("alert").filter(has_text="brief")).to_be_visible(timeout=20_000)
    page.get_by_role("combobox", name="Workspace").select_option(label="other")
    expect(panel.row("trees")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="brief")).to_have_count(0)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_nobody_is_shut_out(page: Page, lesson: JupyterLab, theme: str) -> None:
    """Axe finds no serious fault in the panel and the views, in either theme."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import expect

    panel = Panel(page, lesson).open("lesson")
    page.evaluate("theme => { window.jupyterapp.commands.execute('apputils:change-theme', {theme}); }", theme)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", theme)
    view = panel.view("flower-names")
    ours = [["#aml-nb-panel"], [".aml-DetailHost"]]
    for tab in ("Overview", "Test", "Log", "Metrics", "Client code"):
        panel.tab(view, tab)
        _no_serious_fault(Axe().run(page, context={"include": ours}).response, f"{theme}, {tab}")
    panel.view("flowers")
    _no_serious_fault(Axe().run(page, context={"include": ours}).response, f"{theme}, model")


def test_a_change_is_seen_at_once(page: Page, lesson: JupyterLab) -> None:
    """From the moment another process has a service at Healthy to its badge: printed, for machines differ."""
    from playwright.sync_api import expect

    panel = Panel(page, lesson).open("lesson")
    expect(panel.row("flower-names", "Healthy")).to_be_visible()
    page.evaluate("""() => {
        const box = document.querySelector('#aml-nb-panel');
        new MutationObserver(() => {
            const row = box.querySelector('[data-aml-id^="second-names"]');
            if (!window.seen && row?.ariaLabel.includes('Healthy')) window.seen = Date.now();
        }).observe(box, {childList: true, subtree: true, attributes: true});
    }""")
    healthy = float(lesson.run(SECOND).split()[-1])
    expect(panel.row("second-names", "Healthy")).to_be_visible()
    print(f"from Healthy to its badge: {page.evaluate('window.seen') - healthy:.0f} ms")


def _no_serious_fault(found: dict[str, list[dict[str, object]]], where: str) -> None:
    serious = [fault for fault in found["violations"] if fault["impact"] in ("serious", "critical")]
    told_of = [f"{fault['id']}: {[node['html'] for node in fault['nodes']][:3]}" for fault in serious]
    assert not serious, f"{where}: {told_of}"
