"""What the supervisor does at each of its looks, of which a busy service has thousands a second."""

from __future__ import annotations

import selectors
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb.scoring.crew import Crew


class Kept:
    swept = 0

    def sweep(self) -> None:
        self.swept += 1


def test_duplicates_are_not_looked_through_at_each_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log: Any = None
    kept, now = Kept(), time.monotonic()
    monkeypatch.setattr("aml_nb.scoring.crew.time.monotonic", lambda: now)
    with selectors.DefaultSelector() as selector:
        crew = Crew(tmp_path, selector, log)
        worker: Any = SimpleNamespace(kept=kept)
        crew.workers.append(worker)
        for _ in range(1000):
            crew.sweep()
        assert kept.swept == 1
        now += 1
        crew.sweep()
        assert kept.swept == 2
        crew.handoff.close()
