"""What decorated functions say of themselves."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

from aml_nb.scoring.inference_schema.parameter_types._describe import without_example
from aml_nb.scoring.inference_schema.parameter_types.abstract_parameter_type import (
    ALL_SUPPORTED_VERSIONS,
    AbstractParameterType,
)

_ATTRIBUTE = "__aml_nb_schema__"


class FunctionSchema:
    """The samples of one function: of its parameters by name, and of what it returns."""

    def __init__(self) -> None:
        self.inputs: dict[str, AbstractParameterType] = {}
        self.output: AbstractParameterType | None = None


_decorated: dict[str, Callable[..., Any]] = {}


def schema_for(func: Callable[..., Any]) -> FunctionSchema:
    """The function's samples, made empty if it had none; ``functools.wraps`` carries them along."""
    found = getattr(func, _ATTRIBUTE, None)
    if not isinstance(found, FunctionSchema):
        found = FunctionSchema()
        setattr(func, _ATTRIBUTE, found)
    return found


def remember(func: Callable[..., Any]) -> None:
    """List ``func`` in what get_schemas_dict() gives; a later one of the same name takes its place."""
    _decorated[f"{func.__module__}.{getattr(func, '__qualname__', func)}"] = func


def get_input_schema(func: Callable[..., Any]) -> dict[str, Any]:
    """The Swagger schema of what ``func`` takes: an object with a property for each parameter."""
    schema = _schema(func)
    if schema is None or not schema.inputs:
        return {"type": "object"}
    names = list(inspect.signature(func).parameters)
    names += [name for name in schema.inputs if name not in names]
    properties: dict[str, Any] = {}
    example: dict[str, Any] = {}
    for name in names:
        sample = schema.inputs.get(name)
        told = sample.input_to_swagger() if sample is not None else {"example": ""}
        properties[name] = without_example(told)
        example[name] = told.get("example")
    return {"type": "object", "properties": properties, "example": example}


def get_output_schema(func: Callable[..., Any]) -> dict[str, Any]:
    """The Swagger schema of what ``func`` returns."""
    schema = _schema(func)
    if schema is None or schema.output is None:
        return {"type": "object"}
    return schema.output.input_to_swagger()


def get_schemas_dict() -> dict[str, Any]:
    """The schemas of every decorated function, by its module and name."""
    found: dict[str, Any] = {}
    for name, func in _decorated.items():
        schema = _schema(func)
        told = found.setdefault(name, {})
        if schema is not None and schema.output is not None:
            told["output_schema"] = get_output_schema(func)
        if schema is not None and schema.inputs:
            told["input_schema"] = get_input_schema(func)
    return copy.deepcopy(found)


def get_supported_versions(func: Callable[..., Any]) -> list[str]:
    """The Swagger versions that every sample of ``func`` can be described in."""
    schema = _schema(func)
    samples = [] if schema is None else [*schema.inputs.values()]
    if schema is not None and schema.output is not None:
        samples.append(schema.output)
    versions: list[str] = list(ALL_SUPPORTED_VERSIONS)
    for sample in samples:
        known = sample.supported_versions()
        versions = [version for version in versions if version in known]
    return versions


def is_schema_decorated(func: Callable[..., Any]) -> bool:
    """Whether ``func`` has an ``@input_schema`` or an ``@output_schema``."""
    return _schema(func) is not None


def _schema(func: Callable[..., Any]) -> FunctionSchema | None:
    found = getattr(func, _ATTRIBUTE, None)
    return found if isinstance(found, FunctionSchema) else None
