"""What one panel follows: logs as they grow, and figures of services second by second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from logging import getLogger
from typing import TYPE_CHECKING, Any

from aml_nb.errors import AmlError
from aml_nb.labserver import ranges
from aml_nb.labserver.events.event import Event
from aml_nb.labserver.faults import Refusal, told
from aml_nb.labserver.loading import load

if TYPE_CHECKING:
    from aml_nb.labserver.shapes.logs import Source
    from aml_nb.labserver.workspaces import Workspaces

_log = getLogger(__name__)
MOST = 32
"""Channels of one panel."""
_LOG_S, _ASKED_LOG_S, _METRICS_S = 0.2, 1.5, 1.0
_WINDOW_S = 5
_LOGGED = ("services", "runs")
Key = tuple[str, ...]


class Following:
    """The channels of one socket, each a task.

    Parameters
    ----------
    workspaces : gives those of this home.
    threads : in which files are read.
    send : takes an event, and comes back when there is room for the next one.
    """

    def __init__(self, workspaces: Callable[[], Workspaces], threads: Executor, send: Callable[[Event], Any]) -> None:
        self._workspaces, self._threads, self._send = workspaces, threads, send
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._at: dict[Key, int] = {}

    def follow(self, asked: dict[str, Any], workspace: str | None) -> None:
        """Begin with a channel; one that is followed already is followed from the new place on.

        Raises
        ------
        Refusal : there is no such channel, or there are too many.
        """
        key, start = self._key(asked, workspace), asked.get("from", -ranges.DEFAULT)
        if isinstance(start, bool) or not isinstance(start, int) or abs(start) >= ranges.FARTHEST:
            raise Refusal("'from' must be a whole number of bytes.")
        if key in self._tasks and self._at.get(key) == start:
            return
        self._end(key)
        if len(self._tasks) >= MOST:
            raise Refusal(f"More than {MOST} logs and figures are followed.", hint="close some views")
        self._at[key] = start
        work = self._log(key) if key[0] == "log" else self._metrics(key)
        self._tasks[key] = asyncio.get_running_loop().create_task(self._guarded(key, work))

    def unfollow(self, asked: dict[str, Any], workspace: str | None) -> None:
        """End a channel; nothing happens where it is not followed."""
        self._end(self._key(asked, workspace))

    def close(self) -> None:
        """End all of them."""
        for key in list(self._tasks):
            self._end(key)

    def _key(self, asked: dict[str, Any], workspace: str | None) -> Key:
        where = str(asked.get("workspace") or workspace or "")
        if asked.get("channel") == "metrics":
            return ("metrics", where, str(asked.get("id")))
        if asked.get("channel") == "log" and asked.get("kind") in _LOGGED:
            return ("log", where, str(asked["kind"]), str(asked.get("id")), str(asked.get("name") or ""))
        raise Refusal("There is no such channel.", hint='"log" of services and runs, "metrics" of services')

    def _end(self, key: Key) -> None:
        task = self._tasks.pop(key, None)
        self._at.pop(key, None)
        if task is not None:
            task.cancel()

    async def _guarded(self, key: Key, work: Any) -> None:
        """A channel ends when what it tells of is gone; the panel hears why, and whose it was."""
        try:
            await work
        except Exception as error:
            if not isinstance(error, AmlError):
                _log.exception("aml_nb: following %s failed", "/".join(key))
            where = {"channel": key[0], "workspace": key[1], "id": key[-2] if key[0] == "log" else key[-1]}
            await self._send({"event": "error", **where, **told(error)[1]})
        finally:
            if self._tasks.get(key) is asyncio.current_task():
                self._end(key)

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    async def _log(self, key: Key) -> None:
        _, ws, kind, identity, name = key

        def find() -> Any:
            return load("shapes.logs:Source")(self._workspaces().get(ws), kind, identity, name)

        source: Source = await self._in_thread(find)
        head = {"event": "log", "workspace": ws, "kind": kind, "id": identity, "name": source.name}
        while True:
            part: ranges.Part = await self._in_thread(source.read, self._at[key])
            if part.text or part.start != self._at[key]:
                await self._send({**head, "from": part.start, "to": part.end, "text": part.text})
            self._at[key] = part.end
            if part.end >= part.size or not part.text:
                await asyncio.sleep(_LOG_S if source.file is not None else _ASKED_LOG_S)

    async def _metrics(self, key: Key) -> None:
        _, ws, identity = key

        def look() -> dict[str, Any]:
            found = load("shapes.service_detail:figures")(self._workspaces().get(ws), identity, _WINDOW_S)
            return {name: values[:-1] for name, values in found.items()}  # the last second may not be written yet

        while True:
            await self._send({"event": "metrics", "workspace": ws, "id": identity, **await self._in_thread(look)})
            await asyncio.sleep(_METRICS_S)
