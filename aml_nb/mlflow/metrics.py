"""A run's journal as MLflow's metrics: numbers, each with a step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from mlflow.entities import Metric

from aml_nb.core.runs import metrics as kinds
from aml_nb.core.runs.metrics import Entry


class Logged(NamedTuple):
    """What a journal holds: the numbers of each metric in the order of logging, and the texts that v1 logs too."""

    history: dict[str, list[Metric]]
    texts: dict[str, str]

    def latest(self) -> list[Metric]:
        """Of each metric the value at its largest step, the last one of these."""
        return [max(enumerate(group), key=_age)[1] for group in self.history.values()]


def read(entries: Iterable[Entry]) -> Logged:
    """Sort out the entries of a journal.

    What v1 logged without a step is counted; lists are a value a step, columns of tables are metrics of their own.
    """
    logged = Logged({}, {})
    for entry in entries:
        for name, value in _values(entry):
            if isinstance(value, str):
                logged.texts[name] = value
            elif value is not None:
                group = logged.history.setdefault(name, [])
                step = len(group) if entry.step is None else entry.step
                group.append(Metric(name, float(value), entry.time, step))
    return logged


def entry(metric: Any) -> Entry:
    """The journal's entry for a metric of MLflow's."""
    value = float(metric.value)
    return Entry(metric.key, kinds.SCALAR, value, int(metric.step or 0), int(metric.timestamp))


def _values(entry: Entry) -> Iterator[tuple[str, Any]]:
    if entry.kind in kinds.ARTIFACTS:
        return
    if entry.kind in (kinds.ROW, kinds.TABLE):
        for column, cells in entry.value.items():
            for cell in cells if isinstance(cells, list) else [cells]:
                yield f"{entry.name}.{column}", cell
    else:
        for value in entry.value if isinstance(entry.value, list) else [entry.value]:
            yield entry.name, value


def _age(numbered: tuple[int, Metric]) -> tuple[int, int, int]:
    position, metric = numbered
    return metric.step, metric.timestamp, position
