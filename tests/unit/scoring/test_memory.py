"""Why a process was killed, as the control group counts it; both generations of groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from aml_nb.scoring import memory, process

OLD, NEW = "4:memory:/docker/1a2b\n0::/docker/1a2b\n", "0::/user.slice/app\n"
FILES = {
    OLD: ("memory/docker/1a2b", "memory.oom_control", "memory.limit_in_bytes", str(1 << 63)),
    NEW: ("user.slice/app", "memory.events", "memory.max", "max"),
}


@pytest.fixture(params=[OLD, NEW], ids=["first generation", "second generation"])
def group(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, str]:
    """The files that count ends and hold the limit, and how the limit says that there is none."""
    folder, counter, limit, none = FILES[request.param]
    (tmp_path / "self").write_text(request.param)
    (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(memory, "_GROUPS", tmp_path)
    monkeypatch.setattr(memory, "_MEMBERSHIP", tmp_path / "self")
    count(tmp_path / folder / counter, 2)
    return tmp_path / folder / counter, tmp_path / folder / limit, none


def count(file: Path, ends: int) -> None:
    file.write_text(f"low 0\noom 9\noom_kill {ends}\n")


def test_each_end_that_the_kernel_counts_is_told_once(group: tuple[Path, Path, str]) -> None:
    counter, limit, none = group
    limit.write_text(f"{int(0.3 * 1024**3)}\n")
    deaths = memory.Deaths()
    assert deaths.told() is None  # those of before are nobody's here
    count(counter, 4)
    assert [deaths.told() for _ in range(3)] == ["it used more than its 0.3 GB"] * 2 + [None]
    limit.write_text(none)
    count(counter, 5)
    assert deaths.told() == "there was none left"


def test_where_nothing_counts_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_GROUPS", tmp_path)
    monkeypatch.setattr(memory, "_MEMBERSHIP", tmp_path / "none")
    assert memory.Deaths().told() is None


@pytest.mark.parametrize(
    ("starved", "code", "why"),
    [
        (None, "worker-died", "SIGKILL (out of memory, perhaps)."),
        ("it used more than its 0.3 GB", "out-of-memory", "SIGKILL (out of memory: it used more than its 0.3 GB)."),
    ],
)
def test_a_killed_worker_tells_what_is_known(
    monkeypatch: pytest.MonkeyPatch, starved: str | None, code: str, why: str
) -> None:
    class Killed:
        def poll(self) -> int:
            return -9

    class Starved:
        def told(self) -> str | None:
            return starved

    worker = process.WorkerProcess.__new__(process.WorkerProcess)
    worker.process = Killed()  # type: ignore[assignment]
    monkeypatch.setattr(process, "_starved", Starved())
    death = worker.death()
    assert (death["code"], death["exit_code"]) == (code, -9)
    assert death["message"].endswith(why)
