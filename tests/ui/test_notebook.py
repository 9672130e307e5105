"""The notebook beside the panel: code is put into it, it runs, its widgets live, and its kernel may be restarted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.ui import panel as told
from tests.ui.jupyterlab import JupyterLab
from tests.ui.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.timeout(240)

SERVICE = told.DEPLOY.format(
    kind="LocalWebservice",
    script=told.SCRIPT.format(model="flowers"),
    workspace="lesson",
    name="flower-names",
    model="flowers",
    arguments="",
)


@pytest.fixture(scope="module")
def lesson(lab: JupyterLab) -> Iterator[JupyterLab]:
    """A workspace with a local service; the notebooks' folder says that it is theirs."""
    lab.run(told.REGISTER.format(workspace="lesson", model="flowers") + "ws.write_config()\n")
    lab.run(SERVICE)
    yield lab
    lab.run(told.DELETE.format(workspace="lesson"))


def test_code_is_put_into_the_notebook_and_runs(page: Page, lesson: JupyterLab) -> None:
    from playwright.sync_api import expect

    panel = _notebook(page, lesson, "insert.ipynb", "%load_ext aml_nb")
    panel.row("flowers").hover()
    page.get_by_role("button", name="Insert code for flowers into the notebook").click()
    cells = page.locator(".jp-NotebookPanel .jp-Cell")
    expect(cells).to_have_count(2)
    expect(cells.nth(1)).to_contain_text("flowers")

    # By drag, too: where it is dropped, a cell stands.
    row, end = panel.row("flower-names").bounding_box(), cells.nth(1).bounding_box()
    assert row and end
    page.mouse.move(row["x"] + 40, row["y"] + row["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + 200, end["y"] + 10, steps=8)
    page.mouse.move(end["x"] + 200, end["y"] + end["height"] - 4, steps=4)
    page.mouse.up()
    expect(cells).to_have_count(3)
    expect(page.locator(".jp-NotebookPanel")).to_contain_text("flower-names")

    _run_all(page)
    expect(page.locator(".jp-NotebookPanel .jp-OutputArea")).to_contain_text(["running http://localhost"])
    expect(page.locator('.jp-NotebookPanel [data-mime-type="application/vnd.jupyter.error"]')).to_have_count(0)


def test_a_widget_follows_its_service_and_a_new_kernel_finds_it(page: Page, lesson: JupyterLab) -> None:
    from playwright.sync_api import expect

    _notebook(page, lesson, "widget.ipynb", "%load_ext aml_nb", "%service status flower-names", "%servic list")
    _run_all(page)
    shown = page.locator(".jp-NotebookPanel .jp-OutputArea")
    expect(shown.get_by_text("running").first).to_be_visible(timeout=30_000)
    reload = shown.get_by_role("button", name=re.compile("Reload", re.IGNORECASE))
    expect(reload).to_be_visible()
    # A magic that is not there is told in its cell, and ends nothing else.
    expect(page.locator('.jp-NotebookPanel [data-mime-type="application/vnd.jupyter.stderr"]')).to_contain_text(
        "%servic"
    )

    page.evaluate("() => { window.jupyterapp.commands.execute('kernelmenu:restart'); }")
    page.locator(".jp-Dialog-button.jp-mod-accept").click()
    expect(page.get_by_text("| Idle").first).to_be_visible(timeout=30_000)
    page.locator(".jp-NotebookPanel .jp-Cell").first.click()
    _run_all(page)
    expect(shown.get_by_text("running").first).to_be_visible(timeout=30_000)


_THREADS = "import threading\nprint('threads', sum(t.name.startswith('aml-nb-panel') for t in threading.enumerate()))"


def test_a_widgets_buttons_work_and_its_thread_ends_with_its_output(page: Page, lesson: JupyterLab) -> None:
    from playwright.sync_api import expect

    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    script = lesson.notebooks / "score.py"
    text = script.read_text().replace("global names", "print('<img src=x onerror=alert(1)>'); global names")
    script.write_text(text.replace("def init():", "def init():\n    import nowhere_at_all"))
    _notebook(page, lesson, "buttons.ipynb", "%load_ext aml_nb", "%service status flower-names", _THREADS)
    _run_all(page)
    shown = page.locator(".jp-NotebookPanel .jp-OutputArea")
    expect(shown.get_by_text("threads 1")).to_be_visible()
    shown.get_by_role("button", name="Reload").click()
    expect(shown.get_by_text("missing-module").first).to_be_visible(timeout=30_000)
    script.write_text(text)
    shown.get_by_role("button", name="Reload").click()
    expect(shown.get_by_text("flower-names has its script anew.")).to_be_visible(timeout=30_000)
    expect(shown.get_by_text("missing-module")).to_have_count(0, timeout=10_000)
    expect(shown.get_by_role("log")).to_contain_text("<img src=x onerror=alert(1)>")
    shown.get_by_role("button", name="Delete…").click()
    shown.get_by_role("button", name="Keep it").click()

    page.locator(".jp-NotebookPanel .jp-CodeCell").nth(1).click()
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:clear-cell-output'); }")
    expect(shown.get_by_role("button", name="Reload")).to_have_count(0)
    page.locator(".jp-NotebookPanel .jp-CodeCell").nth(2).click()
    for _ in range(30):  # the thread looks every few seconds whether anybody still looks
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")
        page.wait_for_timeout(1_000)
        if shown.get_by_text("threads 0").count():
            break
    expect(shown.get_by_text("threads 0")).to_be_visible()
    assert said == []


def _notebook(page: Page, lab: JupyterLab, name: str, *cells: str) -> Panel:
    """Open a notebook of those cells beside the panel, with its kernel ready."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(notebook, lab.notebooks / name)
    panel = Panel(page, lab)
    panel.load(lab.url(f"lab/tree/{name}", reset="1"))
    if not panel.tree.is_visible():
        page.locator('.jp-SideBar [data-id="aml-nb-panel"]').click()
    panel.row("flowers").wait_for()
    page.get_by_text("| Idle").first.wait_for(timeout=60_000)
    return panel


def _run_all(page: Page) -> None:
    """Run the cells; not awaited, for a page that waits for a kernel waits for good when that goes."""
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    from playwright.sync_api import expect

    busy: Locator = page.locator(".jp-NotebookPanel .jp-InputPrompt", has_text="[*]")
    page.wait_for_timeout(300)
    expect(busy).to_have_count(0, timeout=60_000)
