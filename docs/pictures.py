"""The README's pictures: the panel beside a notebook, in both themes.

    python docs/pictures.py [FOLDER]

It takes Chromium and the test extra; everything shown is real: trained, registered, deployed and called for it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.ui.jupyterlab import JupyterLab
from tests.ui.panel import DELETE, Panel

SIZE = {"width": 1360, "height": 800}

LESSON = """
import json
import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from aml_nb import AciWebservice, InferenceConfig, Model, Workspace
from aml_nb.azureml.core import Experiment
from aml_nb.azureml.core.compute import AmlCompute, ComputeTarget

ws = Workspace.create("diabetes-course", show_output=False)
ws.write_config()
data = load_diabetes()
with Experiment(ws, "ridge").start_logging(snapshot_directory=None) as run:
    for alpha in (1.0, 0.3, 0.1):
        model = Ridge(alpha).fit(data.data, data.target)
        run.log("r2", model.score(data.data, data.target))
    joblib.dump(model, "ridge.pkl")
for name in ("ridge", "ridge", "lasso"):
    Model.register(ws, "ridge.pkl", name, tags={"data": "diabetes"})
open("score.py", "w").write('''import json
import joblib
from azureml.core.model import Model


def init():
    global model
    model = joblib.load(Model.get_model_path("ridge"))


def run(raw_data):
    return model.predict(json.loads(raw_data)["data"]).tolist()
''')
broken = open("score.py").read().replace("joblib.load", "jobilb.load")
open("broken.py", "w").write(broken)
aci = AciWebservice.deploy_configuration(auth_enabled=True, tags={"lesson": "3"})
good = Model.deploy(ws, "diabetes-service", [Model(ws, "ridge")], InferenceConfig(entry_script="score.py"), aci)
good.wait_for_deployment()
bad = Model.deploy(ws, "diabetes-broken", [Model(ws, "ridge")], InferenceConfig(entry_script="broken.py"), aci)
try:
    bad.wait_for_deployment()
except Exception:
    pass
ComputeTarget.create(ws, "cpu-cluster", AmlCompute.provisioning_configuration("STANDARD_D2_V2", max_nodes=4))
"""

CELLS = [
    "%load_ext aml_nb\n%service list",
    """from azureml.core import Workspace
from sklearn.datasets import load_diabetes
import json

ws = Workspace.from_config()
service = ws.webservices["diabetes-service"]
rows = load_diabetes().data[:3].tolist()
service.run(json.dumps({"data": rows}))""",
    "%service status diabetes-service",
]


def main(folder: Path) -> None:
    """Draw the pictures into a folder."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        lab = JupyterLab(Path(place))
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
        nbformat.write(notebook, lab.notebooks / "diabetes.ipynb")
        lab.run(LESSON)
        lab.start()
        found = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page(viewport=SIZE, device_scale_factor=1.5)
            panel = _beside(page, lab)
            for theme in ("Light", "Dark"):
                change = "name => { window.jupyterapp.commands.execute('apputils:change-theme', {theme: name}); }"
                page.evaluate(change, f"JupyterLab {theme}")
                expect(page.locator("body")).to_have_attribute("data-jp-theme-name", f"JupyterLab {theme}")
                panel.tree.hover(position={"x": 5, "y": 400})
                page.wait_for_timeout(500)
                page.screenshot(path=folder / f"panel-{theme.lower()}.png")
        finally:
            browser.close()
            lab.run(DELETE.format(workspace="diabetes-course"))
            lab.stop()


def _beside(page: Page, lab: JupyterLab) -> Panel:
    """The panel, the notebook after its cells ran, and beside it the view of the service that fails."""
    panel = Panel(page, lab)
    panel.load(lab.url("lab/tree/diabetes.ipynb", reset="1"))
    page.locator('.jp-SideBar [data-id="aml-nb-panel"]').click()
    page.get_by_text("| Idle").first.wait_for(timeout=60_000)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.get_by_role("button", name="Reload").first.wait_for(timeout=60_000)
    panel.view("diabetes-broken")
    page.evaluate("""() => {
        const { shell } = window.jupyterapp;
        const view = shell.currentWidget;
        const notebook = [...shell.widgets('main')].find(each => each.title.label.endsWith('.ipynb'));
        shell.add(view, 'main', { mode: 'split-right', ref: notebook.id });
    }""")
    page.wait_for_timeout(1500)
    return panel


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "images"))
