"""The WebSocket: what changes goes to the panel as it happens."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any, cast

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import ensure_async
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from aml_nb import __version__
from aml_nb.errors import AmlError
from aml_nb.labserver import PROTOCOL
from aml_nb.labserver.answers import to_json
from aml_nb.labserver.events.event import Event
from aml_nb.labserver.events.following import Following
from aml_nb.labserver.faults import Refusal, body_of
from aml_nb.labserver.handlers import Shared

_MOST_WAITING = 2000
_MOST_FOLLOWED = 16
"""So many parts of logs wait at most: they may be long."""
_MOST_BYTES = 64 * 1024


class EventsHandler(Shared, WebSocketMixin, WebSocketHandler, JupyterHandler):
    """One open panel."""

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open the socket for whoever may read."""
        if self.current_user is None:
            raise HTTPError(403)
        allowed = self.authorizer.is_authorized(self, self.current_user, "read", self.auth_resource)
        if not await ensure_async(allowed):
            raise HTTPError(403)
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise HTTPError(400, "The events come over a WebSocket: the request lacks 'Upgrade: websocket'.")
        await cast(Any, super().get(*args, **kwargs))

    def set_default_headers(self) -> None:
        """Those of pages and of JSON make no sense here."""

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Say who answers; the panel then says what it wants to hear of."""
        super().open(*args, **kwargs)
        self._workspace: str | None = None
        self._waiting: asyncio.Queue[tuple[Event, bool]] = asyncio.Queue(_MOST_WAITING)
        self._room = asyncio.Semaphore(_MOST_FOLLOWED)
        self._writer = asyncio.get_running_loop().create_task(self._write())
        self._following = Following(lambda: self.site.workspaces, self.site.quick, self._patiently)
        self._send({"event": "hello", "version": __version__, "protocol": PROTOCOL})

    def on_message(self, message: str | bytes) -> None:
        """Do what the panel asks for; what cannot be right is answered, and the socket stays open."""
        try:
            self._obey(_read(message))
        except AmlError as error:
            self._send({"event": "error", **body_of(error)})

    def on_close(self) -> None:
        """Watch no more for this one."""
        super().on_close()
        if hasattr(self, "_writer"):
            self._turn_to(None)
            self._following.close()
            self._writer.cancel()

    def _obey(self, asked: dict[str, Any]) -> None:
        operation = asked.get("op")
        if operation == "workspace":
            self._turn_to(None if asked.get("id") is None else str(asked["id"]))
        elif operation == "follow":
            self._following.follow(asked, self._workspace)
        elif operation == "unfollow":
            self._following.unfollow(asked, self._workspace)
        elif operation == "ping":
            self._send({"event": "pong"})
        else:
            raise Refusal(f"There is no operation {str(operation)[:40]!r}.", hint="workspace, follow, unfollow, ping")

    def _turn_to(self, identity: str | None) -> None:
        if self._workspace is not None:
            self.site.hub.leave(self._workspace, self._send)
        self._workspace = None
        if identity is not None:
            self.site.hub.join(identity, self._send)
            self._workspace = identity

    def _send(self, event: Event, followed: bool = False) -> None:
        try:
            self._waiting.put_nowait((event, followed))
        except asyncio.QueueFull:  # a panel that sleeps: it lists anew when it wakes up
            waiting = [self._waiting.get_nowait() for _ in range(self._waiting.qsize())]
            for kept in [each for each in waiting if each[1]]:  # a log has no holes
                self._waiting.put_nowait(kept)
            self._waiting.put_nowait(({"event": "reset", "workspace": self._workspace}, False))
            if followed:
                self._waiting.put_nowait((event, True))

    async def _patiently(self, event: Event) -> None:
        """Wait until the panel has taken what came before: a long log is not piled up here."""
        await self._room.acquire()
        self._send(event, followed=True)

    async def _write(self) -> None:
        with suppress(WebSocketClosedError):
            while True:
                event, followed = await self._waiting.get()
                await self.write_message(to_json(event))
                if followed:
                    self._room.release()


def _read(message: str | bytes) -> dict[str, Any]:
    try:
        asked = json.loads(message) if len(message) <= _MOST_BYTES else None
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Refusal("A message is a short JSON object.", hint='{"op": "workspace", "id": "default"}')
    return asked
