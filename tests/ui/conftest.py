"""Chromium and a JupyterLab, one of each for a file of tests.

Playwright's loop runs in the thread that started it, so it ends with its file: other tests call ``asyncio.run``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ui import unaware
from tests.ui.jupyterlab import JupyterLab

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_SHOTS = os.environ.get("AML_NB_SCREENSHOTS", "")


@pytest.fixture(scope="module")
def browser(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    require("browser")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # its own five seconds are few on a busy machine
    found = unaware.starter(
        next(filter(None, map(shutil.which, ("chromium", "google-chrome")))), tmp_path_factory.mktemp("b")
    )
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        chromium = playwright.chromium.launch(executable_path=found, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lab(require: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    require("browser")
    server = JupyterLab(tmp_path_factory.mktemp("lab"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    """A window of its own; what it looked like at the end is in the test's folder of temporary files."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(20_000)
    window = context.new_page()
    yield window
    window.screenshot(path=Path(_SHOTS or tmp_path) / f"{request.node.name}.png")
    context.close()
