"""Who listens to which workspace: a workspace is watched while anybody listens to it, once for all of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from logging import Logger, LoggerAdapter
from typing import TYPE_CHECKING, Any

from aml_nb.labserver.events.event import Event
from aml_nb.labserver.loading import load
from aml_nb.labserver.threads import Threads

if TYPE_CHECKING:
    from aml_nb.labserver.events.watcher import Watcher
    from aml_nb.labserver.workspaces import Workspaces

Listener = Callable[[Event], None]
_PAUSE_S, _POSTGRESQL_S, _TROUBLE_S = 0.15, 1.0, 2.0
_SHARE = 3.0
"""A look that takes long is followed by a pause of so many times that: watching never takes more of a core."""


class Hub:
    """Watches workspaces and tells whoever listens.

    Parameters
    ----------
    workspaces : gives those of this home, when somebody listens for the first time.
    log : of the server.
    """

    def __init__(self, workspaces: Callable[[], Workspaces], log: Logger | LoggerAdapter[Any]) -> None:
        self._workspaces, self._log = workspaces, log
        self._threads = Threads(4, "aml-nb-watch")
        self._listeners: dict[str, set[Listener]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._gone: dict[str, Event] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def watched(self) -> set[str]:
        """The ids of the workspaces that are watched now."""
        return set(self._tasks)

    def join(self, identity: str, listener: Listener) -> None:
        """Tell ``listener`` what changes in a workspace.

        The first thing it hears is that it should list anew, or that the workspace is gone; one that is made again
        is noticed.
        """
        self._loop = asyncio.get_running_loop()
        self._listeners.setdefault(identity, set()).add(listener)
        if identity not in self._tasks:
            self._tasks[identity] = self._loop.create_task(self._watch(identity))
        elif identity in self._gone:
            listener(self._gone[identity])
        else:
            listener({"event": "reset", "workspace": identity})

    def tell(self, identity: str, event: Event) -> None:
        """Tell whoever listens to a workspace; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._tell, identity, event)

    def leave(self, identity: str, listener: Listener) -> None:
        """Tell it no more; with the last listener the watching ends."""
        listeners = self._listeners.get(identity, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(identity, None)
            task = self._tasks.pop(identity, None)
            self._gone.pop(identity, None)
            if task is not None:
                task.cancel()

    async def close(self) -> None:
        """Watch nothing any more."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        self._listeners.clear()
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._threads.shutdown()

    async def _watch(self, identity: str) -> None:
        loop = asyncio.get_running_loop()
        watcher: Watcher | None = None
        failed = ""
        try:
            while True:
                began, events, pause = time.monotonic(), list[Event](), _TROUBLE_S
                try:
                    if watcher is None:
                        watcher = await loop.run_in_executor(self._threads, self._watcher, identity)
                    events = await loop.run_in_executor(self._threads, watcher.look)
                except Exception as error:  # a look that breaks must not end the watching
                    if repr(error) != failed:  # what stays broken is told once, not with every look
                        self._log.exception("aml_nb: watching the workspace %s failed", identity)
                    failed = repr(error)
                else:
                    failed = ""
                    if not watcher.trouble:
                        least = _POSTGRESQL_S if watcher.polls else _PAUSE_S
                        pause = max(least, _SHARE * (time.monotonic() - began))
                for event in events:
                    self._tell(identity, event)
                await asyncio.sleep(pause)
        finally:
            if watcher is not None:
                with suppress(RuntimeError):  # the server is ending, and its connections with it
                    self._threads.submit(watcher.close)

    def _watcher(self, identity: str) -> Watcher:
        """In a thread, for core loads with it."""
        found: Watcher = load("events.watcher:Watcher")(self._workspaces(), identity)
        return found

    def _tell(self, identity: str, event: Event) -> None:
        if event["event"] == "gone":
            self._gone[identity] = event
        else:
            self._gone.pop(identity, None)
        for listener in list(self._listeners.get(identity, ())):
            listener(event)
