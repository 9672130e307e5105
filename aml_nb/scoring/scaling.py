"""How many replicas a service ought to have: v1's autoscaler, which follows the share of replicas that are busy.

Up is eager, down is slow, as v1's documentation describes it: a rise takes effect at the next look, a fall only
when nothing has called for more during the last ``settle_s`` seconds.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass
from math import ceil
from typing import Any

SETTLE_S = 60.0


@dataclass(frozen=True)
class Scaling:
    """The four parameters of the autoscaler.

    ``target`` is the share of replicas that should be busy, between 0 and 1; ``refresh_s`` the seconds between
    two looks.
    """

    minimum: int = 1
    maximum: int = 10
    refresh_s: float = 1.0
    target: float = 0.7

    @classmethod
    def from_dict(cls, data: dict[str, Any] | None) -> Scaling | None:
        """What ``dataclasses.asdict`` made of one; None of None."""
        return None if data is None else cls(**data)


class Autoscaler:
    """Decides; whoever asks starts and ends the replicas.

    Parameters
    ----------
    scaling : the parameters.
    settle_s : how long a fall must last before replicas go; AML_NB_SCALE_DOWN_SECONDS, else a minute.
    """

    def __init__(self, scaling: Scaling, settle_s: float | None = None) -> None:
        self.scaling = scaling
        self._settle_s = _settle_s() if settle_s is None else settle_s
        self._asked: deque[tuple[float, int]] = deque()

    def wanted(self, now: float, replicas: int, busy: float, queued: int) -> int:
        """The number of replicas to have from now on.

        Parameters
        ----------
        now : monotonic seconds.
        replicas : how many there are.
        busy : how many of them were busy on average since the last look.
        queued : requests that wait for a replica at this moment.
        """
        scaling = self.scaling
        needed = ceil(round(busy / scaling.target, 6)) if busy > 0 else 0
        if queued and busy >= replicas * scaling.target:
            needed = max(needed, replicas + 1)
        needed = min(scaling.maximum, max(scaling.minimum, needed))
        self._asked.append((now, needed))
        while self._asked[0][0] < now - self._settle_s:
            self._asked.popleft()
        return max(needed, min(replicas, max(asked for _, asked in self._asked)), scaling.minimum)


def _settle_s() -> float:
    try:
        return max(0.0, float(os.environ.get("AML_NB_SCALE_DOWN_SECONDS", SETTLE_S)))
    except ValueError:
        return SETTLE_S
