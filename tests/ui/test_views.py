"""What views of the panel show and do: code into notebooks, what a run has logged, a pipeline that is submitted."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.ui import panel as told
from tests.ui.jupyterlab import JupyterLab
from tests.ui.panel import Panel

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.timeout(240)

WAIT = 20_000

RUN = """
import base64
from aml_nb import Experiment

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
Path("dot.png").write_bytes(base64.b64decode(PNG))
run = Experiment(ws, "flowers").start_logging(snapshot_directory=None, display_name="by hand")
for step in range(5):
    run.log("loss", 1 / (1 + step))
run.log("depth", 7)
run.log_table("classes", {"class": ["setosa", "virginica"], "precision": [0.9, 0.8]})
run.log_image("errors", path="dot.png")
run.child_run("first try").complete()
run.complete()
Experiment(ws, "flowers").start_logging(snapshot_directory=None).complete()
"""

PIPELINE = """
from aml_nb.alias import enable_here

enable_here()
from azureml.pipeline.core import Pipeline, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

Path("steps").mkdir()
Path("steps/step.py").write_text("import sys; print('rounds', sys.argv[1])")
rounds = PipelineParameter("rounds", 4)
steps = [
    PythonScriptStep("step.py", name=name, arguments=[rounds], source_directory="steps", compute_target="local")
    for name in ("prepare", "fit")
]
steps[1].run_after(steps[0])
Pipeline(ws, steps).publish("two steps", "prepares and fits", "1.0")
"""

# A kernel whose Python finds everything but aml_nb.
BARE = """
import sys
from importlib.machinery import PathFinder
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None if name.partition(".")[0] == "aml_nb" else PathFinder.find_spec(name, path, target)
sys.meta_path[:] = [each for each in sys.meta_path if each.__class__ is type and each is not PathFinder] + [Finder]
from ipykernel import kernelapp
kernelapp.launch_new_instance()
"""

SOURCES = """() => [...window.jupyterapp.shell.widgets('main')]
    .filter(widget => widget.content?.model?.cells)
    .flatMap(widget => [...widget.content.model.cells].map(cell => cell.sharedModel.getSource()))"""


@pytest.fixture(scope="module")
def studio(lab: JupyterLab) -> Iterator[JupyterLab]:
    """A workspace with a model, a run and a published pipeline; and a kernel that has no aml_nb."""
    kernel = lab.home.parent / "data" / "kernels" / "bare"
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-c", BARE, "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Bare", "language": "python"}))
    lab.run(told.REGISTER.format(workspace="studio", model="flowers") + RUN + PIPELINE)
    yield lab
    lab.run(told.DELETE.format(workspace="studio"))


def _drag(page: Page, start: Locator, end: Locator) -> None:
    start.hover()
    box = end.bounding_box()
    assert box is not None
    page.mouse.down()
    page.mouse.move(box["x"], box["y"] + 200, steps=4)
    page.locator(".aml-DragImage").wait_for()
    page.mouse.move(box["x"] + 100, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()


def test_code_goes_into_notebooks(page: Page, studio: JupyterLab) -> None:
    from playwright.sync_api import expect

    def cells(*parts: str) -> None:
        page.wait_for_function(f"count => ({SOURCES})().length === count", arg=len(parts))
        for source, part in zip(page.evaluate(SOURCES), parts, strict=True):
            assert part in source

    panel = Panel(page, studio).open("studio")
    view = panel.view("flowers")
    view.get_by_role("button", name="Insert code", exact=True).click()
    expect(page.get_by_text("No notebook is open").first).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Copy the code").first.click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).includes('flowers')")

    page.evaluate(
        "() => { window.jupyterapp.commands.execute('notebook:create-new', {kernelName: 'bare', activate: true}); }"
    )
    page.get_by_text("Bare | Idle").wait_for()
    panel.row("flowers").hover()
    panel.row("flowers").get_by_role("button", name=re.compile("^Insert code")).click()
    cells("", "Model(ws, 'flowers'")
    expect(page.get_by_text("%pip install aml_nb").first).to_be_visible(timeout=WAIT)

    _drag(page, panel.row("by hand"), page.locator(".jp-Notebook .jp-Cell").first)
    cells("Run.get(ws", "", "Model(ws, 'flowers'")

    panel.view("flowers").get_by_role("button", name="Ways to insert code").click()
    page.get_by_role("menuitem", name="Insert as magic").click()
    page.wait_for_function(f"() => ({SOURCES})().includes('%models flowers')")


def test_a_run_shows_what_it_logged(page: Page, studio: JupyterLab) -> None:
    from playwright.sync_api import expect

    panel = Panel(page, studio).open("studio")
    view = panel.view("by hand")
    expect(view.get_by_role("img", name=re.compile("^loss"))).to_be_visible(timeout=WAIT)
    expect(view.get_by_role("table", name="classes").get_by_role("cell", name="virginica")).to_be_visible(timeout=WAIT)
    picture = view.get_by_role("img", name="errors")
    expect(picture).to_be_visible(timeout=WAIT)
    page.wait_for_function("image => image.complete && image.naturalWidth === 1", arg=picture.element_handle())
    children = panel.tab(view, "Child runs")
    children.get_by_role("button", name="first try").click()
    parent = panel.main("first try").locator("dd").get_by_role("button").first
    parent.click()
    expect(panel.main("by hand")).to_be_visible(timeout=WAIT)
    panel.view("flowers 3")
    expect(page.get_by_role("tab", name="flowers 3")).to_be_visible()


def test_a_pipeline_is_submitted_and_seen_to_go_through_its_steps(page: Page, studio: JupyterLab) -> None:
    from playwright.sync_api import expect

    panel = Panel(page, studio).open("studio")
    panel.view("two steps").get_by_role("button", name=re.compile("^Submit")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Experiment").fill("no name!")
    dialog.get_by_role("button", name="Submit", exact=True).click()
    expect(dialog.get_by_label("Experiment")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Experiment").fill("tries")
    dialog.get_by_label("rounds").fill("9")
    dialog.get_by_role("button", name="Submit", exact=True).click()

    view = page.locator(".lm-DockPanel-widget:visible").filter(has_text="Pipeline run")
    steps = view.get_by_role("group", name="Steps of the pipeline")
    for name in ("prepare", "fit"):
        expect(steps.get_by_role("button", name=re.compile(f"^{name} Finished"))).to_be_visible(timeout=60_000)
    expect(view.get_by_role("table", name="Parameters").get_by_role("cell", name="9")).to_be_visible(timeout=WAIT)
    steps.get_by_role("button", name=re.compile("^prepare")).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    step = panel.main("fit")
    expect(panel.tab(step, "Logs").get_by_text("rounds 9")).to_be_visible(timeout=WAIT)
