"""What there is to see of a run, read little by little: asking again costs what has come since."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs import metrics as kinds
from aml_nb.core.runs.files import RunFiles
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.metrics import Entry, Journal
from aml_nb.core.runs.pictures import name_in
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.watch import look, settle
from aml_nb.display.charts import Point
from aml_nb.display.log_tail import LOG_FOLDERS, LogTail, tail
from aml_nb.display.metrics import Metric

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

MOST_CHILDREN = 200
MOST_LOGS = 8
MOST_PICTURES = 12
_PICTURE_BYTES = 2_000_000
_PLACEHOLDERS = ("DatasetConsumptionConfig:", "DatasetOutputConfig:", "$AZUREML_DATAREFERENCE_")
"""What stands for data among arguments; that is an input or an output, and no parameter."""
SEARCHED = "hyperparameters"
"""The tag by which v1's HyperDrive tells a child its parameters."""


@dataclass(frozen=True)
class Picture:
    """An image that was logged."""

    name: str
    file: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Child:
    """A child run, its parameters and the value of the metric that its parent is about."""

    record: RunRecord
    value: float | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    logged: int = 0
    """How many values of the metric it has logged."""


@dataclass(frozen=True)
class Primary:
    """The metric that a HyperDrive or AutoML run is about."""

    name: str
    maximize: bool = True


class RunFacts:
    """One run as it was seen last.

    ``refresh`` looks again and says what has changed: any of ``head``, ``metrics``, ``pictures``, ``logs`` and
    ``children``.
    """

    def __init__(self, workspace: Workspace, run_id: str) -> None:
        self.workspace, self.run_id = workspace, run_id
        self.record = look(workspace, run_id)
        self.metrics: list[Metric] = []
        self.pictures: list[Picture] = []
        self.logs: list[LogTail] = []
        self.children: list[Child] = []
        self.primary = primary_of(self.record)
        self._files = RunFiles(workspace, run_id)
        self._journal, self._offset = Journal(RunFolder(workspace, run_id).metrics), 0
        self._by_name: dict[str, Metric] = {}
        self._journals: dict[str, tuple[int, Metric]] = {}

    def refresh(self) -> set[str]:
        """Look again; the sections that are not what they were."""
        before = self.record
        self.record = look(self.workspace, self.run_id)
        changed = {"head"} if self.record != before else set()
        entries, offset = self._journal.read(self._offset)
        if entries:
            self._offset = offset
            changed.add("metrics")
            changed |= self._add(entries)
        logs = self._read_logs()
        if logs != self.logs:
            self.logs = logs
            changed.add("logs")
        children = self._read_children()
        if children != self.children:
            self.children = children
            changed.add("children")
        return changed

    @property
    def over(self) -> bool:
        """Whether nothing more is to come."""
        return self.record.over and not any(not child.record.over for child in self.children)

    @property
    def seconds(self) -> float | None:
        """How long it has run, or ran."""
        record = self.record
        if record.started is None:
            return None
        return ((record.ended if record.over and record.ended else time.time() * 1000) - record.started) / 1000

    @property
    def best(self) -> Child | None:
        """The child with the best value of the primary metric."""
        known = [child for child in self.children if child.value is not None]
        if not known or self.primary is None:
            return None
        return (max if self.primary.maximize else min)(known, key=lambda child: child.value or 0.0)

    def _add(self, entries: Iterable[Entry]) -> set[str]:
        changed = set()
        for entry in entries:
            metric = self._by_name.get(entry.name)
            if metric is None:
                metric = self._by_name[entry.name] = Metric(entry.name, entry.kind)
                self.metrics.append(metric)
            if entry.kind in kinds.ARTIFACTS:
                changed |= self._add_file(metric, entry)
            else:
                add_entry(metric, entry)
        return changed

    def _add_file(self, metric: Metric, entry: Entry) -> set[str]:
        name = name_in(str(entry.value))
        metric.kind = entry.kind
        if entry.kind != kinds.IMAGE:
            with suppress(OSError, ValueError):
                metric.data = json.loads(self._bytes(name))
            return set()
        metric.data = name
        with suppress(OSError):
            self.pictures = [*self.pictures, Picture(entry.name, name, self._bytes(name))][-MOST_PICTURES:]
        return {"pictures"}

    def _bytes(self, name: str) -> bytes:
        with self._files.open(name) as file:
            data = file.read(_PICTURE_BYTES + 1)
        return data if len(data) <= _PICTURE_BYTES else b""

    def _read_logs(self) -> list[LogTail]:
        """The logs: those in the run's folder while it lives; those kept, where the folder has none."""
        known = {log.name: log for log in self.logs}
        folder = RunFolder(self.workspace, self.run_id)
        found = []
        for path in sorted(folder.logs.rglob("*"))[:100] if folder.logs.is_dir() else []:
            if not path.is_file():
                continue
            name = path.relative_to(folder.logs).as_posix()
            with suppress(OSError), path.open("rb") as file:
                found.append(tail(name, file, known.get(name)))
        if not found and self.record.over:
            found = list(known.values()) or list(self._kept_logs())
        return found[:MOST_LOGS]

    def _kept_logs(self) -> Iterator[LogTail]:
        for name in log_names(self._files.names())[:MOST_LOGS]:
            with suppress(OSError), self._files.open(name) as file:
                yield tail(name, file)

    def _read_children(self) -> list[Child]:
        found = []
        for record in RunRecords(self.workspace._store).find(parent_id=self.run_id):
            found.append(self._child(settle(self.workspace, record)))
            if len(found) == MOST_CHILDREN:
                break
        if self.primary is None:
            return found
        return sorted(found, key=self._rank)

    def _rank(self, child: Child) -> tuple[bool, float]:
        if child.value is None:
            return (True, 0.0)
        return (False, -child.value if self.primary and self.primary.maximize else child.value)

    def points(self, child: Child) -> list[Point]:
        """The primary metric of a child as it was logged."""
        known = self._journals.get(child.record.run_id)
        return [] if known is None else known[1].points()

    def _child(self, record: RunRecord) -> Child:
        if self.primary is None:
            return Child(record, None, parameters_of(record))
        offset, metric = self._journals.get(record.run_id, (0, Metric(self.primary.name, kinds.SCALAR)))
        entries, offset = Journal(RunFolder(self.workspace, record.run_id).metrics).read(offset)
        for entry in entries:
            if entry.name == self.primary.name and entry.kind == kinds.SCALAR and _is_value(entry.value):
                add_entry(metric, entry)
        self._journals[record.run_id] = (offset, metric)
        best = (max if self.primary.maximize else min)(metric.values, default=None)
        return Child(record, best, parameters_of(record), len(metric.values))


