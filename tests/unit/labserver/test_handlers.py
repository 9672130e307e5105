"""Answers on their way to a page."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.iostream import StreamClosedError

from aml_nb.labserver import handlers
from aml_nb.labserver.handlers import RouteHandler
from aml_nb.labserver.threads import Threads


class Closed(RouteHandler):
    """Answers a page that was closed before the answer was made."""

    def __init__(self) -> None:
        self._functions, self._slow, self.status = {"GET": "hello"}, False, 0
        self.request: Any = SimpleNamespace(query_arguments={})
        self.threads = Threads(1, "test")

    @property
    def site(self) -> Any:
        return SimpleNamespace(quick=self.threads, slow=self.threads)

    def set_status(self, status_code: int, reason: str | None = None) -> None:
        self.status = status_code

    def set_header(self, name: str, value: Any) -> None:
        """Headers are not looked at."""

    async def finish(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        raise StreamClosedError()


def test_a_page_that_was_closed_meanwhile_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "function_of", lambda name: lambda call: {"name": name})
    handler = Closed()
    asyncio.run(handler._answer("GET", {}))
    handler.threads.shutdown()
    assert handler.status == 200
