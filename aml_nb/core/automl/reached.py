"""What the iterations of a search have reached, and which of them is the best, as the database has it."""

from __future__ import annotations

import pickle
from difflib import get_close_matches
from typing import Any

from aml_nb.core.automl import constants, outputs
from aml_nb.core.automl.constants import Metric
from aml_nb.core.automl.exceptions import ClientException, ConfigException
from aml_nb.core.runs import status as states
from aml_nb.core.runs import watch
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.metrics import Journal, summary
from aml_nb.core.runs.records import RunRecord, RunRecords

_BINARY = ("AUC", "f1_score", "precision_score", "recall_score", "average_precision_score")


def iterations(workspace: Any, run_id: str) -> list[tuple[int, RunRecord]]:
    """The iterations so far, by their numbers."""
    found = RunRecords(workspace._store).find(parent_id=run_id)
    numbered = [(record.properties.get("iteration", ""), watch.settle(workspace, record)) for record in found]
    return sorted(((int(n), record) for n, record in numbered if n.isdigit()), key=lambda pair: pair[0])


def best(workspace: Any, run_id: str, primary: str, metric: str | None) -> str | None:
    """The id of the best iteration's run, by the primary metric or by another one; None where there is none.

    Raises
    ------
    ConfigException : there is no such metric.
    """
    name = primary if metric is None else known(metric)
    sign = 1 if constants.minimized(name) else -1
    reached = []
    for number, record in iterations(workspace, run_id):
        if record.status == states.COMPLETED:
            value = score(record) if metric is None else _logged(workspace, record, name)
            if value is not None:
                reached.append((sign * value, number, record.run_id))
    return min(reached)[2] if reached else None


def score(record: RunRecord) -> float | None:
    """The primary metric of an iteration; None for one that has none."""
    try:
        value = float(record.properties.get("score", "nan"))
    except ValueError:
        return None
    return None if value != value else value


def known(metric: str) -> str:
    """The metric as it is logged, whatever its capitals.

    Raises
    ------
    ConfigException : there is no such metric.
    """
    names = sorted(Metric.SCALAR_FULL_SET | {f"{name}_binary" for name in _BINARY})
    found = next((name for name in names if name.lower() == str(metric).lower()), None)
    if found is not None:
        return found
    near = get_close_matches(str(metric), names, n=1)
    raise ConfigException(
        f"{metric!r} is no metric of AutoML.",
        target="metric",
        hint=f"metric={near[0]!r}" if near else "list(best_run.get_metrics())",
    )


def counts(workspace: Any, run_id: str, primary: str) -> list[list[Any]]:
    """For every algorithm its name, how many pipelines were tried with it, and the best score; the best first."""
    sign = 1 if constants.minimized(primary) else -1
    found: dict[str, list[Any]] = {}
    for _, record in iterations(workspace, run_id):
        name, value = record.properties.get("run_algorithm"), score(record)
        row = found.setdefault(str(name), [name, 0, None])
        row[1] += 1
        if value is not None and (row[2] is None or sign * value < sign * row[2]):
            row[2] = value
    return sorted(found.values(), key=lambda row: (row[2] is None, sign * (row[2] or 0.0)))


def model(child: Any) -> Any:
    """The fitted pipeline of an iteration.

    Raises
    ------
    ClientException : it has none, or what it is made of is not installed.
    """
    try:
        file = child._files.open(outputs.MODEL)
    except FileNotFoundError:
        raise ClientException(
            f"The iteration {child.id}, which is {child.status}, has no model.",
            hint="run.get_output() gives the best one",
        ) from None
    with file:
        try:
            return pickle.load(file)
        except ImportError as error:
            raise ClientException(
                f"The model of {child.id} needs {error.name or error}, which is not installed here.",
                hint="pip install 'aml_nb[automl]'",
                inner_exception=error,
            ) from error


def _logged(workspace: Any, record: RunRecord, name: str) -> float | None:
    entries, _ = Journal(RunFolder(workspace, record.run_id).metrics).read()
    value = summary(entry for entry in entries if entry.name == name).get(name)
    return float(value) if isinstance(value, (int, float)) and value == value else None
