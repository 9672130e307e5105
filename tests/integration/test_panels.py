"""The panels of a real service: in this process, in a kernel whose notebook is saved, and as lines in a terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from aml_nb.core.model import Model
from aml_nb.core.webservice import AciWebservice, LocalWebservice
from aml_nb.core.workspace import Workspace
from aml_nb.widgets import DeploymentStatus, ServiceLogs
from aml_nb.widgets.panel import VIEW
from tests.integration.deploying import BODY, ECHO, registered, script, until

BAD = "<script>alert(1)</script>"
LOUD = ECHO.replace("    pass", f"    print('{BAD}')")


def deployed(ws: Workspace, name: str, text: str = LOUD, config: Any = None) -> Any:
    model = registered(ws)
    service = Model.deploy(ws, name, [model], script(text), config or LocalWebservice.deploy_configuration())
    service.wait_for_deployment()
    return service


def panels() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("aml-nb-")]


class Looked:
    """A panel, looked at whenever its thread would look."""

    def __init__(self, status: Any) -> None:
        self.subject: Any = status._now().subject
        self.panel: Any = status._now().panel()
        self.box = self.panel.box
        self.panel.on_seen(lambda: None)  # no thread looks besides the test

    def look(self) -> Any:
        self.panel.update(self.subject.refresh())
        return self.box

    def press(self, name: str) -> str:
        """Press a button, and wait for what it does; what is said then."""
        self.panel.buttons[name].click()
        if self.panel.question.open:
            self.panel.question._yes.click()
        return self.said()

    def said(self) -> str:
        until(lambda: "…" not in self.panel.worker.said.value)
        return str(self.panel.worker.said.value)


def test_a_service_is_broken_explained_mended_updated_and_deleted(ws: Workspace) -> None:
    service = deployed(ws, "hello")
    looked = Looked(DeploymentStatus(service))
    box, panel = looked.box, looked.panel
    for name in ("name", "state", "reason", "cause", "scoring_uri", "replicas_ready", "replicas_wanted", "rate"):
        assert box.trait_metadata(name, "sync") and name in box.get_state(), name
    assert (box.name, box.state, box.replicas_ready, box.reason) == ("hello", "running", 1, "")
    assert box.scoring_uri == service.scoring_uri
    assert BAD not in panel.log.page.value and "&lt;script&gt;" in panel.log.page.value
    assert panel.buttons["keys"].disabled and "no key" in panel.buttons["keys"].tooltip

    seen: list[Any] = []
    box.observe(lambda change: seen.append(change["new"]), "cause")
    script(LOUD.replace("print(", "import nowhere_at_all; print("))
    said = looked.press("reload")
    assert "nowhere_at_all" in said and 'role="alert"' in said
    assert looked.look().state == "running", "the version before goes on"
    assert "nowhere_at_all" in box.reason and seen == ["missing-module"]
    assert "nowhere_at_all" in panel._parts["diagnosis"].value
    assert "nowhere_at_all" in looked.subject.as_html() and "nowhere_at_all" in looked.subject.as_text()

    script(LOUD.replace('"version": 1', '"version": 2'))
    assert "hello has its script anew" in looked.press("reload")
    assert looked.look().reason == "" and box.cause == "" and panel._parts["diagnosis"].value == ""
    assert service.run(BODY)["version"] == 2
    until(lambda: looked.look().rate > 0)
    assert "requests/s" in panel._parts["metrics"].value

    other = registered(ws, text="other")
    panel.buttons["update"].click()
    (form,) = panel._form_box.children
    (versions,) = [widget for widget in form.children if getattr(widget, "description", "") == "Model"]
    versions.value = other.id
    form.children[-1].children[0].click()
    assert "hello is up to date" in looked.said() and panel._form_box.children == ()
    looked.look()
    assert [model.version for model in LocalWebservice(ws, "hello").models] == [other.version]

    panel.log.level.value = "CRITICAL"
    assert "nothing that fits" in panel.log.page.value
    panel.buttons["delete"].click()
    panel.question._no.click()
    assert ws._store.records("webservice").get("hello@local") is not None
    assert "hello is deleted" in looked.press("delete")
    assert looked.look().state == "deleted" and looked.subject.over
    assert panels() == []


def test_keys_are_hidden_until_they_are_asked_for(ws: Workspace) -> None:
    service = deployed(ws, "keyed", config=AciWebservice.deploy_configuration(auth_enabled=True))
    looked = Looked(DeploymentStatus(service))
    key = service.get_keys()[0]

    def told() -> str:
        return "".join(str(widget.get_state()) for widget in looked.panel.box.children) + looked.subject.as_html()

    assert key not in told() and looked.panel.buttons["reload"].disabled
    looked.panel.buttons["keys"].click()
    assert key in told() and key not in looked.subject.as_html()
    looked.panel._keys_until = time.monotonic() - 1
    looked.look()
    assert key not in told(), "they are hidden again by themselves"
    logs = ServiceLogs(service, "ERROR")
    assert "has logged nothing that fits" in repr(logs)


CELLS = [
    "%load_ext aml_nb\nimport threading, time\nfrom aml_nb import Webservice, Workspace\nws = Workspace.from_config()",
    "from aml_nb.widgets import DeploymentStatus\nDeploymentStatus(Webservice(ws, 'hello'))",
    "%service status hello",
    "%aml registry greeting",
    "%service logs hello --follow",
    "print(len([t for t in threading.enumerate() if t.name.startswith('aml-nb-panel')]))",
    "Webservice(ws, 'hello').delete()\nend = time.time() + 20\n"
    "def left(): return [t.name for t in threading.enumerate() if t.name.startswith('aml-nb-panel')]\n"
    "while len(left()) > 1 and time.time() < end: time.sleep(0.1)\nprint(left())",
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")
def test_a_notebook_keeps_text_and_html_of_its_panels(ws: Workspace, home: Path) -> None:
    from nbclient import NotebookClient

    deployed(ws, "hello")
    keys = {"subscription_id": ws.subscription_id, "resource_group": ws.resource_group, "workspace_name": ws.name}
    Path("config.json").write_text(json.dumps(keys))
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    os.environ["IPYTHONDIR"] = str(home / "ipython")
    NotebookClient(book, timeout=60, kernel_name="python3", resources={"metadata": {"path": os.getcwd()}}).execute()
    shown = {number: output["data"] for number in (1, 2, 3, 4) for output in book.cells[number].outputs}
    for number, data in shown.items():
        assert {"text/plain", "text/html"} <= data.keys(), number
        assert BAD not in data["text/html"]
    assert VIEW in shown[3], "a registry is never over"
    assert "greeting" in shown[3]["text/html"]
    for number in (1, 2, 4):
        assert VIEW not in shown[number], "when the service is gone a page is left"
    assert "deleted" in shown[1]["text/html"] and "&lt;script&gt;" in shown[4]["text/html"]
    assert book.cells[5].outputs[0]["text"] == "4\n"
    assert book.cells[6].outputs[0]["text"].strip() == f"['aml-nb-panel-registry-{ws.name}']"


def follow(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", "-m", "aml_nb", *words, "--follow"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def read_until(process: subprocess.Popen[str], wanted: str) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if wanted in line:
            return lines
    raise AssertionError("".join(lines))


def test_a_terminal_gets_lines_until_it_has_enough(ws: Workspace) -> None:
    service = deployed(ws, "hello", LOUD.replace("return {", "print('a\\x1b]0;title\\x07 request'); return {"))
    words = ["--workspace", ws.name]
    with follow("service", "logs", "hello", *words) as logs, follow("service", "status", "hello", *words) as status:
        read_until(logs, "ready for serving")
        assert "running" in "".join(read_until(status, "service hello"))
        service.run(BODY)
        assert "\x1b]0" not in "".join(read_until(logs, "a ]0;title  request"))
        logs.send_signal(signal.SIGINT)
        assert logs.wait(20) == 0
        script(LOUD.replace("print(", "import nowhere_at_all; print("))
        service.reload()
        read_until(status, "nowhere_at_all")
        service.delete()
        assert "deleted" in "".join(read_until(status, "deleted"))
        assert status.wait(20) == 0
