"""Machines on this machine: network namespaces on a bridge, which can be cut off. It takes root."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

_BASE = "10.78"


@lru_cache
def there() -> bool:
    """Whether they can be made here."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "nsenter"))):
        return False
    name = f"an-{uuid.uuid4().hex[:6]}"
    made = _ip("netns", "add", name) and _ip("link", "add", name, "type", "bridge")
    _ip("link", "del", name)
    _ip("netns", "del", name)
    return made


class Machines:
    """So many machines: ``host`` is this one's address, ``addresses`` are theirs."""

    def __init__(self, count: int) -> None:
        self.bridge = f"an{uuid.uuid4().hex[:6]}"
        self._net = f"{_BASE}.{int(self.bridge[2:4], 16)}"
        self.host = f"{self._net}.1"
        self.addresses = [f"{self._net}.{number + 10}" for number in range(count)]

    def inside(self, number: int) -> list[str]:
        """What stands before a command that runs on a machine."""
        return ["nsenter", f"--net=/run/netns/{self.bridge}-{number}"]

    def cut(self, number: int) -> None:
        """Take a machine's cable out: nothing reaches it any more, and nobody is told."""
        assert _ip("link", "set", self._cable(number), "down")

    def _cable(self, number: int) -> str:
        return f"{self.bridge}v{number}"

    def _up(self) -> None:
        assert _ip("link", "add", self.bridge, "type", "bridge")
        assert _ip("addr", "add", f"{self.host}/24", "dev", self.bridge)
        assert _ip("link", "set", self.bridge, "up")
        for number, address in enumerate(self.addresses):
            name = f"{self.bridge}-{number}"
            assert _ip("netns", "add", name)
            assert _ip("link", "add", self._cable(number), "type", "veth", "peer", "name", "eth0", "netns", name)
            assert _ip("link", "set", self._cable(number), "master", self.bridge, "up")
            assert _ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
            assert _ip("-n", name, "link", "set", "eth0", "up")
            assert _ip("-n", name, "link", "set", "lo", "up")

    def _down(self) -> None:
        for number in range(len(self.addresses)):
            _ip("link", "del", self._cable(number))
            _ip("netns", "del", f"{self.bridge}-{number}")
        _ip("link", "del", self.bridge)


@contextmanager
def machines(count: int) -> Iterator[Machines]:
    """Machines, which are gone afterwards."""
    made = Machines(count)
    try:
        made._up()
        yield made
    finally:
        made._down()


def _ip(*words: str) -> bool:
    return subprocess.run(["ip", *words], capture_output=True, check=False).returncode == 0
