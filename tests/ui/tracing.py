"""The longest tasks of a page's main thread, from Chromium's own trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_CATEGORIES = ["disabled-by-default-devtools.timeline", "toplevel", "__metadata"]


class Task(NamedTuple):
    """How many milliseconds a task took, and how many of them on a processor: a busy machine lets tasks wait."""

    took: float
    cpu: float


@contextmanager
def long_tasks(browser: Browser, page: Page) -> Iterator[list[Task]]:
    """A list that afterwards has every task of the main thread, the longest first."""
    tasks: list[Task] = []
    browser.start_tracing(page=page, categories=_CATEGORIES)
    try:
        yield tasks
    finally:
        events = json.loads(browser.stop_tracing())["traceEvents"]
    tasks += sorted(_tasks(events), reverse=True)
    assert tasks, "the trace has no task of a page's main thread"


def _tasks(events: list[dict[str, Any]]) -> Iterator[Task]:
    names = [event for event in events if event["name"] == "thread_name"]
    main = {(event["pid"], event["tid"]) for event in names if event["args"]["name"] == "CrRendererMain"}
    for event in events:
        if event["name"] == "RunTask" and (event["pid"], event["tid"]) in main:
            yield Task(event.get("dur", 0) / 1000, event.get("tdur", 0) / 1000)
