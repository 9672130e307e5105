"""The search itself: which children start when, which are cancelled, and when it is over.

It knows neither processes nor the database: its hands start, look at and cancel children.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from aml_nb.core.hyperdrive.generators import Generator, Point
from aml_nb.core.hyperdrive.goal import PrimaryMetricGoal
from aml_nb.core.hyperdrive.judging import History, due, verdict
from aml_nb.core.hyperdrive.policy import EarlyTerminationPolicy

ENOUGH_FAILURES = 3
"""So many children that failed, and none that came to anything: the script is broken."""


class Sight(NamedTuple):
    """What became of a child since it was looked at last."""

    over: bool
    failed: bool
    values: list[float]


class Hands(Protocol):
    """What the search needs done."""

    def start(self, number: int, point: Point, resumed: str | None) -> str:
        """Start a child and return its id; ``resumed`` is the run that it goes on from."""

    def look(self, child: str) -> Sight:
        """What became of a child, and the values that it has logged since."""

    def cancel(self, child: str) -> None:
        """Ask a child to end."""

    def room(self) -> int:
        """How many children can run at the same time on what there is."""


@dataclass
class Child:
    """One run of the search."""

    id: str
    point: Point
    history: History
    judged: int = 0
    over: bool = False
    failed: bool = False
    cancelled: bool = False

    @property
    def values(self) -> list[float]:
        """What it has logged of the primary metric."""
        return self.history.values


@dataclass(frozen=True)
class Limits:
    """How much the search may do."""

    total: int
    at_once: int
    seconds: float


class Search:
    """One search for hyperparameters.

    Parameters
    ----------
    generator : gives the points.
    policy, goal : who is cancelled, and what is best.
    limits : how many children in all, at once, and for how long.
    hands : start, look at and cancel children.
    tell : called with a kind and a sentence for the log.
    resumed : points of children that go on from runs of an earlier search; they come first.
    """

    def __init__(
        self,
        generator: Generator,
        policy: EarlyTerminationPolicy,
        goal: PrimaryMetricGoal,
        limits: Limits,
        hands: Hands,
        tell: Callable[[str, str], None],
        resumed: list[tuple[Point, str]] | None = None,
    ) -> None:
        self._generator, self._policy, self._goal = generator, policy, goal
        self._limits, self._hands, self._tell = limits, hands, tell
        self._resumed: Iterator[tuple[Point, str]] = iter(resumed or ())
        self._until = time.monotonic() + limits.seconds
        self._no_more = False
        self.broken = False
        """Whether nothing more is started because every child has failed."""
        self.children: list[Child] = []

    @property
    def active(self) -> list[Child]:
        """The children that have not ended."""
        return [child for child in self.children if not child.over]

    @property
    def best(self) -> tuple[Child, float] | None:
        """The best child and what it has reached; None as long as none has logged a number."""
        child = max(self.children, key=lambda child: child.history.best(), default=None)
        merit = -math.inf if child is None else child.history.best()
        return None if child is None or not math.isfinite(merit) else (child, self._goal.merit(merit))

    def step(self) -> bool:
        """Look at every child once, judge, and start what there is room for; False when all is over."""
        for child in self.active:
            self._watch(child)
        if time.monotonic() > self._until and not self._no_more:
            self.stop("the search has reached max_duration_minutes")
        self._give_up()
        while (
            not self._no_more and not self.broken and len(self.active) < min(self._limits.at_once, self._hands.room())
        ):
            self._start()
        return bool(self.active)

    def stop(self, why: str) -> None:
        """Start no more children, and cancel those that have not ended."""
        self._no_more = True
        active = [child for child in self.active if not child.cancelled]
        self._tell("SCHEDULER", f"no more runs are started: {why}" + (_cancelled(len(active)) if active else ""))
        for child in active:
            self._cancel(child)

    def _watch(self, child: Child) -> None:
        over, failed, values = self._hands.look(child.id)
        child.history.extend(values)
        child.over, child.failed = over, failed
        if over:
            self._generator.tell(child.point, self._goal.best(child.values))
        elif not child.cancelled:
            self._judge(child)

    def _judge(self, child: Child) -> None:
        """Cancel the child where the policy says so, at one of the intervals that it has reached since."""
        histories = {one.id: one.history for one in self.children}
        for interval in due(self._policy, child.judged, len(child.values)):
            why = verdict(self._policy, self._goal, histories, child.id, interval)
            if why is not None:
                self._tell("ENFORCER", f"{child.id} is cancelled: {why}")
                self._cancel(child)
                break
        child.judged = len(child.values)

    def _give_up(self) -> None:
        """Start nothing more as long as every child that came to anything came to nothing good.

        Those that still run go on: one that logs a number, or ends well, has the search go on, too.
        """
        known = [child for child in self.children if child.over or child.values]
        failed = [child for child in known if child.failed and not child.values]
        broken = len(failed) == len(known) >= ENOUGH_FAILURES and len(self.children) < self._limits.total
        if broken and not self.broken:
            self._tell("SCHEDULER", f"no more runs are started: the first {len(failed)} that ended have failed")
        self.broken = broken

    def _start(self) -> None:
        number = len(self.children)
        if number >= self._limits.total:
            self._no_more = True
            return
        point, resumed = next(self._resumed, (None, None))
        point = point or self._generator.ask()
        if point is None:
            self._no_more = True
            self._tell("GENERATOR", f"the space has no more than these {number} combinations")
            return
        self.children.append(Child(self._hands.start(number, point, resumed), point, History(self._goal)))

    def _cancel(self, child: Child) -> None:
        child.cancelled = True
        self._hands.cancel(child.id)


def _cancelled(count: int) -> str:
    return f"; {count} {'that is' if count == 1 else 'that are'} still going {'is' if count == 1 else 'are'} cancelled"
