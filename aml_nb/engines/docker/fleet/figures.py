"""The figures of a whole service on Docker: its replicas are asked each second, what they have counted is added up."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aml_nb.engines.docker.fleet.replica import Replica
from aml_nb.engines.folder import Keys
from aml_nb.scoring.auth import make_token
from aml_nb.scoring.config import write_atomically
from aml_nb.scoring.histogram import BUCKETS, bucket
from aml_nb.scoring.history import HISTORY_FILE
from aml_nb.scoring.recorder import Recorder
from aml_nb.scoring.tallies import COUNTS, OTHER, SCORE, Gauges, Kind, Snapshot

_ANSWER_S, _MOST_ASKED = 0.7, 8
_MOST_TOLD = 4 * 1024 * 1024
_TOKEN_S = 300.0
_TOLD_FILE = "figures.json"


@dataclass(frozen=True)
class Told:
    """What one replica has counted since its server started."""

    started: int
    counts: Snapshot

    def as_data(self) -> dict[str, Any]:
        """As ``_read`` takes it."""
        series = [[k.route, k.method, k.status, seconds, counts] for k, (seconds, counts) in self.counts.items()]
        return {"started": self.started, "series": series}


@dataclass(frozen=True)
class Standing:
    """How the service is, as far as its replicas cannot tell: ``failed`` is what its front refused until now."""

    gauges: Gauges
    replicas: Sequence[Replica] = ()
    failed: int = 0
    queue_wait_s: float = 0.0


class Figures:
    """Keeps the seconds of a service in its folder, and all that was counted in memory.

    What each replica has told is written down beside them: whoever comes after this process, were it killed, adds
    up from there, so that nothing is told of twice, and what was answered meanwhile is not left out.

    Parameters
    ----------
    folder : of the service.
    standing : how the service is; asked in the thread of the figures.
    """

    def __init__(self, folder: Path, standing: Callable[[], Standing]) -> None:
        self._standing = standing
        self._known: dict[Replica, Told] = {}
        self._file = folder / _TOLD_FILE
        self._before = _remembered(self._file)
        self._written = b""
        self._total: Snapshot = {}
        self._failed: int | None = None
        self._recorder = Recorder(folder / HISTORY_FILE)
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_MOST_ASKED, thread_name_prefix="figures")
        self._thread = threading.Thread(target=self._keep, name="figures", daemon=True)
        self.gauges = Gauges()

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def total(self) -> Snapshot:
        """All that was counted since this process began."""
        with self._lock:
            return {kind: (seconds, list(counts)) for kind, (seconds, counts) in self._total.items()}

    def last(self, replica: Replica) -> None:
        """Ask a replica that is to go for what it has counted since it was asked."""
        self._ask(replica)
        with self._lock:
            self._known.pop(replica, None)

    def _keep(self) -> None:
        while not self._over.wait(max(0.0, self._recorder.date - time.monotonic())):
            with suppress(Exception):  # the next second, then
                self.look()

    def look(self) -> None:
        """A second is over."""
        now = self._standing()
        list(self._pool.map(self._ask, now.replicas))
        if self._failed is not None and now.failed > self._failed:
            self._refused(now.failed - self._failed, now.queue_wait_s)
        self._failed = now.failed
        self.gauges = now.gauges
        with self._lock:
            for gone in self._known.keys() - set(now.replicas):
                del self._known[gone]
            known = {replica.name: told for replica, told in self._known.items()}
        self._remember(known)
        if self._recorder.due:
            self._recorder.look(self.total, now.gauges)

    def _refused(self, number: int, seconds: float) -> None:
        """The front gave up on requests that no replica has answered."""
        counts = [0] * BUCKETS
        counts[bucket(seconds)] = number
        with self._lock:
            self._add({Kind(SCORE, "_OTHER", 503): (number * seconds, counts)}, {})

    def _ask(self, replica: Replica) -> None:
        if replica.address is None:
            return
        told = ask(replica.address, replica.generation.spec.auth, replica.keys, replica.generation.spec.name)
        if told is None:
            return
        with self._lock:
            before = self._known.get(replica) or self._before.pop(replica.name, None)
            self._known[replica] = told
            same = before is not None and before.started == told.started
            self._add(told.counts, before.counts if before is not None and same else {})

    def _remember(self, known: dict[str, Told]) -> None:
        """Write down what was told, before it is in the history: a kill between the two doubles nothing."""
        data = json.dumps({name: told.as_data() for name, told in sorted(known.items())}).encode()
        if data != self._written:
            with suppress(OSError):  # a full disk: the next second, then
                write_atomically(self._file, data, mode=0o600, durable=False)
                self._written = data

    def _add(self, now: Snapshot, before: Snapshot) -> None:
        for kind, (seconds, counts) in now.items():
            had_s, had = before.get(kind, (0.0, [0] * BUCKETS))
            all_s, whole = self._total.get(kind, (0.0, [0] * BUCKETS))
            more = [max(0, new - old) for new, old in zip(counts, had, strict=True)]
            self._total[kind] = (all_s + max(0.0, seconds - had_s), [a + b for a, b in zip(whole, more, strict=True)])


def ask(address: tuple[str, int], auth: str, keys: Keys | None, service: str) -> Told | None:
    """What the server at an address has counted; None where it does not tell."""
    headers = {"Host": "localhost", "Connection": "close", "Accept": COUNTS}
    if keys is not None and auth != "none":
        word = keys.primary if auth == "key" else make_token(keys.token_secret, service, _TOKEN_S)[0]
        headers["Authorization"] = f"Bearer {word}"
    connection = http.client.HTTPConnection(*address, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/metrics", headers=headers)
        answer = connection.getresponse()
        data = answer.read(_MOST_TOLD + 1)
        return _read(json.loads(data)) if answer.status == 200 and len(data) <= _MOST_TOLD else None
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _remembered(file: Path) -> dict[str, Told]:
    """What the replicas had told when the process before this one looked last."""
    try:
        return {name: _read(told) for name, told in json.loads(file.read_bytes()).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _read(told: Any) -> Told:
    """What ``aml_nb.scoring.exposition.counts`` wrote. The script in a container may have put anything in its place."""
    counts: Snapshot = {}
    for route, method, status, seconds, numbers in told["series"]:
        if len(numbers) != BUCKETS or not all(isinstance(number, int) and number >= 0 for number in numbers):
            raise ValueError("no counts")
        kind = Kind(int(route) if 0 <= int(route) < OTHER else OTHER, str(method)[:16], int(status))
        counts[kind] = (float(seconds), list(numbers))
    return Told(int(told["started"]), counts)
