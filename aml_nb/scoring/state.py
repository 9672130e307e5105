"""How a service stands, as its supervisor tells it in ``state.json``."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any

CRASHED = "crashed"
"""The code of the error of a process that ended by a fault of its own."""


class StateFile:
    """Holds the facts and publishes them whenever one of them changes.

    Where that cannot be (a full disk), ``unwritten`` says so, and the next ``update`` tries again.
    """

    def __init__(self, publish: Callable[[bytes], None]) -> None:
        self._publish = publish
        self._started = time.time()
        self._facts: dict[str, Any] = {
            "state": "Transitioning",
            "error": None,
            "revision": None,
            "pending": None,
            "workers": [],
        }
        self._replicas = {"ready": 0, "wanted": 0}
        self.was_healthy = False
        self.restarts = 0
        self.unwritten = False

    @property
    def worker_died(self) -> bool:
        """The last thing to tell is a worker's death, not a failed update."""
        error = self._facts["error"]
        return error is not None and "revision" not in error

    def update(self, **facts: Any) -> None:
        """Change facts; ``ready`` and ``wanted`` are the numbers of replicas."""
        before = (dict(self._facts), dict(self._replicas))
        self.restarts = facts.pop("restarts", self.restarts)
        for name in ("ready", "wanted"):
            if name in facts:
                self._replicas[name] = facts.pop(name)
        self._facts.update(facts)
        self.was_healthy = self.was_healthy or self._facts["state"] == "Healthy"
        if self.unwritten or (self._facts, self._replicas) != before:
            self._write()

    def _write(self) -> None:
        whole = {
            **self._facts,
            "pid": os.getpid(),
            "replicas": self._replicas,
            "restarts": self.restarts,
            "started": self._started,
            "updated": time.time(),
        }
        try:
            self._publish(json.dumps(whole, indent=2).encode())
            self.unwritten = False
        except OSError:
            self.unwritten = True
