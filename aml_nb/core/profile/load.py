"""Sending requests from several clients at once for a while, and what came of it."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# As long as v1's AKS gives a run() by default, and some.
TIMEOUT_S = 90.0
LOST = (0, 502)
"""The worker died over it: the connection breaks off, or the server says so."""


@dataclass(frozen=True)
class Target:
    """Where requests go."""

    host: str
    port: int
    path: str
    headers: dict[str, str]


@dataclass
class Outcome:
    """The answers of one load: milliseconds of those that were good, and how many were not; ``lost``: as LOST says."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    lost: int = 0

    @property
    def requests(self) -> int:
        """How many were sent and came to an end."""
        return len(self.latencies) + self.errors


@dataclass(frozen=True)
class Reply:
    """One answer; ``status`` 0 is none at all, and ``text`` then says why."""

    status: int
    text: str = ""
    request_id: str | None = None


class Client:
    """One connection that is kept open."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._connection = http.client.HTTPConnection(target.host, target.port, timeout=TIMEOUT_S)

    def send(self, body: bytes) -> Reply:
        """Send one request and read the answer."""
        try:
            self._connection.request("POST", self._target.path, body, self._target.headers)
            answer = self._connection.getresponse()
            text = answer.read()
            return Reply(answer.status, text[:2000].decode("utf-8", "replace"), answer.getheader("x-request-id"))
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return Reply(0, f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def run(target: Target, bodies: Sequence[bytes], clients: int, seconds: float, stop: Callable[[], bool]) -> Outcome:
    """Let ``clients`` send one request after the other for ``seconds``, each at least one.

    ``stop`` is asked before each request; once it says so, no more are sent.
    """
    outcome, lock = Outcome(), threading.Lock()
    started = time.monotonic()
    until = started + seconds

    def work(number: int) -> None:
        client, mine = Client(target), Outcome()
        try:
            _send_until(client, bodies, number, until, mine, stop)
        finally:
            client.close()
        with lock:
            outcome.latencies += mine.latencies
            outcome.errors += mine.errors
            outcome.lost += mine.lost

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds = time.monotonic() - started
    outcome.latencies.sort()
    return outcome


def _send_until(
    client: Client, bodies: Sequence[bytes], number: int, until: float, mine: Outcome, stop: Callable[[], bool]
) -> None:
    """Clients begin at different bodies, so that not all of them send the same one at the same time."""
    while not stop():
        began = time.perf_counter()
        status = client.send(bodies[number % len(bodies)]).status
        if status == 200:
            mine.latencies.append((time.perf_counter() - began) * 1000)
        else:
            mine.errors += 1
            mine.lost += status in LOST
            time.sleep(0.01)  # a service that refuses at once is not to be flooded
        number += 1
        if time.monotonic() >= until:
            return


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The value that ``share`` per cent of the values, which are in order, do not exceed."""
    if not ordered:
        return None
    place = max(0, -(-len(ordered) * share // 100) - 1)
    return ordered[min(int(place), len(ordered) - 1)]
