"""The side panel as its user sees it: by roles and words, not by classes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.ui.jupyterlab import JupyterLab

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SCRIPT = """
import json

from azureml.core.model import Model


def init():
    global names
    with open(Model.get_model_path("{model}")) as file:
        names = file.read().split()


def run(raw_data):
    data = json.loads(raw_data)["data"]
    print("asked for", len(data))
    return [names[number[0] if isinstance(number, list) else number] for number in data]
"""

REGISTER = """
from pathlib import Path
from aml_nb import Model, Workspace

Path("names.txt").write_text("setosa versicolor virginica")
ws = Workspace.create({workspace!r}, show_output=False, exist_ok=True)
Model.register(ws, "names.txt", {model!r}, tags={{"area": "flowers"}})
"""

DEPLOY = """
from pathlib import Path
from aml_nb import {kind}, InferenceConfig, Model, Workspace

Path("score.py").write_text({script!r})
ws = Workspace.get({workspace!r})
service = Model.deploy(ws, {name!r}, [Model(ws, {model!r})], InferenceConfig(entry_script="score.py"),
                       {kind}.deploy_configuration({arguments}))
service.wait_for_deployment()
"""

DELETE = """
from aml_nb import Workspace

Workspace.get({workspace!r}).delete()
"""


class Panel:
    """The panel in a window, opened on a workspace."""

    def __init__(self, page: Page, lab: JupyterLab) -> None:
        self.page, self.lab = page, lab
        self.tree = page.get_by_role("tree", name="Objects of the workspace")

    def open(self, workspace: str | None = None, **query: str) -> Panel:
        """Open JupyterLab, the panel in it, and a workspace in that."""
        self.load(self.lab.url(**(query or {"reset": "1"})))
        if not self.tree.is_visible():
            self.page.locator('.jp-SideBar [data-id="aml-nb-panel"]').click()
        self.tree.wait_for()
        if workspace is not None:
            self.page.get_by_role("combobox", name="Workspace").select_option(label=workspace)
        return self

    def load(self, url: str) -> None:
        """Load JupyterLab."""
        self.page.goto(url)
        self.page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=60_000)

    def row(self, name: str, *words: str) -> Locator:
        """The row of an object whose label has those words."""
        said = "".join(f".*{re.escape(word)}" for word in words)
        return self.tree.get_by_role("treeitem", name=re.compile(f"^{re.escape(name)}(,|$){said}"))

    def view(self, name: str) -> Locator:
        """Open the view of an object and give it."""
        self.row(name).click()
        return self.main(name)

    def main(self, name: str) -> Locator:
        """The view of an object that is open."""
        view = self.page.locator(".lm-DockPanel-widget:visible").filter(
            has=self.page.get_by_role("heading", name=name, level=1)
        )
        view.wait_for()
        return view

    def tab(self, view: Locator, name: str) -> Locator:
        """Turn to a tab of a view; gives what it shows."""
        view.get_by_role("tab", name=re.compile(f"^{name}")).click()
        return view.get_by_role("tabpanel")
