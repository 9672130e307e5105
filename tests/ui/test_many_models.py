"""Ten thousand models in the panel: found, scrolled through, and only those in sight in the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.jupyterlab import JupyterLab
from tests.ui.panel import Panel
from tests.ui.tracing import long_tasks

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.timeout(180)

COUNT = 10_000
MANY = f"""
import sqlalchemy as sa
from aml_nb import Workspace
from aml_nb.core.store import tables

Workspace.create("few", show_output=False)
ws = Workspace.create("many", show_output=False)
rows = [
    dict(workspace=ws._id, name=f"model-{{number:05}}", version=1, created=number, framework=None, run_id=None,
         tags='{{"n": "%d"}}' % number, properties="{{}}", payload="{{}}")
    for number in range({COUNT})
]
with ws._store.write() as connection:
    connection.execute(sa.insert(tables.models), rows)
"""


def test_ten_thousand_models(page: Page, browser: Browser, lab: JupyterLab) -> None:
    from playwright.sync_api import expect

    lab.run(MANY)
    panel = Panel(page, lab).open("few")
    with long_tasks(browser, page) as tasks:
        page.get_by_role("combobox", name="Workspace").select_option(label="many")
        expect(panel.row("model-00000")).to_be_visible()
        panel.tree.hover()
        for _ in range(40):
            page.mouse.wheel(0, 3000)
            page.wait_for_timeout(10)
        panel.tree.focus()
        page.keyboard.press("Home")
        page.get_by_role("searchbox").fill("model-04321")
        expect(panel.row("model-04321")).to_be_visible()
    longest = ", ".join(f"{task.took:.0f} ({task.cpu:.0f} of them on a processor)" for task in tasks[:3])
    print(f"10,000 models: the longest tasks took {longest} ms")
    page.get_by_role("searchbox").fill("")
    expect(panel.row("model-00000")).to_be_visible()
    assert panel.tree.get_by_role("treeitem").count() < 200
    panel.tree.focus()
    for key in ("Home", "ArrowDown", "PageDown", "PageDown"):
        page.keyboard.press(key)
    assert page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-activedescendant')).ariaLabel"
    )
