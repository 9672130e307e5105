"""The descriptors that a worker inherits."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Shared:
    """What a worker shares with its supervisor (control line, ledger, keeping) and with the other workers.

    ``handoff`` and ``offers`` are the two ends of queues of connections: the first of those whose worker goes, the
    second of those whose worker is busy while another of the same revision is idle. ``place`` is the worker's own on
    the board of its revision, ``tally`` that in the tallies of the service. One that ``waits`` lets nobody in before
    its revision takes over.
    """

    control: int
    listeners: tuple[int, ...]
    handoff: tuple[int, int]
    offers: tuple[int, int]
    keeping: int
    ledger: int
    board: int
    place: int
    tallies: int
    tally: int
    waits: bool = False

    @property
    def handles(self) -> tuple[int, ...]:
        """All descriptors."""
        one = (self.control, self.keeping, self.ledger, self.board, self.tallies)
        return (*one, *self.listeners, *self.handoff, *self.offers)

    def to_text(self) -> str:
        """As a word on a command line."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Shared:
        """What ``to_text`` wrote."""
        values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in json.loads(text).items()}
        return cls(**values)
