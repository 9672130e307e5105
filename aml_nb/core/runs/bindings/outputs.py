"""Outputs of a run as JSON.

``name``, ``kind`` ("file", "tabular" or "link"), ``mode``, ``destination`` (a path on a datastore, in which
``{run-id}`` and ``{output-name}`` may stand), ``source`` (where the script writes), ``overwrite``, ``globs``,
``register`` (name, description, tags), and how the files are read: ``read``, ``operations``, ``path_glob``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.consumption import check_name, check_path
from aml_nb.core.data.datasets.definition import FILE, TABULAR, Definition, Source
from aml_nb.core.data.datasets.expansion import address
from aml_nb.core.data.datasets.output_config import DEFAULT_PATH, LINK, OutputDatasetConfig
from aml_nb.core.data.datastore import Datastore
from aml_nb.core.data.paths import inside

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def described_output(workspace: Workspace, name: str, value: Any) -> dict[str, Any]:
    """An OutputDatasetConfig, or the OutputData of a run configuration."""
    if not isinstance(value, OutputDatasetConfig):
        return _configured(workspace, name, value)
    registration = value._registration_configuration
    entry: dict[str, Any] = {
        "name": name,
        "kind": FILE,
        "mode": value.mode,
        "register": dict(vars(registration)) if registration else None,
        "read": {},
        "operations": [],
        "path_glob": None,
    }
    if value.mode == LINK:
        return {**entry, "kind": LINK}
    options = value._upload_options
    entry["destination"] = _destination(workspace, getattr(value, "destination", None))
    entry["source"] = check_path(getattr(value, "source", None))
    entry["overwrite"] = bool(options and options.overwrite)
    entry["globs"] = list(options.source_globs) if options and options.source_globs else None
    table: Any = getattr(value, "_table", None)
    if table is not None:
        definition = table._definition.to_dict()
        told = {"read": definition["read"], "operations": definition["operations"]}
        return {**entry, **told, "kind": TABULAR, "path_glob": getattr(value, "_path_glob", None)}
    form = getattr(value, "_partition_format", None)
    return {**entry, "read": {"partition_format": form} if form else {}}


def place_of(output: Mapping[str, Any], run_id: str) -> Source:
    """Where an output goes, in this run."""
    told = output["destination"]
    path = told["path"].replace("{run-id}", run_id).replace("{output-name}", output["name"])
    return Source(inside(path), told["datastore"], told["workspace"])


def definition_of(output: Mapping[str, Any], run_id: str) -> Definition:
    """The dataset of what an output wrote."""
    place = place_of(output, run_id)
    pattern = output["path_glob"]
    if pattern is None and output["kind"] == TABULAR:
        pattern = "**"
    path = "/".join(part for part in (place.path, (pattern or "").lstrip("/")) if part)
    source = Source(path, place.datastore, place.workspace)
    return Definition(output["kind"], (source,), output["read"], tuple(output["operations"]))


def _destination(workspace: Workspace, destination: Any) -> dict[str, Any]:
    datastore, path = destination or (Datastore.get_default(workspace), DEFAULT_PATH)
    return {"path": path, "datastore": datastore.name, "workspace": address(datastore.workspace)}


def _configured(workspace: Workspace, name: str, value: Any) -> dict[str, Any]:
    """The OutputData of a run configuration."""
    path = getattr(value.output_location, "data_path", None)
    options = value.additional_options
    told = getattr(options, "registration_options", None)
    upload = getattr(options, "upload_options", None)
    destination = _destination(workspace, None)
    if path is not None and path.datastore_name:
        datastore = Datastore.get(workspace, path.datastore_name)
        destination = _destination(workspace, (datastore, inside(path.relative_path or DEFAULT_PATH)))
    globs = getattr(getattr(upload, "source_globs", None), "globs", getattr(upload, "source_globs", None))
    registered = {key: getattr(told, key, None) for key in ("name", "description", "tags")}
    return {
        "name": check_name(name, "output"),
        "kind": FILE,
        "mode": value.mechanism or "mount",
        "register": registered if registered["name"] else None,
        "read": {},
        "operations": [],
        "path_glob": None,
        "destination": destination,
        "source": check_path(getattr(options, "path_on_compute", None)),
        "overwrite": bool(getattr(upload, "overwrite", False)),
        "globs": list(globs) if globs else None,
    }
