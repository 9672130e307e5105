"""What is told a pipeline when it is submitted: v1's PipelineParameter, and its values as JSON."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datapath import DataPath
from aml_nb.core.data.datasets.abstract import AbstractDataset
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.graph import Parameter

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

_PLAIN = {"string": str, "bool": bool, "int": int, "float": float}


class PipelineParameter:
    """A value that may be told anew at each submission of a pipeline.

    Parameters
    ----------
    name : of the parameter.
    default_value : text, a number, a truth value, a DataPath, a PipelineDataset or a dataset.

    Raises
    ------
    PipelineTypeError : the default is of another type.
    """

    def __init__(self, name: str, default_value: Any) -> None:
        if not isinstance(name, str) or not name:
            raise PipelineTypeError(
                f"A PipelineParameter needs a name, not {name!r}.", hint="PipelineParameter('rate', 0.1)"
            )
        type_of(name, default_value)
        self.name = name
        self.default_value = default_value

    def __str__(self) -> str:
        return f"PipelineParameter_Name:{self.name}_Default:{self.default_value}"

    def __repr__(self) -> str:
        return f"PipelineParameter(name={self.name!r}, default_value={self.default_value!r})"


def type_of(name: str, value: Any) -> str:
    """The type of a parameter by its default: ``string``, ``int``, ``float``, ``bool``, ``datapath``, ``dataset``."""
    if isinstance(value, DataPath):
        return "datapath"
    if isinstance(value, AbstractDataset) or hasattr(value, "saved_dataset_id"):
        return "dataset"
    for told, plain in _PLAIN.items():
        if isinstance(value, plain):
            return told
    raise PipelineTypeError(
        f"The default of the PipelineParameter {name!r} is {value!r}, a {type(value).__name__}; it may be text, an "
        "int, a float, a bool, a DataPath or a dataset.",
        hint=f"PipelineParameter({name!r}, default_value='…')",
    )


def described(workspace: Workspace, parameter: PipelineParameter) -> Parameter:
    """A parameter as JSON has it; a dataset without an id gets one."""
    kind = type_of(parameter.name, parameter.default_value)
    return Parameter(parameter.name, kind, value_of(workspace, parameter.name, kind, parameter.default_value))


def value_of(workspace: Workspace, name: str, kind: str, value: Any) -> Any:
    """A value that is told for a parameter, as JSON has it.

    Plain values may come as text, as they do over REST. A DataPath may be ``{"DataStoreName", "RelativePath"}`` and a
    dataset ``{"SavedDataSetReference": {"Id"}}`` or ``{"RegisteredDataSetReference": {"Id" | "Name", "Version"}}``.

    Raises
    ------
    PipelineTypeError : the value is of another type.
    """
    if kind == "datapath":
        return _place(workspace, name, value)
    if kind == "dataset":
        return _dataset(workspace, name, value)
    return _plain(name, kind, value)


def assigned(
    workspace: Workspace, parameters: Mapping[str, Parameter], given: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The value of each parameter: what is given, otherwise its default.

    Raises
    ------
    PipelineError : a value is given for a parameter that the pipeline does not have.
    PipelineTypeError : a value is of another type.
    """
    values = {name: parameter.default for name, parameter in parameters.items()}
    for name, value in dict(given or {}).items():
        if name not in parameters:
            raise unknown(name, parameters)
        values[name] = value_of(workspace, name, parameters[name].type, value)
    return values


def unknown(name: str, parameters: Mapping[str, Parameter]) -> PipelineError:
    """The error for a parameter that the pipeline does not have."""
    near = difflib.get_close_matches(str(name), parameters, n=1)
    there = ", ".join(parameters) or "none"
    return PipelineError(
        f"The pipeline has no parameter {name!r}; its parameters are: {there}.",
        hint=f"{{{near[0]!r}: …}}" if near else f"PipelineParameter({str(name)!r}, default_value=…) in a step",
    )


def as_text(value: Any) -> str:
    """A plain value as an argument of a script."""
    return str(value)


def _plain(name: str, kind: str, value: Any) -> Any:
    if isinstance(value, PipelineParameter):
        value = value.default_value
    if value is None or not isinstance(value, (str, int, float, bool)):
        raise PipelineTypeError(
            f"The parameter {name!r} takes {kind}, not {value!r}, a {type(value).__name__}.", hint=f"{{{name!r}: '…'}}"
        )
    return value


def _place(workspace: Workspace, name: str, value: Any) -> dict[str, Any]:
    from aml_nb.core.data.datasets.expansion import address
    from aml_nb.core.data.datastore import Datastore
    from aml_nb.core.data.paths import inside

    if isinstance(value, Mapping) and "datastore" in value:
        return dict(value)
    if isinstance(value, Mapping) and "DataStoreName" in value:
        value = DataPath(Datastore.get(workspace, value["DataStoreName"]), value.get("RelativePath") or "")
    if not isinstance(value, DataPath) or value._datastore is None:
        raise PipelineTypeError(
            f"The parameter {name!r} takes a DataPath, not {value!r}.",
            hint=f"{{{name!r}: DataPath(datastore=datastore, path_on_datastore='folder')}}",
        )
    store = value._datastore
    path = inside(value.path_on_datastore)
    return {"path": path, "datastore": store.name, "workspace": address(store.workspace)}


def _dataset(workspace: Workspace, name: str, value: Any) -> dict[str, Any]:
    from aml_nb.core.data.datasets.registry import get_by_id, get_by_name, save

    if isinstance(value, Mapping) and set(value) >= {"id", "definition"}:
        return dict(value)
    if isinstance(value, Mapping):
        told = value.get("SavedDataSetReference") or value.get("RegisteredDataSetReference") or value
        if told.get("Id"):
            value = get_by_id(workspace, str(told["Id"]))
        elif told.get("Name"):
            value = get_by_name(workspace, str(told["Name"]), told.get("Version") or "latest")
    value = getattr(value, "dataset", value)  # a PipelineDataset, or a DatasetConsumptionConfig
    if not isinstance(value, AbstractDataset):
        raise PipelineTypeError(
            f"The parameter {name!r} takes a dataset, not {value!r}.",
            hint=f"{{{name!r}: Dataset.get_by_name(ws, '…')}}",
        )
    return {"id": save(value, workspace), "definition": value._definition.to_dict()}
