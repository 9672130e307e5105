"""What the panel says, and that it works again: no server extension, another version, another kernel, a huge log."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from tests.ui import panel as told
from tests.ui.jupyterlab import JupyterLab
from tests.ui.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.timeout(240)

MEGABYTES = 100
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
    lab.run(told.REGISTER.format(workspace="lesson", model="flowers"))
    lab.run(SERVICE)
    yield lab
    lab.run(told.DELETE.format(workspace="lesson"))


def test_the_server_extension_is_missing(page: Page, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    lab = JupyterLab(tmp_path)
    lab.disable("aml_nb.labserver")
    lab.start()
    try:
        Panel(page, lab).load(lab.url(reset="1"))
        page.locator('.jp-SideBar [data-id="aml-nb-panel"]').click()
        notice = page.get_by_role("alert").filter(has_text="server extension is missing")
        expect(notice).to_contain_text("jupyter server extension enable aml_nb.labserver")
    finally:
        lab.stop()


def test_the_server_has_another_version(page: Page, lesson: JupyterLab) -> None:
    from playwright.sync_api import expect

    def older(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "version": "0.0.1"})

    page.route(re.compile("/aml-nb/hello"), older)
    Panel(page, lesson).load(lesson.url(reset="1"))
    page.locator('.jp-SideBar [data-id="aml-nb-panel"]').click()
    notice = page.get_by_role("alert").filter(has_text="0.0.1")
    expect(notice).to_contain_text("pip install --upgrade aml_nb")
    page.unroute_all(behavior="wait")
    Panel(page, lesson).open("lesson")
    expect(notice).to_have_count(0)


def test_the_kernel_is_of_another_environment(page: Page, lesson: JupyterLab) -> None:
    from playwright.sync_api import expect

    other = lesson.notebooks / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text('import sys\n\nsys.modules["aml_nb"] = None\n')
    spec = lesson.notebooks.parent / "data" / "kernels" / "other"
    spec.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    described = {"argv": command, "display_name": "Other", "language": "python", "env": {"PYTHONPATH": str(other)}}
    (spec / "kernel.json").write_text(json.dumps(described))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    notebook.metadata.kernelspec = {"name": "other", "display_name": "Other", "language": "python"}
    nbformat.write(notebook, lesson.notebooks / "other.ipynb")

    panel = Panel(page, lesson)
    panel.load(lesson.url("lab/tree/other.ipynb", reset="1"))
    if not panel.tree.is_visible():
        page.locator('.jp-SideBar [data-id="aml-nb-panel"]').click()
    page.get_by_text("| Idle").first.wait_for(timeout=60_000)
    panel.row("flowers").hover()
    page.get_by_role("button", name="Insert code for flowers into the notebook").click()
    expect(page.locator(".jp-NotebookPanel .jp-Cell")).to_have_count(2)
    expect(page.get_by_text('The kernel "Other"').first).to_contain_text("%pip install aml_nb")


def test_a_log_of_a_hundred_megabytes(page: Page, lesson: JupyterLab) -> None:
    from playwright.sync_api import expect

    logs = [path for path in lesson.home.rglob("*.log") if "flower-names" in str(path)]
    (log,) = [path for path in logs if "Invoking user's init" in path.read_text()]
    line = "2026-01-01 00:00:00,000 I [1] azmlinfsrv - one of very many lines that a service wrote\n"
    with log.open("a") as file:
        for _ in range(MEGABYTES):
            file.write(line * (1_000_000 // len(line)))
        file.write(line.replace("one of very many lines", "the very last line"))
    panel = Panel(page, lesson).open("lesson")
    shown = panel.tab(panel.view("flower-names"), "Log")
    expect(shown.get_by_text("the very last line").first).to_be_visible()
    assert shown.get_by_text("one of very many lines").count() < 500
    page.evaluate("window.gc?.()")
    assert page.evaluate("performance.memory.usedJSHeapSize") < 150e6
    shown.get_by_role("searchbox").fill("very last")
    expect(shown.get_by_role("status")).to_contain_text("1 of 1")