def _is_value(value: Any) -> bool:
    """Whether it is a number that can be compared."""
    return isinstance(value, (int, float)) and value == value


def add_entry(metric: Metric, entry: Entry) -> None:
    """Put one more value, list, row or table of rows with what was logged under the name before."""
    if entry.kind in (kinds.ROW, kinds.TABLE) and isinstance(entry.value, dict):
        metric.rows.extend(rows_of(entry.value))
        return
    values = entry.value if entry.kind == kinds.LIST and isinstance(entry.value, list) else [entry.value]
    metric.values.extend(values)
    metric.steps.extend([entry.step] * len(values))


def rows_of(columns: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of columns, each a value or a list of them."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in columns.items()}
    height = max(map(len, lists.values()), default=0)
    return [{name: value[n] for name, value in lists.items() if n < len(value)} for n in range(height)]


def read_metrics(workspace: Workspace, run_id: str) -> list[Metric]:
    """What a run has logged so far."""
    facts = RunFacts(workspace, run_id)
    facts._add(facts._journal.read()[0])
    return facts.metrics


def log_names(names: Iterable[str]) -> list[str]:
    """Those of a run's files that are logs, the script's own first."""
    found = [name for name in names if name.partition("/")[0] in LOG_FOLDERS]
    return sorted(found, key=lambda name: (LOG_FOLDERS.index(name.partition("/")[0]), name))


def primary_of(record: RunRecord) -> Primary | None:
    """The metric that the children are compared by, where the run says one."""
    said: Any = record.properties.get("primary_metric_config") or record.payload.get("primary_metric_config")
    with suppress(ValueError):
        said = json.loads(said) if isinstance(said, str) else said
    if isinstance(said, dict) and isinstance(said.get("name"), str):
        return Primary(said["name"], str(said.get("goal", "maximize")).lower() != "minimize")
    name = record.properties.get("primary_metric") or record.payload.get("primary_metric")
    return Primary(str(name), record.payload.get("goal") != "minimize") if name else None


def parameters_of(record: RunRecord) -> dict[str, Any]:
    """The parameters of a run: those that were chosen for it by a search, else the options among its arguments."""
    with suppress(ValueError, TypeError):
        chosen = json.loads(record.tags.get(SEARCHED) or "null")
        if isinstance(chosen, dict):
            return {str(name).lstrip("-"): value for name, value in chosen.items()}
    definition = record.payload.get("run_definition")
    arguments = definition.get("arguments") if isinstance(definition, dict) else None
    return options_of(arguments) if isinstance(arguments, list) else {}


def options_of(arguments: list[Any]) -> dict[str, Any]:
    """``--name value`` pairs among arguments, without data."""
    found: dict[str, Any] = {}
    for word, following in zip(arguments, [*arguments[1:], "--"], strict=False):
        if not isinstance(word, str) or not word.startswith("--") or len(word) < 3:
            continue
        name, equals, value = word[2:].partition("=")
        alone = isinstance(following, str) and following.startswith("--")
        value = value if equals else "" if alone else following
        if not str(value).startswith(_PLACEHOLDERS):
            found[name] = value
    return found
