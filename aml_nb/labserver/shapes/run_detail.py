"""Everything of one run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aml_nb.core.runs import metrics as journal
from aml_nb.core.runs.files import RunFiles
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.metrics import Entry, Journal
from aml_nb.core.runs.pictures import name_in
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.runs.watch import look, settle
from aml_nb.display.metrics import Metric
from aml_nb.display.run_facts import add_entry, log_names, parameters_of, primary_of
from aml_nb.display.run_words import error_of, visible_tags
from aml_nb.errors import AzureMLException
from aml_nb.labserver.faults import NothingThereError
from aml_nb.labserver.shapes import base, runs

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

MOST_CHILDREN = 500
MOST_POINTS = 2000
MOST_FILES = 2000
_MOST_DOCUMENT = 2_000_000


def find(workspace: Workspace, run_id: str) -> RunRecord:
    """The record of a run as it is now.

    Raises
    ------
    NothingThereError : there is no such run.
    """
    try:
        return look(workspace, run_id)
    except AzureMLException as error:
        raise NothingThereError(error.message, hint=error.hint) from None


def detail(workspace: Workspace, run_id: str, ws: str) -> dict[str, Any]:
    """The view of one run; ``ws`` is the workspace's id in addresses."""
    record = find(workspace, run_id)
    sizes = RunFiles(workspace, run_id).sizes()
    logs = log_names(sizes)
    found, images = metrics(workspace, record)
    primary = primary_of(record)
    return {
        "row": runs.row(record),
        "status": record.status,
        "experiment": record.experiment,
        "number": record.number,
        "run_type": record.run_type,
        "display_name": record.display_name,
        "description": record.description,
        "started": base.stamp(record.started),
        "ended": base.stamp(record.ended),
        "duration_s": seconds(record),
        "target": record.target,
        "script": record.payload.get("script"),
        "parameters": parameters_of(record),
        "error": error_of(record, whole=True) or None,
        "tags": base.plain(visible_tags(record)),
        "properties": base.plain(record.properties),
        "metrics": found,
        "primary_metric": None if primary is None else {"name": primary.name, "maximize": primary.maximize},
        "images": [{"name": name, "file": file, "url": address(ws, run_id, file)} for name, file in images],
        "files": [{"name": name, "size": sizes[name]} for name in sorted(sizes)[:MOST_FILES]],
        "logs": [{"name": name, "size": sizes[name]} for name in logs],
        "children": children(workspace, run_id),
        "parent": record.parent_id,
        "inputs": _shown(workspace, record.payload.get("input_datasets")),
        "outputs": _shown(workspace, record.payload.get("output_datasets")),
        "cancel": None if not record.over else f"It is over: {record.status}.",
    }


def seconds(record: RunRecord) -> float | None:
    """How long it ran, or has run."""
    if record.started is None:
        return None
    end = record.ended if record.over and record.ended else base.now()
    return round((end - record.started) / 1000, 3)


def children(workspace: Workspace, run_id: str) -> list[base.Row]:
    """The runs that it began, the newest first."""
    found = islice(RunRecords(workspace._store).find(parent_id=run_id), MOST_CHILDREN)
    return [runs.row(settle(workspace, child)) for child in found]


def address(ws: str, run_id: str, file: str) -> str:
    """Where a file of a run is fetched, below the Jupyter server's base address."""
    return f"aml-nb/w/{quote(ws, safe='')}/runs/{quote(run_id, safe='')}/file?name={quote(file, safe='')}"


def metrics(workspace: Workspace, record: RunRecord) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """What was logged, in the order of the names; and name and file of each image."""
    entries, _ = Journal(RunFolder(workspace, record.run_id).metrics).read()
    gathered: dict[str, Metric] = {}
    images: list[tuple[str, str]] = []
    for entry in entries:
        metric = gathered.setdefault(entry.name, Metric(entry.name, entry.kind))
        if entry.kind == journal.IMAGE:
            images.append((entry.name, name_in(str(entry.value))))
            metric.values.append(images[-1][1])
        elif entry.kind in journal.ARTIFACTS:
            metric.values.extend(_document(workspace, record.run_id, entry))
        else:
            add_entry(metric, entry)
    return [_metric(each) for each in gathered.values()], images


def _document(workspace: Workspace, run_id: str, entry: Entry) -> Iterable[Any]:
    """A confusion matrix or its like, which is a file of the run."""
    with suppress(OSError, ValueError), RunFiles(workspace, run_id).open(name_in(str(entry.value))) as file:
        yield json.loads(file.read(_MOST_DOCUMENT))


def _metric(metric: Metric) -> dict[str, Any]:
    values = metric.rows or metric.values
    steps = metric.steps if metric.told and len(metric.steps) == len(values) else list(range(len(values)))
    return {
        "name": metric.name,
        "kind": metric.kind,
        "total": len(values),
        "steps": thinned(steps),
        "values": thinned(values),
    }


def thinned(values: list[Any]) -> list[Any]:
    """At most MOST_POINTS of them, evenly, with the first and the last."""
    if len(values) <= MOST_POINTS:
        return values
    last = len(values) - 1
    return [values[number * last // (MOST_POINTS - 1)] for number in range(MOST_POINTS)]


def _shown(workspace: Workspace, noted: Any) -> list[Any]:
    """Datasets that a run read or wrote."""
    if not noted:
        return []
    from aml_nb.core.runs.bindings import shown

    return [_binding(each) for each in shown(workspace, noted)]


def _binding(noted: dict[str, Any]) -> dict[str, Any]:
    """One of them by the name that the script knows it by."""
    details = noted.get("consumptionDetails") or noted.get("outputDetails") or {}
    name = details.get("inputName") or details.get("outputName")
    return {"name": name, "dataset": _dataset(noted.get("dataset")), "mechanism": details.get("mechanism")}


def _dataset(noted: Any) -> Any:
    if isinstance(noted, dict):
        return {key: _dataset(value) for key, value in noted.items()}
    if noted is None or isinstance(noted, (str, int, float, bool)):
        return noted
    if isinstance(noted, (list, tuple)):
        return [_dataset(each) for each in noted]
    name, version = getattr(noted, "name", None), getattr(noted, "version", None)
    if isinstance(name, str):
        return f"{name}:{version}" if version is not None else name
    return str(getattr(noted, "id", None) or type(noted).__name__)
