"""How far a job is: totals, rate and time left; a file that is renewed, but not too often."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aml_nb.engines.batch import progress as module
from aml_nb.engines.batch.progress import Progress
from aml_nb.engines.batch.tally import Tally


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_it_tells_rate_and_time_left(tmp_path: Path, clock: Clock) -> None:
    said: list[str] = []
    tally, path = Tally(items_done=100, seconds=5.0), tmp_path / "progress.json"
    progress = Progress(path, tally, said.append, list, "files")
    progress.items = 1000
    writes = 0
    for _ in range(110):
        clock.now += 0.1
        tally.items_done += 5
        before = path.stat().st_mtime_ns if path.exists() else 0
        progress.look()
        writes += path.stat().st_mtime_ns != before
    facts: dict[str, Any] = json.loads(path.read_text())
    assert facts["rate"] == pytest.approx(50, rel=0.05)
    assert facts["seconds_left"] == pytest.approx((1000 - facts["items"]) / 50, rel=0.05)
    assert facts["seconds"] == pytest.approx(16, abs=0.3)
    assert writes <= 11 * 4 + 1
    assert len(said) == 1 and said[0].startswith("600 of 1,000 (60 %) files, 50/s, 8 s left")


def test_without_a_total_nothing_is_promised(tmp_path: Path, clock: Clock) -> None:
    progress = Progress(tmp_path / "progress.json", Tally(items_done=7, items_failed=2), print, list)
    progress.write("Running")
    assert json.loads((tmp_path / "progress.json").read_text())["seconds_left"] is None
    assert progress.sentence() == "9 items, 2 failed, 0/s"


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0 s"), (61, "1 min 1 s"), (3600 * 5 + 60, "5 h 1 min")])
def test_spans_of_time(seconds: float, said: str) -> None:
    assert module._span(seconds) == said
