"""Datasets and datastores: one list, told apart by ``type``."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

from aml_nb.core.data import datastore_records
from aml_nb.core.data.datasets import registry
from aml_nb.core.data.datasets.definition import FILE
from aml_nb.core.data.datasets.registry import KIND as DATASET
from aml_nb.core.runs.files import regular_files
from aml_nb.display.datastores import where
from aml_nb.errors import AmlError
from aml_nb.labserver.faults import NothingThereError
from aml_nb.labserver.shapes import base
from aml_nb.masking import without_login

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

KIND = "data"
MOST_ROWS, MOST_FILES = 20, 50
"""Of a preview."""


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
        of=payload,
        type=kind,
    )


def datastore_row(store: Any, default: str) -> base.Row:
    """One datastore; its id is its name, which has no colon, where a dataset's always has one."""
    said = ["default" if store.name == default else "", store.datastore_type, where(store)]
    return base.row(KIND, store.name, store.name, about=" · ".join(filter(None, said)), type="datastore")


def rows_of_ids(workspace: Workspace, identities: list[str]) -> list[base.Row]:
    """The lines of datasets that something refers to; those that are known no more are left out."""
    found = []
    saved = workspace._store.records(registry.SAVED)
    for identity in dict.fromkeys(identities):
        known = saved.get(identity) or {}
        if known.get("name") is not None:
            version = workspace._store.versioned(DATASET).get(known["name"], str(known["version"]))
            if version is not None:
                found.append(dataset_row(known["name"], *version))
    return found


def find(workspace: Workspace, identity: str) -> tuple[str, str, dict[str, Any]] | Any:
    """Name, version and document of a dataset (``name:version``), or the datastore of that name.

    Raises
    ------
    NothingThereError : there is none.
    """
    name, colon, version = identity.rpartition(":")
    if colon and version.isdecimal():
        found = workspace._store.versioned(DATASET).get(name, version)
        if found is None:
            raise NothingThereError(f"There is no dataset {name!r} of version {version}.", hint="list(ws.datasets)")
        return name, *found
    known = datastore_records.every(workspace)
    if identity not in known:
        raise NothingThereError(
            f"There is no dataset or datastore {identity!r}.", hint="ws.datasets and ws.datastores list them"
        )
    return known[identity]


def detail(workspace: Workspace, identity: str) -> dict[str, Any]:
    """The view of a dataset or of a datastore."""
    found = find(workspace, identity)
    return _dataset_detail(workspace, *found) if isinstance(found, tuple) else _datastore_detail(workspace, found)


def _dataset_detail(workspace: Workspace, name: str, version: str, payload: dict[str, Any]) -> dict[str, Any]:
    versions = workspace._store.versioned(DATASET)
    dataset = registry.get_by_name(workspace, name, version)
    return {
        "row": dataset_row(name, version, payload),
        "type": f"dataset {payload['definition']['kind']}",
        "versions": [_version(name, each, versions.get(name, each)) for each in reversed(versions.versions(name))],
        "description": payload.get("description"),
        "tags": base.plain(payload.get("tags")),
        "location": [_place(source) for source in dataset._definition.sources],
        "steps": dataset._steps(),
        **_preview(lambda: _shown(dataset)),
    }


def _version(name: str, version: str, found: Any) -> dict[str, Any]:
    payload = found[1] if found else {}
    return {
        "id": f"{name}:{version}",
        "version": version,
        "created": base.stamp(payload.get("created")),
        "description": payload.get("description"),
    }


def _place(source: Any) -> str:
    return f"{source.datastore}/{source.path}" if source.datastore else source.public


def _datastore_detail(workspace: Workspace, store: Any) -> dict[str, Any]:
    default = datastore_records.default(workspace).name
    return {
        "row": datastore_row(store, default),
        "type": "datastore",
        "versions": [],
        "description": None,
        "tags": {},
        "location": [where(store)],
        "datastore_type": store.datastore_type,
        "default": store.name == default,
        **_preview(lambda: {"files": _files(store)}),
    }


def _preview(look: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    """What a look at the data gives; a look that fails says why, and hides nothing else."""
    try:
        return {"preview": look(), "preview_error": None}
    except Exception as error:  # files of any kind, and services of elsewhere
        message = error.message if isinstance(error, AmlError) else str(error)
        return {"preview": None, "preview_error": base.line(without_login(message))}


def _shown(dataset: Any) -> dict[str, Any]:
    if dataset._kind == FILE:
        return {"files": dataset.take(MOST_FILES).to_path()}
    frame = dataset.take(MOST_ROWS).to_pandas_dataframe()
    told = json.loads(frame.to_json(orient="split", date_format="iso", default_handler=str))
    return {"columns": [str(column) for column in told["columns"]], "rows": told["data"]}


def _files(store: Any) -> list[str]:
    folder = store._local()
    if folder is None:
        return []
    names = (name for name, _ in regular_files(folder))
    return list(islice(names, MOST_FILES))
