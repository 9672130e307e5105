"""What the side panel costs: its bundle, JupyterLab's start with it over without it, and ten thousand models in it.

    python -m benchmarks.panel [--rounds 9] [--json FILE] [--strict]

It needs Chromium and what the tests need. The start of JupyterLab is that of its server (a fresh process, until it
answers) and that of its page (navigation to ``app.restored``), by turns with the extension and with it disabled.
The longest tasks are those of Chromium's own trace while a list of 10,000 models opens, scrolls and is searched.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common import ROOT, machine, median, table, write_json
from tests.ui.jupyterlab import JupyterLab
from tests.ui.panel import Panel
from tests.ui.test_many_models import MANY
from tests.ui.tracing import Task, long_tasks

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BUNDLE_KB = 300
START_RATIO = 1.05
TASK_MS = 200
STATIC = ROOT / "aml_nb" / "labextension" / "static"
RESTORED = """
const look = () => window.jupyterapp
    ? void window.jupyterapp.restored.then(() => { window.restoredAt = performance.now(); })
    : void setTimeout(look, 2);
look();
"""


def bundle_kb() -> float:
    """All that the panel may load, each file gzipped, in kB."""
    files = [file for file in STATIC.glob("*.js") if file.is_file()]
    if not files:
        raise SystemExit(f"{STATIC} has no panel: make lab builds it")
    return sum(len(gzip.compress(file.read_bytes())) for file in files) / 1000


def starts(browser: Browser, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Seconds until the server answered and until the page was restored, with the panel and without; by turns."""
    found: dict[str, list[tuple[float, float]]] = {"without": [], "with": []}
    with tempfile.TemporaryDirectory() as folder:
        labs = {name: JupyterLab(Path(folder) / name) for name in found}
        labs["without"].disable("aml_nb.labserver", "aml-nb")
        for number in range(rounds + 1):
            for name in sorted(found, reverse=bool(number % 2)):
                took = _start(browser, labs[name])
                if number:
                    found[name].append(took)
    return found


def _start(browser: Browser, lab: JupyterLab) -> tuple[float, float]:
    began = time.perf_counter()
    lab.start()
    server = time.perf_counter() - began
    context = browser.new_context()
    try:
        page = context.new_page()
        page.add_init_script(RESTORED)
        page.goto(lab.url(reset="1"))
        page.wait_for_function("window.restoredAt")
        return server, page.evaluate("window.restoredAt") / 1000
    finally:
        context.close()
        lab.stop()


def many(browser: Browser) -> list[Task]:
    """The tasks of the page while 10,000 models are listed, scrolled through and searched."""
    from playwright.sync_api import expect

    with tempfile.TemporaryDirectory() as folder:
        lab = JupyterLab(Path(folder))
        lab.start()
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        try:
            lab.run(MANY)
            page = context.new_page()
            panel = Panel(page, lab).open("few")
            with long_tasks(browser, page) as tasks:
                page.get_by_role("combobox", name="Workspace").select_option(label="many")
                expect(panel.row("model-00000")).to_be_visible()
                panel.tree.hover()
                for _ in range(60):
                    page.mouse.wheel(0, 4000)
                    page.wait_for_timeout(10)
                page.get_by_role("searchbox").fill("model-04321")
                expect(panel.row("model-04321")).to_be_visible()
            return tasks
        finally:
            context.close()
            lab.stop()


def main(argv: list[str] | None = None) -> int:
    """Measure and report; 1 when, with ``--strict``, a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.panel", description=str(__doc__).splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args(argv)
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if found is None:
        raise SystemExit("chromium is not on this machine")
    kb = bundle_kb()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        taken = starts(browser, options.rounds)
        tasks = many(browser)
        browser.close()
    both = {name: [server + page for server, page in times] for name, times in taken.items()}
    ratio = median(both["with"]) / median(both["without"])
    rows = []
    for name, times in taken.items():
        servers, pages = zip(*times, strict=True)
        rows.append([f"JupyterLab {name} the panel", *(f"{median(t):.2f}" for t in (servers, pages, both[name]))])
    print(table(["start", "server s", "page s", "both s"], rows), end="\n\n")
    checks = [
        ["bundle, kB gzipped", f"{kb:.0f}", f"{BUNDLE_KB}", _word(kb <= BUNDLE_KB)],
        ["start with / without (medians)", f"{ratio:.3f}", f"{START_RATIO}", _word(ratio <= START_RATIO)],
        ["10,000 models: longest task, ms", f"{tasks[0].took:.0f}", f"{TASK_MS}", _word(tasks[0].took <= TASK_MS)],
        ["  of it on a processor, ms", f"{tasks[0].cpu:.0f}", "", ""],
    ]
    print(table(["figure", "measured", "at most", ""], checks))
    figures: dict[str, Any] = {"bundle_kb": kb, "start_ratio": ratio, "longest_task_ms": tasks[0].took}
    write_json(options.json, {"machine": machine(), "seconds": taken, "figures": figures})
    return 1 if options.strict and "MISSED" in json.dumps(checks) else 0


def _word(reached: bool) -> str:
    return "reached" if reached else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
