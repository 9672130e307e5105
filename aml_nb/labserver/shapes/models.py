"""Models: the newest version of each in lists, everything of one version in detail."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aml_nb.core.model.registry import Row as Record
from aml_nb.core.model.rows import registry
from aml_nb.core.runs.records import RunRecords
from aml_nb.core.runs.watch import settle
from aml_nb.core.webservice import services as service_records
from aml_nb.errors import WebserviceException
from aml_nb.labserver.faults import NothingThereError
from aml_nb.labserver.shapes import base, data, runs, services

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KIND = "models"


def rows(workspace: Workspace) -> list[base.Row]:
    """One line a name, the newest first; no files are looked at."""
    return of_records(registry(workspace).newest())


def of_records(found: Sequence[tuple[Record, int]]) -> list[base.Row]:
    """The lines of records, each with the number of versions that its name has."""
    texts = ",".join(f"[{record.tags},{record.payload}]" for record, _ in found)
    decoded = json.loads(f"[{texts}]")  # by one call: there may be ten thousand
    return [_row(record, versions, *known) for (record, versions), known in zip(found, decoded, strict=True)]


def _row(record: Record, versions: int, tags: dict[str, Any], payload: dict[str, Any]) -> base.Row:
    framework = " ".join(str(v) for v in (record.framework, payload.get("model_framework_version")) if v)
    return base.row(
        KIND,
        f"{record.name}:{record.version}",
        record.name,
        version=record.version,
        about=" · ".join(filter(None, (framework, payload.get("description")))),
        created=record.created // 1000,
        tags=tags,
        of=record.tags + record.properties + record.payload,
        versions=versions,
    )


def find(workspace: Workspace, identity: str) -> Any:
    """The model of an id, ``name:version``; of a name its newest version.

    Raises
    ------
    NothingThereError : there is none.
    """
    from aml_nb.core.model import Model

    name, colon, version = identity.rpartition(":")
    try:
        if colon and version.isdecimal():
            return Model(workspace, name=name, version=int(version))
        return Model(workspace, name=identity)
    except WebserviceException as error:
        raise NothingThereError(error.message, hint=error.hint) from None


def detail(workspace: Workspace, identity: str) -> dict[str, Any]:
    """The view of one version of a model."""
    model = find(workspace, identity)
    records = registry(workspace).find(model.name)
    record = next(each for each in records if each.version == model.version)
    return {
        "row": of_records([(record, len(records))])[0],
        "versions": [_version(each) for each in records],
        "description": model.description,
        "framework": model.model_framework,
        "framework_version": model.model_framework_version,
        "tags": base.plain(model.tags),
        "properties": base.plain(model.properties),
        "experiment": model.experiment_name,
        "files": [{"name": path, "size": digest.size} for path, digest in model._files()],
        "lineage": lineage(workspace, model),
        "sample": model._samples or None,
    }


def _version(record: Record) -> dict[str, Any]:
    return {
        "id": f"{record.name}:{record.version}",
        "version": str(record.version),
        "created": base.stamp(record.created // 1000),
        "tags": base.plain(json.loads(record.tags)),
        "framework": record.framework,
        "run_id": record.run_id,
    }


def lineage(workspace: Workspace, model: Any) -> dict[str, Any]:
    """Where it came from and who serves it: run, datasets, services."""
    run = None if model.run_id is None else RunRecords(workspace._store).get(model.run_id)
    serving = [
        record
        for record in service_records.every(workspace)
        if model.id in (record.get("modelIds") or ()) and not record.get("endpoint")
    ]
    return {
        "run": None if run is None else runs.row(settle(workspace, run)),
        "services": [services.row_of(workspace, record) for record in serving],
        "datasets": data.rows_of_ids(workspace, [each for ids in model._dataset_ids.values() for each in ids]),
    }
