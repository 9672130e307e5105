"""What the workers of one revision share with one another."""

from __future__ import annotations

from aml_nb.scoring.handoff import Handoff
from aml_nb.scoring.ledger import PLACES, Board


class Circle:
    """Their offers, their board and its places. ``handoff`` is that of all revisions of the service."""

    def __init__(self, handoff: Handoff) -> None:
        self.handoff = handoff
        self.offers = Handoff.make()
        self.board = Board.make()
        self._taken: set[int] = set()

    @property
    def empty(self) -> bool:
        """Whether no worker is left."""
        return not self._taken

    def take_place(self) -> int:
        """A place of the board for a new worker. ValueError where there is none."""
        for place in range(PLACES):
            if place not in self._taken:
                self._taken.add(place)
                self.board.since[place] = 0
                return place
        raise ValueError(f"a service has {PLACES} workers at most")

    def leave_place(self, place: int) -> None:
        """A worker is gone."""
        self._taken.discard(place)
        self.board.since[place] = 0

    def close(self) -> None:
        self.offers.close()
        self.board.close()
