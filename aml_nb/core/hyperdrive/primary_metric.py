"""The primary metric as children log it: read on from where one stopped, and explained where it is missing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from aml_nb.core.hyperdrive.goal import numbers
from aml_nb.core.runs.metrics import LIST, SCALAR, Journal


class Tail:
    """What is new in the journal of one child.

    Parameters
    ----------
    path : the journal.
    metric : the primary metric.
    """

    def __init__(self, path: Path, metric: str) -> None:
        self._journal, self._metric, self._offset = Journal(path), metric, 0
        self.others: dict[str, None] = {}
        """The names of everything else that was logged, in the order in which they came."""
        self.seen = False
        """Whether a value of the primary metric was there at all."""
        self.unreadable: object = None
        """The last value of the primary metric that is no number, if there was one."""

    def read(self) -> list[float]:
        """The values that came since; NaN for those that are no numbers."""
        entries, self._offset = self._journal.read(self._offset)
        found: list[float] = []
        for entry in entries:
            if entry.name != self._metric or entry.kind not in (SCALAR, LIST):
                self.others.setdefault(entry.name)
                continue
            values = numbers(entry.value)
            found += values
            self.seen = True
            if any(value != value for value in values):
                self.unreadable = entry.value
        return found


def values(path: Path, metric: str) -> list[float]:
    """All values of the primary metric in a journal."""
    return Tail(path, metric).read()


def missing(metric: str, logged: Iterable[str], unreadable: object = None) -> str:
    """What is to be said where nothing logged the primary metric.

    Parameters
    ----------
    logged : the names of everything else that was logged.
    unreadable : a value of the metric that was logged and is no number.
    """
    names = list(logged)
    if unreadable is not None or metric in names:
        value = "a row or a table" if unreadable is None else repr(unreadable)
        return f"the metric {metric!r} was logged as {value}, which is no number"
    if not names:
        return f"no metric was logged; the script has to call run.log({metric!r}, value)"
    near = difflib.get_close_matches(metric.lower(), [name.lower() for name in names], n=1)
    meant = next((name for name in names if near and name.lower() == near[0]), None)
    told = f"no metric named {metric!r} was logged, but {', '.join(map(repr, names[:10]))}"
    return told + (f"; primary_metric_name={meant!r}?" if meant else "")
