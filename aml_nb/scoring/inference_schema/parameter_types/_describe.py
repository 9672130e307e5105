"""Plain Python values as Swagger schemas and as JSON."""

from __future__ import annotations

import base64
import json
from datetime import date, datetime, time
from typing import Any

from aml_nb.scoring.inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType

Schema = dict[str, Any]


def schema_of(value: Any) -> Schema:
    """The Swagger schema of ``value``, without an example; a list is described by its last item."""
    if isinstance(value, AbstractParameterType):
        return without_example(value.input_to_swagger())
    if isinstance(value, dict):
        properties = {str(key): schema_of(item) for key, item in value.items()}
        return {"type": "object", "required": list(properties), "properties": properties}
    if isinstance(value, (list, tuple, range)):
        return {"type": "array", "items": schema_of(value[-1]) if len(value) else {"type": "object"}}
    return _scalar_schema(value)


def _scalar_schema(value: Any) -> Schema:
    for kinds, schema in _SCALARS:
        if isinstance(value, kinds):
            return dict(schema)
    return {"type": "object"}


_SCALARS: tuple[tuple[Any, Schema], ...] = (
    (bool, {"type": "boolean"}),
    (int, {"type": "integer", "format": "int64"}),
    (float, {"type": "number", "format": "double"}),
    (str, {"type": "string"}),
    (datetime, {"type": "string", "format": "date-time"}),
    (date, {"type": "string", "format": "date"}),
    (time, {"type": "string", "format": "time"}),
    ((bytes, bytearray), {"type": "string", "format": "byte"}),
)


def example_of(value: Any) -> Any:
    """``value`` as JSON holds it."""
    if isinstance(value, AbstractParameterType):
        return value.input_to_swagger().get("example")
    if isinstance(value, dict):
        return {str(key): example_of(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [example_of(item) for item in value]
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f ") + (value.strftime("%z") or "+0000")
    if isinstance(value, time):
        return value.strftime("%H:%M:%S.%f ") + (value.strftime("%z") or "+0000")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return value


def described(value: Any) -> Schema:
    """The schema of ``value`` with its example."""
    example = example_of(value)
    try:
        json.dumps(example)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"The sample {value!r} cannot be shown as JSON ({error}); "
            "samples are text, numbers, lists, dicts, dates, bytes, or parameter types"
        ) from None
    return {**schema_of(value), "example": example}


def without_example(schema: Schema) -> Schema:
    """``schema`` as it stands inside another, whose example covers it."""
    return {key: value for key, value in schema.items() if key != "example"}
