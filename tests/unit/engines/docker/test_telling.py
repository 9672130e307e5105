from __future__ import annotations

import io
import json
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("docker")

from aml_nb.engines import collecting
from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker import telling
from aml_nb.engines.docker.deployment import Deployment
from aml_nb.engines.docker.fleet import figures
from aml_nb.engines.docker.fleet.figures import Figures, Standing, Told
from aml_nb.engines.folder import ServiceFolder
from aml_nb.scoring import exposition
from aml_nb.scoring.histogram import BUCKETS, counted
from aml_nb.scoring.history import HISTORY_FILE, History, Second, read
from aml_nb.scoring.tallies import OTHER, SCORE, Gauges, Kind, Snapshot

DATA = "modeldata/sub/group/ws/svc/iris/3/inputs/2026/11/21/data.csv"


class Container:
    """As much of a container as is asked: what is in its spool, and which batches it is told are done."""

    name = "one"

    def __init__(self, *batches: dict[str, bytes]) -> None:
        self.batches = [dict(batch) for batch in batches]
        self.done: list[str] = []
        self.complaint = b""

    def exec_run(self, command: list[str]) -> tuple[int, bytes]:
        batch, *done = command[6:]
        self.done += done
        return (1, self.complaint) if self.complaint else (0, b"spool.b1 spool.b2\n" if batch else b"")

    def get_archive(self, path: str) -> tuple[list[bytes], dict[str, int]]:
        return [archive(self.batches.pop(0))], {}


def archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> ServiceFolder:
    found = ServiceFolder(tmp_path / "services", "svc")
    found.path.mkdir(parents=True)
    return found


def told(folder: ServiceFolder, kind: str = "requests") -> list[int]:
    path = collecting.insights_folder(folder.root, folder.handle) / f"{kind}.jsonl"
    return [json.loads(line)["n"] for line in path.read_text().splitlines()]


def test_what_is_told_arrives_once_and_in_order(folder: ServiceFolder) -> None:
    one = {
        "spool.b1/insights/requests.jsonl": b'{"n": 3}\n{"n": 4}\n{"n": ',
        "spool.b1/insights/requests.jsonl.1": b'{"n": 2}\n',
        "spool.b1/insights/requests.jsonl.2": b'{"n": 1}\n',
        f"spool.b1/{DATA}": b"a,b\n1,2\n",
    }
    two = {"spool.b2/insights/requests.jsonl": b'{"n": 5}\n', f"spool.b2/{DATA}": b"a,b\n3,4\n"}
    container: Any = Container(one, {**one, **two}, {})
    for _ in range(3):
        telling.fetch(container, folder)
    assert told(folder) == [1, 2, 3, 4, 5]
    path = collecting.model_data_folder(folder.root).joinpath(*DATA.split("/")[1:])
    assert path.read_text() == "a,b\n1,2\n3,4\n"
    assert container.done == ["b1", "b1", "b2"]


def test_what_is_being_written_is_left_unless_the_container_goes(folder: ServiceFolder) -> None:
    fresh = {"spool/insights/requests.jsonl": b'{"n": 1}\n'}
    container: Any = Container(fresh, fresh)
    telling.fetch(container, folder)
    assert not collecting.insights_folder(folder.root, folder.handle).exists()
    Deployment(ServiceSpec("svc", "svc", "ACI", "score.py", "", app_insights=True), "image").write(folder.path)
    telling.keep(container, folder)
    assert told(folder) == [1]


def test_nothing_that_is_put_there_leads_elsewhere(folder: ServiceFolder, tmp_path: Path) -> None:
    hostile = {
        "spool.b1/../../insights/requests.jsonl": b'{"n": 1}\n',
        "spool.b1/insights/other.jsonl": b'{"n": 1}\n',
        "spool.b1/modeldata/../../../../x/y/z/1/2/3/4/data.csv": b"a\n1\n",
        "spool.b1/modeldata/data.csv": b"a\n1\n",
        "/etc/spool.b1/insights/traces.jsonl": b'{"n": 7}\n',
        "elsewhere/insights/requests.jsonl": b'{"n": 1}\n',
    }
    container: Any = Container(hostile)
    telling.fetch(container, folder)
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"services/svc/told.json", "services/svc/.told.lock", "insights/svc/traces.jsonl"}
    assert told(folder, "traces") == [7]


def test_a_container_that_refuses_loses_nothing(folder: ServiceFolder) -> None:
    container: Any = Container()
    container.complaint = b"No space left on device"
    with pytest.raises(OSError, match="one: No space left"):
        telling.fetch(container, folder)
    assert not (folder.path / "told.json").exists()


