"""A lesson told from the panel: deploy, call, break, read why, mend, delete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.ui import panel as told
from tests.ui.jupyterlab import JupyterLab
from tests.ui.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def flowers(lab: JupyterLab) -> Iterator[JupyterLab]:
    """A workspace that has a model, and a script beside the notebooks."""
    lab.run(told.REGISTER.format(workspace="lesson", model="flowers"))
    (lab.notebooks / "score.py").write_text(told.SCRIPT.format(model="flowers"))
    yield lab
    lab.run(told.DELETE.format(workspace="lesson"))


def test_a_model_becomes_a_service_that_breaks_is_mended_and_goes(page: Page, flowers: JupyterLab) -> None:
    from playwright.sync_api import expect

    panel = Panel(page, flowers).open("lesson")
    panel.view("flowers").get_by_role("button", name=re.compile("^Deploy")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the service").fill("Flowers!")
    expect(dialog.get_by_label("Name of the service")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Name of the service").fill("flower-names")
    dialog.get_by_label("Entry script").fill("score.py")
    dialog.get_by_role("button", name="Deploy", exact=True).click()

    # It is seen to come up, in the list and in its view, without anything being asked for.
    expect(panel.row("flower-names", "running")).to_be_visible(timeout=30_000)
    view = panel.main("flower-names")
    expect(view.get_by_text("running").first).to_be_visible()

    test = panel.tab(view, "Test")
    test.get_by_label("Body of the request").fill('{"data": [0, 2]}')
    test.get_by_role("button", name="Send").click()
    expect(test.get_by_text("200").first).to_be_visible()
    expect(test.get_by_text("virginica").first).to_be_visible()
    expect(panel.tab(view, "Log").get_by_text("asked for 2").first).to_be_visible()

    broken = told.SCRIPT.format(model="flowers").replace("global names", "global names\n    nmaes.clear()")
    (flowers.notebooks / "score.py").write_text(broken)
    view.get_by_role("button", name=re.compile("^Reload")).click()
    expect(panel.row("flower-names", "failed")).to_be_visible(timeout=30_000)
    overview = panel.tab(view, "Overview")
    expect(overview.get_by_text("nmaes.clear()").first).to_be_visible()
    expect(overview.get_by_text("NameError").first).to_be_visible()

    (flowers.notebooks / "score.py").write_text(told.SCRIPT.format(model="flowers"))
    view.get_by_role("button", name=re.compile("^Reload")).click()
    expect(panel.row("flower-names", "running")).to_be_visible(timeout=30_000)
    expect(panel.tab(view, "Overview").get_by_text("nmaes.clear()")).to_have_count(0)

    view.get_by_role("button", name=re.compile("^Delete")).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Cancel")).click()
    expect(panel.row("flower-names")).to_be_visible()
    view.get_by_role("button", name=re.compile("^Delete")).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete flower-names").click()
    expect(panel.row("flower-names")).to_have_count(0, timeout=30_000)
    expect(page.locator(".lm-DockPanel").get_by_role("tab", name="flower-names")).to_have_count(0)
