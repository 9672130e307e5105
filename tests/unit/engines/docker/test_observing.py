"""Why a container ended that had run out of memory at some time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("docker")

from aml_nb.engines.docker import observing

FINISHED = "2026-01-02T03:04:05.5Z"


class Events(list[dict[str, str]]):
    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("exit_code", "oom_at", "code"),
    [
        (137, observing._seconds(FINISHED) - 1, "out-of-memory"),
        (137, observing._seconds(FINISHED) - 60, "container-killed"),
        (3, observing._seconds(FINISHED) - 60, "out-of-memory"),
    ],
)
def test_a_mark_of_long_ago_is_no_reason(exit_code: int, oom_at: float, code: str) -> None:
    def events(since: int, **_: Any) -> Events:
        return Events([{"status": "oom"}] if oom_at >= since else [])

    state = {"Status": "exited", "ExitCode": exit_code, "OOMKilled": True, "FinishedAt": FINISHED}
    attributes = {"State": state, "HostConfig": {"Memory": 1 << 28}}
    container: Any = SimpleNamespace(id="1a", name="aml-x", attrs=attributes, client=SimpleNamespace(events=events))
    assert observing._ended(container, state).code == code
