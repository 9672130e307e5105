"""Datasets and datastores: one list, told apart by ``type``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.data import datastore_records
from aml_nb.core.data.datasets.registry import KIND as DATASET
from aml_nb.display.datastores import where
from aml_nb.labserver.shapes import base

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KIND = "data"


def rows(workspace: Workspace) -> list[base.Row]:
    """The newest version of each dataset, the newest first, then the datastores."""
    datasets = [dataset_row(*found) for found in reversed(workspace._store.versioned(DATASET).list())]
    default = datastore_records.default(workspace).name
    stores = [datastore_row(store, default) for store in datastore_records.every(workspace).values()]
    return [*datasets, *stores]


def dataset_row(name: str, version: str, payload: dict[str, Any]) -> base.Row:
    """One version of a dataset."""
    kind = f"dataset {payload['definition']['kind']}"
    return base.row(
        KIND,
        f"{name}:{version}",
        name,
        version=version,
        about=" · ".join(filter(None, (kind, payload.get("description")))),
        created=payload.get("created"),
        tags=payload.get("tags"),
        type=kind,
    )


def datastore_row(store: Any, default: str) -> base.Row:
    """One datastore; its id is its name, which has no colon, where a dataset's always has one."""
    said = ["default" if store.name == default else "", store.datastore_type, where(store)]
    return base.row(KIND, store.name, store.name, about=" · ".join(filter(None, said)), type="datastore")
