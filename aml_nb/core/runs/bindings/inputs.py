"""Inputs of a run as JSON.

A dataset: ``kind`` ("dataset"), ``name``, ``mode``, ``path_on_compute``, ``id``, ``definition``, and ``shown``, which
is what ``run.get_details()`` shows. A data reference: ``kind`` ("reference"), ``name``, ``mode``, ``path_on_compute``,
``overwrite`` and ``source`` (a path on a datastore); ``create``, where a step of a pipeline writes there, says whether
a folder is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.abstract import AbstractDataset
from aml_nb.core.data.datasets.consumption import MODES, check_name, check_path
from aml_nb.core.data.datasets.definition import TABULAR
from aml_nb.core.data.datasets.expansion import address
from aml_nb.core.data.datasets.registry import get_by_id, get_by_name, save
from aml_nb.core.data.paths import inside
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def dataset_input(workspace: Workspace, name: str, value: Any) -> dict[str, Any]:
    """A DatasetConsumptionConfig, or the Data of a run configuration."""
    if hasattr(value, "data_location"):
        dataset, mode = _located(workspace, name, value.data_location), value.mechanism or "direct"
        name = value.environment_variable_name or name
    else:
        dataset, mode = _dataset(name, value.dataset), value.mode
    check_name(name, "input")
    if mode not in MODES or (mode != "direct" and dataset._kind == TABULAR):
        raise UserErrorException(
            f"The input {name!r} cannot be used in mode {mode!r}.",
            hint="direct for tables, mount or download for files",
        )
    identity = save(dataset, workspace)
    details = {"type": "RunInput", "inputName": name, "mechanism": mode.capitalize()}
    if value.path_on_compute is not None:
        details["pathOnCompute"] = str(value.path_on_compute)
    return {
        "kind": "dataset",
        "name": name,
        "mode": mode,
        "path_on_compute": check_path(value.path_on_compute),
        "id": identity,
        "definition": dataset._definition.to_dict(),
        "shown": {"dataset": {"id": identity}, "consumptionDetails": details},
    }


def reference_input(workspace: Workspace, name: str, value: Any) -> dict[str, Any]:
    """A DataReference, or the DataReferenceConfiguration of a run configuration."""
    if hasattr(value, "datastore"):
        datastore, path = value.datastore, value.path_on_datastore
        source = {"path": inside(path), "datastore": datastore.name, "workspace": address(datastore.workspace)}
    else:
        source = {
            "path": inside(value.path_on_data_store),
            "datastore": value.data_store_name,
            "workspace": address(workspace),
        }
    return {
        "kind": "reference",
        "name": name,
        "mode": value.mode,
        "path_on_compute": check_path(value.path_on_compute),
        "overwrite": bool(value.overwrite),
        "source": source,
    }


def _dataset(name: str, given: Any) -> Any:
    if hasattr(given, "default_value"):
        given = given.default_value  # a PipelineParameter, outside a pipeline
    if not isinstance(given, AbstractDataset):
        raise UserErrorException(
            f"The input {name!r} is {given!r}, which is no dataset of this workspace; what one step writes and another "
            "reads needs a pipeline.",
            hint="Pipeline(ws, steps=[…]), or a dataset of what was written",
        )
    return given


def _located(workspace: Workspace, name: str, location: Any) -> Any:
    """The dataset that the Data of a run configuration names."""
    from aml_nb.core.data.datasets.file_factory import FileDatasetFactory
    from aml_nb.core.data.datastore import Datastore

    told = getattr(location, "dataset", None)
    if told is not None and told.id:
        return get_by_id(workspace, told.id)
    if told is not None and told.name:
        return get_by_name(workspace, told.name, told.version or "latest")
    path = getattr(location, "data_path", None)
    if path is not None and path.datastore_name:
        datastore = Datastore.get(workspace, path.datastore_name)
        return FileDatasetFactory.from_files((datastore, path.relative_path or ""), validate=False)
    uri = getattr(location, "uri", None)
    if uri is not None and uri.path:
        return FileDatasetFactory.from_files(uri.path, validate=False, is_file=bool(uri.is_file))
    raise UserErrorException(
        f"The input {name!r} of the run configuration names no dataset.", hint="dataset.as_named_input('data')"
    )
