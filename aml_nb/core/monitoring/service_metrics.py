"""``metrics``: how many requests a service answered each second, how fast, and with how many replicas."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aml_nb.core.webservice import services
from aml_nb.errors import UserErrorException
from aml_nb.scoring.histogram import added, percentile
from aml_nb.scoring.history import ROOM, Second, merged

if TYPE_CHECKING:
    from aml_nb.core.webservice.webservice import Webservice

_DECIMALS = 3


@dataclass(frozen=True)
class ServiceMetrics:
    """A service's last seconds, one item of each list a second, the oldest first; all lists are as long.

    Attributes
    ----------
    at : the beginning of each second, in seconds since 1970.
    requests : requests for the entry script that were answered in it, whatever the answer.
    errors : those of them with a status of 500 or more.
    p50, p99 : the milliseconds that half of them, and 99 of 100, took at most; None in a second without a request.
    replicas : how many were ready; 0 while nothing ran.
    queue : how many requests waited when the second ended.
    counts : requests by duration in the whole time (``aml_nb.scoring.histogram``).
    """

    at: list[int]
    requests: list[int]
    errors: list[int]
    p50: list[float | None]
    p99: list[float | None]
    replicas: list[int]
    queue: list[int]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, seconds: Sequence[Second], first: int, last: int) -> ServiceMetrics:
        """The metrics from second ``first`` to ``last``; those that are missing were not served."""
        known = {second.at: second for second in seconds}
        rows = [known.get(at) or Second(at) for at in range(first, last + 1)]
        return cls(
            [row.at for row in rows],
            [row.requests for row in rows],
            [row.errors for row in rows],
            [_milliseconds(row.counts, 0.5) if row.requests else None for row in rows],
            [_milliseconds(row.counts, 0.99) if row.requests else None for row in rows],
            [row.replicas for row in rows],
            [row.queue for row in rows],
            tuple(added(row.counts for row in rows if row.requests)),
        )

    @property
    def seconds(self) -> int:
        """How many seconds these are."""
        return len(self.at)

    def percentile(self, share: float) -> float | None:
        """The milliseconds that this share (0 to 1) of all requests took at most; None where there was none."""
        return _milliseconds(self.counts, share)

    def to_dict(self) -> dict[str, Any]:
        """The lists, as JSON has them."""
        names = ("at", "requests", "errors", "p50", "p99", "replicas", "queue")
        return {name: list(getattr(self, name)) for name in names}

    def to_pandas(self) -> Any:
        """A DataFrame with one row a second."""
        import pandas as pd

        frame = pd.DataFrame(self.to_dict())
        return frame.assign(at=pd.to_datetime(frame["at"], unit="s", utc=True)).set_index("at")


def _milliseconds(counts: Sequence[int], share: float) -> float | None:
    found = percentile(counts, share)
    return None if found is None else round(found * 1000, _DECIMALS)


def metrics(service: Webservice, seconds: int = 300) -> ServiceMetrics:
    """What a service did in the last ``seconds``, up to the last whole one.

    Parameters
    ----------
    service : any web service; an endpoint's are those of all its versions.
    seconds : how far back, at most ROOM (more than an hour).

    Raises
    ------
    UserErrorException
        ``seconds`` is no number from 1 to ROOM.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 1 <= seconds <= ROOM:
        raise UserErrorException(
            f"seconds is {seconds!r}; the metrics of the last {ROOM} seconds are kept", hint="metrics(service, 300)"
        )
    last = int(time.time()) - 1
    rows = [_history(part, int(seconds)) for part in service._answering()]
    return ServiceMetrics.of(merged(rows), last - int(seconds) + 1, last)


def _history(service: Webservice, seconds: int) -> list[Second]:
    record = service._record
    return services.engine_of(service.workspace, record).history(record["handle"], seconds)
