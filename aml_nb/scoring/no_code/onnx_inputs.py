"""The inputs of an ONNX model: their arrays made of JSON, and checked against the types and shapes it declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aml_nb.errors import UserErrorException
from aml_nb.scoring.script_errors import InputError

_WRAPPERS = ("data", "input_data")

_TYPES: dict[str, tuple[Any, str]] = {
    "tensor(float16)": (np.float16, "f"),
    "tensor(float)": (np.float32, "f"),
    "tensor(double)": (np.float64, "f"),
    "tensor(bool)": (np.bool_, "b"),
    "tensor(string)": (np.object_, "s"),
    **{f"tensor({name})": (np.dtype(name), "i") for name in ("int8", "int16", "int32", "int64")},
    **{f"tensor({name})": (np.dtype(name), "i") for name in ("uint8", "uint16", "uint32", "uint64")},
}
_FITTING = {"f": "fiub", "i": "iub", "b": "b"}
_SCHEMAS = {"f": {"type": "number"}, "i": {"type": "integer"}, "b": {"type": "boolean"}, "s": {"type": "string"}}
_BLANK: dict[str, Any] = {"f": 0.0, "i": 0, "b": False, "s": ""}


class Input:
    """One input of a model.

    Raises
    ------
    UserErrorException : it is of a kind that no JSON is made into here.
    """

    def __init__(self, name: str, kind: str, shape: Sequence[Any]) -> None:
        if kind not in _TYPES:
            raise UserErrorException(
                f"The model's input {name!r} is a {kind}, which is not made of JSON without a script of yours",
                hint="InferenceConfig(entry_script='score.py') with a script that makes it",
            )
        self.name, self.kind, self.shape = name, kind, list(shape)
        self._dtype, self._class = _TYPES[kind]

    def array(self, value: Any) -> np.ndarray:
        """The array for a value from JSON; raises InputError where it does not fit."""
        try:
            raw = np.array(value, dtype=np.object_ if self._class == "s" else None)
        except (ValueError, OverflowError):
            raise self._unfit("lists of different lengths, or something that is no number") from None
        if self._class == "s":
            if not all(isinstance(item, str) for item in raw.ravel()):
                raise self._unfit("something that is no text")
        elif raw.dtype.kind not in _FITTING[self._class]:
            raise self._unfit(_CONTENTS.get(raw.dtype.kind, "something that is no number"))
        self._check(raw)
        return raw if self._class == "s" else self._converted(raw)

    def _check(self, raw: np.ndarray) -> None:
        fixed = zip(self.shape, raw.shape, strict=False)
        if raw.ndim != len(self.shape) or any(isinstance(size, int) and size != had for size, had in fixed):
            raise self._unfit(f"the shape {_shown(raw.shape)}")

    def _converted(self, raw: np.ndarray) -> np.ndarray:
        if self._class == "i" and raw.size:
            limits = np.iinfo(self._dtype)
            if int(raw.min()) < limits.min or int(raw.max()) > limits.max:
                raise self._unfit(f"a number beyond {limits.min} to {limits.max}")
        return raw.astype(self._dtype)

    def _unfit(self, found: str) -> InputError:
        return InputError(f"The request has {found} for {self.name!r}; the model takes {self.expected()}.")

    def expected(self) -> str:
        """What the input takes, in words."""
        return f"{self.name!r}: {self.kind} of shape {_shown(self.shape)}"

    def schema(self) -> dict[str, Any]:
        """The input as Swagger has it."""
        schema: dict[str, Any] = dict(_SCHEMAS[self._class])
        for _ in self.shape:
            schema = {"type": "array", "items": schema}
        return {**schema, "description": self.expected()}

    def zeros(self) -> Any:
        """A value that fits, for an example."""
        value = _BLANK[self._class]
        for size in reversed(self.shape):
            value = [value] * (min(size, 1000) if isinstance(size, int) else 1)
        return value


_CONTENTS = {"U": "text", "f": "fractions", "b": "true or false"}


def values_of(given: Any, inputs: Mapping[str, Input]) -> dict[str, Any]:
    """The value of each input in a request.

    They are given by name, alone or below ``data`` or ``input_data``; the value of a single input needs no name,
    and inputs that are columns may be given as records.

    Raises
    ------
    InputError : one is missing, or there are others.
    """
    value = given
    if isinstance(given, dict) and len(given) == 1 and not given.keys() & inputs.keys():
        (word, inner), *_ = given.items()
        if word not in _WRAPPERS:
            raise _unknown(given, inputs)
        value = inner
    if isinstance(value, dict):
        if value.keys() != inputs.keys():
            raise _unknown(value, inputs)
        return value
    if _are_records(value):
        return _columns(value, inputs)
    if len(inputs) != 1:
        raise InputError(f"The model has several inputs, to be given by name: {_listed(inputs)}.")
    return dict.fromkeys(inputs, value)


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _columns(records: list[dict[str, Any]], inputs: Mapping[str, Input]) -> dict[str, Any]:
    """Records as the columns that converters of data frames make: inputs of shape [rows, 1]."""
    for row in records:
        if row.keys() != inputs.keys():
            raise _unknown(row, inputs)
    return {name: [[row[name]] for row in records] for name in inputs}


def _unknown(given: Mapping[str, Any], inputs: Mapping[str, Input]) -> InputError:
    had = ", ".join(repr(name) for name in list(given)[:20]) or "nothing"
    return InputError(f"The request has {had}; the model takes {_listed(inputs)}.")


def _listed(inputs: Mapping[str, Input]) -> str:
    return "; ".join(given.expected() for given in inputs.values())


def _shown(shape: Sequence[Any]) -> str:
    return "[" + ", ".join("any" if size is None else str(size) for size in shape) + "]"