def test_the_seconds_of_a_container_that_goes_are_kept(folder: ServiceFolder, tmp_path: Path) -> None:
    now = int(time.time()) - 5
    for path, at in ((tmp_path / HISTORY_FILE, now), (folder.path / HISTORY_FILE, now - 1)):
        history = History(path)
        history.note(Second(now - 1, 1, counts=tuple(counted([0.1]))))
        history.note(Second(at, 2, counts=tuple(counted([0.1, 0.1]))))
        history.close()
    container: Any = Container()
    container.get_archive = lambda path: ([archive({HISTORY_FILE: (tmp_path / HISTORY_FILE).read_bytes()})], {})
    telling.keep_history(container, folder)
    found = read(folder.path / HISTORY_FILE, 60)
    assert [(second.at - now, second.requests, sum(second.counts)) for second in found] == [(-1, 3, 3), (0, 2, 2)]


# figures


class Replica:
    def __init__(self, name: str = "one") -> None:
        self.name = name
        self.address: Any = ("127.0.0.1", 1)
        self.keys = None
        self.generation = type("Generation", (), {"spec": type("Spec", (), {"auth": "none", "name": "svc"})})


def seen(requests: int) -> Snapshot:
    return {Kind(SCORE, "POST", 200): (0.1 * requests, counted([0.1] * requests))}


def counts_of(figures: Figures) -> dict[int, int]:
    return {kind.status: sum(counts) for kind, (_, counts) in figures.total.items()}


def test_replicas_are_added_up_whether_they_restart_or_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one, two = Replica(), Replica("two")
    now = 10**10
    answers: dict[Any, Told | None] = {}
    monkeypatch.setattr(figures, "ask", lambda address, auth, keys, name: answers[address])
    one.address, two.address = ("one", 1), ("two", 1)
    standing = [Standing(Gauges(ready=2), [one, two])]  # type: ignore[list-item]
    found = Figures(tmp_path, lambda: standing[0])
    for told_one, told_two, total in (
        (Told(now, seen(3)), Told(now, seen(4)), 7),
        (Told(now, seen(5)), None, 9),  # one does not answer
        (Told(now + 9, seen(1)), Told(now, seen(6)), 12),  # another has been restarted
    ):
        answers |= {one.address: told_one, two.address: told_two}
        found.look()
        assert counts_of(found) == {200: total}
    answers[one.address] = Told(now + 9, seen(3))
    found.last(one)  # type: ignore[arg-type]
    standing[0] = Standing(Gauges(ready=1), [two], failed=3)  # type: ignore[list-item]
    found.look()
    standing[0] = Standing(Gauges(ready=1), [two], failed=5, queue_wait_s=0.5)  # type: ignore[list-item]
    found.look()
    assert counts_of(found) == {200: 14, 503: 2 + 3}
    found.end()


def test_a_process_goes_on_where_the_one_before_it_was_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it had told is not told again; what was answered while there was none is."""
    known, new = Replica(), Replica("new")
    told = {"known": Told(1000, seen(50)), "new": Told(2000, seen(4))}
    known.address, new.address = ("known", 1), ("new", 1)
    monkeypatch.setattr(figures, "ask", lambda address, auth, keys, name: told[address[0]])
    first = Figures(tmp_path, lambda: Standing(Gauges(ready=1), [known]))  # type: ignore[list-item]
    first.look()
    first.end()
    told["known"] = Told(1000, seen(53))
    second = Figures(tmp_path, lambda: Standing(Gauges(ready=2), [known, new]))  # type: ignore[list-item]
    second.look()
    assert counts_of(second) == {200: 3 + 4}
    second.end()
    (tmp_path / "figures.json").write_text('{"one": [')
    third = Figures(tmp_path, lambda: Standing(Gauges(ready=1), [known]))  # type: ignore[list-item]
    third.look()
    assert counts_of(third) == {200: 53}
    third.end()


def test_what_a_replica_says_is_read_and_nonsense_is_not() -> None:
    data = json.loads(exposition.counts(seen(2), Gauges(started=7)))
    assert figures._read(data) == Told(7, seen(2))
    strange = {"started": 1, "series": [[99, "x" * 999, 200, 1.0, [0] * BUCKETS]]}
    assert list(figures._read(strange).counts) == [Kind(OTHER, "x" * 16, 200)]
    for nonsense in ({}, {"started": 1, "series": [[0, "POST", 200, 1.0, [1]]]}, [], {"started": None, "series": []}):
        with pytest.raises((ValueError, KeyError, TypeError)):
            figures._read(nonsense)
