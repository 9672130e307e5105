"""What waits for a panel that reads nothing, and channels that end."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from aml_nb.errors import UserErrorException
from aml_nb.labserver.events import following, socket
from aml_nb.labserver.events.following import Following
from aml_nb.labserver.events.socket import EventsHandler
from aml_nb.labserver.faults import Refusal


class Panel(EventsHandler):
    """A socket whose other end takes messages once it is woken up."""

    def __init__(self) -> None:
        self._workspace = "ws"
        self._waiting = asyncio.Queue(socket._MOST_WAITING)
        self._room = asyncio.Semaphore(socket._MOST_FOLLOWED)
        self.awake, self.got = asyncio.Event(), list[dict[str, Any]]()

    async def write_message(self, message: Any, binary: bool = False) -> None:  # type: ignore[override]
        await self.awake.wait()
        self.got.append(json.loads(message))


def test_little_waits_for_a_panel_that_sleeps_and_no_log_has_a_hole() -> None:
    async def story() -> None:
        panel = Panel()
        writer = asyncio.create_task(panel._write())

        async def log() -> None:
            for number in range(100):
                await panel._patiently({"event": "log", "from": number})

        logging = asyncio.create_task(log())
        for number in range(2 * socket._MOST_WAITING):
            panel._send({"event": "changed", "id": number})
            if number % 100 == 0:
                await asyncio.sleep(0)
        waiting = [panel._waiting.get_nowait() for _ in range(panel._waiting.qsize())]
        assert sum(followed for _, followed in waiting) <= socket._MOST_FOLLOWED
        for each in waiting:
            panel._waiting.put_nowait(each)
        panel.awake.set()
        await asyncio.wait_for(logging, 20)
        while not panel._waiting.empty():
            await asyncio.sleep(0)
        writer.cancel()
        logs = [each["from"] for each in panel.got if each["event"] == "log"]
        assert logs == list(range(100))
        assert {"event": "reset", "workspace": "ws"} in panel.got

    asyncio.run(story())


@pytest.mark.parametrize("error", [OSError("secret"), UserErrorException("gone")])
def test_a_channel_that_breaks_says_so(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def broken(name: str) -> Any:
        raise error

    monkeypatch.setattr(following, "load", broken)
    sent: list[dict[str, Any]] = []

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    async def story() -> None:
        with ThreadPoolExecutor(1) as threads:
            channels = Following(lambda: None, threads, send)  # type: ignore[arg-type, return-value]
            channels.follow({"channel": "log", "kind": "runs", "id": "r", "name": "n"}, "ws")
            for _ in range(2000):
                if sent:
                    break
                await asyncio.sleep(0.01)

    asyncio.run(story())
    (event,) = sent
    assert (event["event"], event["channel"], event["id"], event["workspace"]) == ("error", "log", "r", "ws")
    assert "secret" not in event["message"]


@pytest.mark.parametrize("start", [True, "0", 1.5, None, 2**63, -(2**70)])
def test_places_that_no_file_has_are_refused(start: Any) -> None:
    channels = Following(lambda: None, None, None)  # type: ignore[arg-type, return-value]
    with pytest.raises(Refusal):
        channels.follow({"channel": "log", "kind": "runs", "id": "r", "name": "n", "from": start}, "ws")
