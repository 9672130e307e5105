"""The longest pieces of work of a page's main thread, from Chromium's own trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_CATEGORIES = ["disabled-by-default-devtools.timeline", "toplevel", "__metadata"]


@contextmanager
def long_tasks(browser: Browser, page: Page) -> Iterator[list[float]]:
    """A list that afterwards has the milliseconds of every task of the main thread, the longest first."""
    tasks: list[float] = []
    browser.start_tracing(page=page, categories=_CATEGORIES)
    try:
        yield tasks
    finally:
        events = json.loads(browser.stop_tracing())["traceEvents"]
    tasks += sorted(_tasks(events), reverse=True)
    assert tasks, "the trace has no task of a page's main thread"


def _tasks(events: list[dict[str, Any]]) -> Iterator[float]:
    names = [event for event in events if event["name"] == "thread_name"]
    main = {(event["pid"], event["tid"]) for event in names if event["args"]["name"] == "CrRendererMain"}
    for event in events:
        if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) in main:
            yield event.get("dur", 0) / 1000
