"""Panels in a real kernel as a front end sees them: shown, cleared, shown again, replaced, and left by the kernel."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aml_nb.core.workspace import Workspace
from aml_nb.widgets.panel import VIEW
from tests.kernels import Kernel

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture
def kernel(ws: Workspace, tmp_path: Path) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path)
    kernel.run(
        "import threading, time\nfrom aml_nb import Workspace\nfrom aml_nb.widgets import RegistryBrowser\n"
        f"ws = Workspace.get({ws.name!r})\n"
        "def left(): return [t for t in threading.enumerate() if t.name.startswith('aml-nb-panel')]\n"
        "def wait(count):\n"
        "    end = time.time() + 30\n"
        "    while len(left()) != count and time.time() < end: time.sleep(0.02)\n"
        "    print(len(left()))"
    )
    yield kernel
    kernel.stop()


def count(kernel: Kernel, expected: int) -> None:
    """See that so many threads are there, or will be."""
    kernel.printed = ""
    kernel.run(f"wait({expected})")
    assert kernel.printed == f"{expected}\n"


def test_the_thread_ends_with_the_output_and_begins_again_with_it(kernel: Kernel, ws: Workspace) -> None:
    kernel.run("browser = RegistryBrowser(ws); browser")
    box = kernel.output()[VIEW]["model_id"]
    count(kernel, 1)
    kernel.set(box, _view_count=1)
    count(kernel, 1)
    kernel.set(box, _view_count=0)
    count(kernel, 0)
    kernel.set(box, _view_count=1)
    count(kernel, 1)
    Path("iris.txt").write_text("iris")
    kernel.run("from aml_nb import Model; m = Model.register(ws, 'iris.txt', 'iris')")
    kernel.until(lambda: kernel.widgets[box].get("total") == 1)
    kernel.set(box, search="wine")
    kernel.until(lambda: kernel.widgets[box].get("total") == 0)
    kernel.run("browser.close()")
    count(kernel, 0)
    assert box in kernel.closed
    kernel.run("browser")
    count(kernel, 1)
    kernel.close(list(kernel.outputs.values())[-1][VIEW]["model_id"])
    count(kernel, 0)
    kernel.run("browser")
    box = list(kernel.outputs.values())[-1][VIEW]["model_id"]
    shutil.rmtree(ws._folder)
    kernel.until(lambda: "was deleted meanwhile" in list(kernel.outputs.values())[-1]["text/html"])
    # Front ends count its views no more: they would tell a comm that is closed, and the kernel would log that.
    assert kernel.widgets[box]["_view_count"] is None
    count(kernel, 0)


def test_without_widgets_the_page_is_replaced_until_its_cell_runs_again(kernel: Kernel) -> None:
    kernel.run("import sys; sys.modules['ipywidgets'] = None")
    kernel.run("RegistryBrowser(ws)", cell="first")
    assert set(kernel.output()) == {"text/plain", "text/html"}
    Path("iris.txt").write_text("iris")
    kernel.run("from aml_nb import Model; m = Model.register(ws, 'iris.txt', 'iris')", cell="second")
    kernel.until(lambda: "iris" in kernel.output()["text/html"])
    count(kernel, 1)
    kernel.run("RegistryBrowser(ws)", cell="first")
    count(kernel, 1)
    kernel.run("print('nothing more')", cell="first")
    count(kernel, 0)
    kernel.run("for _ in range(3): RegistryBrowser(ws).show()")
    count(kernel, 3)
    kernel.client.shutdown()  # a kernel ends quickly, whatever is shown
    assert kernel.manager.provisioner is not None
    process = kernel.manager.provisioner.process
    kernel.until(lambda: process.poll() is not None, 10)
    assert process.poll() == 0
