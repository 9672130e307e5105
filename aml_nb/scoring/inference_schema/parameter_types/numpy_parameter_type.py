"""Samples that are NumPy arrays."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from aml_nb.scoring.inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


class NumpyParameterType(AbstractParameterType):
    """A NumPy array, sent as nested lists.

    Parameters
    ----------
    sample_input : an array like those that run() will get.
    enforce_column_type : convert to the sample's dtype; a structured one takes rows as lists or dicts.
    enforce_shape : insist on the sample's number of dimensions and on all their sizes but the first.
    """

    def __init__(self, sample_input: Any, enforce_column_type: bool = True, enforce_shape: bool = True) -> None:
        import numpy as np

        if not isinstance(sample_input, np.ndarray):
            raise ValueError(f"The sample must be a NumPy array, not {type(sample_input).__name__}")
        super().__init__(sample_input)
        self.enforce_column_type = enforce_column_type
        self.enforce_shape = enforce_shape

    def deserialize_input(self, input_data: Any) -> Any:
        """Make an array of ``input_data``; an array is passed on as it is."""
        import numpy as np

        if isinstance(input_data, np.ndarray):
            return input_data
        if not isinstance(input_data, list):
            raise ValueError("Invalid input format: expected an array of items.")
        if self.enforce_column_type:
            array = _typed(input_data, self.sample_input.dtype)
        else:
            array = np.array(input_data)
        if self.enforce_shape:
            self._check_shape(array)
        return array

    def _check_shape(self, array: Array) -> None:
        expected = self.sample_input.shape
        if array.ndim != len(expected):
            raise ValueError(
                f"Invalid input array: an array with {len(expected)} dimensions is expected; "
                f"input has {array.ndim} [shape {array.shape}]"
            )
        for axis in range(1, len(expected)):
            if array.shape[axis] != expected[axis]:
                raise ValueError(
                    f"Invalid input array: array has size {array.shape[axis]} on dimension #{axis}, "
                    f"while expected value is {expected[axis]}"
                )

    def input_to_swagger(self) -> dict[str, Any]:
        """The schema of the sample."""
        sample = self.sample_input
        if sample.ndim == 0:
            raise TypeError("The sample array needs at least one dimension; wrap it: numpy.array([value])")
        schema = _dtype_schema(sample.dtype)
        for _ in range(sample.ndim):
            schema = {"type": "array", "items": schema}
        return {**schema, "example": _as_json(sample), "format": "numpy.ndarray"}


def _typed(values: list[Any], dtype: np.dtype[Any]) -> Array:
    """Convert to ``dtype``, without cutting text to the length of the sample's."""
    import numpy as np

    if dtype.names:
        return np.array([_row(value, dtype) for value in values], dtype=dtype)
    if dtype.kind in "US":
        return np.array(values, dtype=dtype.kind)
    if dtype.kind == "M":
        return np.array(_each(values, lambda text: text.replace(",", ".")), dtype=dtype)
    if dtype.kind == "m":
        return np.array(_each(values, lambda text: int(text.split()[0])), dtype=dtype)
    return np.array(values, dtype=dtype)


def _row(value: Any, dtype: np.dtype[Any]) -> tuple[Any, ...]:
    if isinstance(value, dict):
        return tuple(value[name] for name in dtype.names or ())
    return tuple(value)


def _each(values: Any, change: Any) -> Any:
    if isinstance(values, list):
        return [_each(value, change) for value in values]
    return change(values) if isinstance(values, str) else values


_KINDS: dict[str, dict[str, Any]] = {
    "b": {"type": "boolean"},
    "U": {"type": "string"},
    "S": {"type": "string", "format": "binary"},
    "M": {"type": "string", "format": "date-time"},
    "m": {"type": "string", "format": "timedelta"},
    "O": {"type": "object"},
}


def _dtype_schema(dtype: np.dtype[Any]) -> dict[str, Any]:
    if dtype.subdtype is not None:
        inner, shape = dtype.subdtype
        schema = _dtype_schema(inner)
        for _ in shape:
            schema = {"type": "array", "items": schema}
        return schema
    if dtype.names and dtype.fields:
        properties = {name: _dtype_schema(dtype.fields[name][0]) for name in dtype.names}
        return {"type": "object", "properties": properties}
    if dtype.kind in "iu":
        return {"type": "integer", "format": dtype.name}
    if dtype.kind == "f":
        return {"type": "number", "format": "double" if dtype.itemsize >= 8 else "float"}
    if dtype.kind not in _KINDS:
        raise TypeError(f"There is no Swagger schema for arrays of {dtype.name}")
    return dict(_KINDS[dtype.kind])


def _as_json(array: Array) -> Any:
    import numpy as np

    if array.dtype.kind == "M":
        moments = np.char.replace(np.datetime_as_string(array, unit="us"), "T", " ")
        return np.char.replace(moments, ".", ",").tolist()
    if array.dtype.kind == "m":
        unit = _UNITS.get(np.datetime_data(array.dtype)[0], "")
        return _each_leaf(array.astype("int64").tolist(), lambda value: f"{value} {unit}".strip())
    if array.dtype.names:
        return _each_leaf(array.tolist(), lambda row: _record(row, array.dtype.names or ()))
    return _each_leaf(array.tolist(), _leaf)


_UNITS = {"D": "days", "h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds"}


def _each_leaf(value: Any, change: Any) -> Any:
    return [_each_leaf(item, change) for item in value] if isinstance(value, list) else change(value)


def _record(row: tuple[Any, ...], names: tuple[str, ...]) -> dict[str, Any]:
    cells = [cell.tolist() if hasattr(cell, "tolist") else cell for cell in row]
    return {name: _each_leaf(cell, _leaf) for name, cell in zip(names, cells, strict=True)}


def _leaf(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return str(value)
    return value
