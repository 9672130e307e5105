"""Servers that come, go, drain or move while HAProxy runs, and what it says of them.

A backend's slots are fixed while HAProxy runs; which replica is in which is not.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aml_nb.engines.front import control
from aml_nb.engines.front.config import FrontConfig, Server
from aml_nb.engines.front.render import AGAIN, WAITING, Slots, slot

_SPARE = 4
_FINE = ("no need to change", "IP changed", "port changed", "Address changed")


class Refused(Exception):
    """HAProxy does not do what it was told; a reload may."""


@dataclass(frozen=True)
class Load:
    """How one server is: requests it computes, requests it ever had, and whether it gets more."""

    busy: int = 0
    total: int = 0
    up: bool = False


@dataclass(frozen=True)
class Stats:
    """How the servers of each backend are, and how many requests wait for one of them.

    ``failed`` is how many were answered with a status of 500 or more by no server: by HAProxy itself.
    """

    servers: Mapping[str, Mapping[str, Load]] = field(default_factory=dict)
    queued: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """No request is on its way."""
        loads = [load for servers in self.servers.values() for load in servers.values()]
        return not any(load.busy for load in loads) and not any(self.queued.values())

    def load(self, backend: str, server: str) -> Load:
        return self.servers.get(backend, {}).get(server, Load())


def place(config: FrontConfig, before: Slots) -> dict[str, tuple[Server | None, ...]]:
    """A slot for each server: the one it has, else one that nobody had before; more slots where those run out."""
    return {b.name: _place(b.servers, before.get(b.name, ())) for b in config.backends}


def _place(servers: tuple[Server, ...], before: tuple[Server | None, ...]) -> tuple[Server | None, ...]:
    names = {server.name: number for number, server in enumerate(before) if server is not None}
    slots: list[Server | None] = [None] * len(before)
    new = []
    for server in servers:
        if server.name in names:
            slots[names[server.name]] = server
        else:
            new.append(server)
    start = max(names.values(), default=-1) + 1  # what left last may still have requests; the next slots have not
    free = [n for n in [*range(start, len(before)), *range(start)] if before[n] is None]
    if len(new) > len(free):
        size = 2 * len(servers) + _SPARE
        free += range(len(slots), max(size, len(slots) + len(new)))
        slots += [None] * (max(size, len(slots) + len(new)) - len(slots))
    for server, number in zip(new, free, strict=False):
        slots[number] = server
    return tuple(slots)


def commands(before: Slots | None, after: Slots) -> Iterator[str]:
    """What leads from one placing to another, or from an unknown one; servers come before others go."""
    going: list[str] = []
    for backend, slots in after.items():
        former = before[backend] if before is not None else (None,) * len(slots)
        for number, (old, new) in enumerate(zip(former, slots, strict=True)):
            name = f"{backend}/{slot(number)}"
            if new is not None:
                yield from _coming(name, old, new)
            if new is None and (old is not None or before is None):
                going.append(f"set server {name} state maint")
            elif new is not None and new.draining and not (old and old.draining):
                going.append(f"set server {name} state drain")
    yield from going


def _coming(name: str, old: Server | None, new: Server) -> Iterator[str]:
    if old is None or (old.host, old.port) != (new.host, new.port):
        yield f"set server {name} addr {new.host} port {new.port}"
    if old is None or old.limit != new.limit:
        yield f"set maxconn server {name} {new.limit}"
    if not new.draining and (old is None or old.draining):
        yield f"set weight {name} 1"
        yield f"set server {name} state ready"
        yield f"set server {name} health up"


def apply(folder: Path, wanted: Iterable[str]) -> None:
    """Tell the process that serves. Raises ``Refused`` where it does not obey."""
    try:
        for pid in control.processes(folder).workers:
            for command in wanted:
                said = control.ask(folder, f"@!{pid} {command}").strip()
                if said and not said.startswith(_FINE):
                    raise Refused(f"{command}: {said}")
    except control.Gone as error:
        raise Refused(str(error)) from None


def handing_on(slots: Slots, ready: bool) -> list[str]:
    """Let a process that is about to be replaced hand on what its own servers cannot take."""
    return [f"set server {backend}/{AGAIN} state {'ready' if ready else 'maint'}" for backend in slots]


def stats(folder: Path, slots: Slots) -> Stats:
    """How the servers are, over all processes. Raises ``Gone`` where there is none."""
    servers: dict[str, dict[str, Load]] = {name: {} for name in slots}
    queued = dict.fromkeys(slots, 0)
    failed = dict.fromkeys(slots, 0)
    found = control.processes(folder)
    for pid in found.serving:
        for row in _rows(control.ask(folder, f"@!{pid} show stat -1 6 -1")):
            backend, name = row["pxname"], row["svname"]
            if backend not in slots:
                continue
            if name == "BACKEND":
                queued[backend] += int(row["scur"] or 0)
                failed[backend] += int(row.get("hrsp_5xx") or 0)
            elif name != WAITING:
                queued[backend] -= int(row["scur"] or 0)
                failed[backend] -= int(row.get("hrsp_5xx") or 0)
                if name != AGAIN:
                    _count(servers[backend], slots[backend], row, pid in found.workers)
    waiting = {name: max(0, number) for name, number in queued.items()}
    return Stats(servers, waiting, {name: max(0, number) for name, number in failed.items()})


def _count(loads: dict[str, Load], slots: tuple[Server | None, ...], row: dict[str, str], newest: bool) -> None:
    number = int(row["svname"].removeprefix("slot"))
    server = slots[number] if number < len(slots) else None
    if server is None:
        return
    before = loads.get(server.name, Load())
    up = row["status"].startswith(("UP", "DRAIN")) if newest else before.up
    loads[server.name] = Load(before.busy + int(row["scur"] or 0), before.total + int(row["stot"] or 0), up)


def _rows(text: str) -> Iterator[dict[str, str]]:
    lines = [line for line in text.splitlines() if "," in line]
    if lines:
        yield from csv.DictReader([lines[0].removeprefix("# "), *lines[1:]])
