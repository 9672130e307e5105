"""What may be logged as a metric: Python's own numbers and texts, and what can be made one of them.

Scripts import this before they do anything: neither decimal nor datetime is imported for a look at a value's type.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from aml_nb.errors import UserErrorException

_LONGEST_INT = 1 << 63
Scalar = float | int | str | bool | None


def check_name(name: Any) -> str:
    """A metric's name."""
    if not isinstance(name, str) or not name.strip():
        raise UserErrorException(
            f"The name of a metric is a text that is not empty, not {name!r}.", hint="run.log('accuracy', 0.98)"
        )
    return name


def check_step(step: Any) -> int | None:
    """A step: a whole number, or none."""
    if step is None:
        return None
    plain = _unwrapped(step)
    if isinstance(plain, float) and plain.is_integer():
        plain = int(plain)
    if isinstance(plain, bool) or not isinstance(plain, int):
        raise UserErrorException(f"The step of a metric is a whole number, not {step!r}.", hint="step=1")
    return plain


def scalar(name: str, value: Any) -> Scalar:
    """One value as JSON holds it.

    Raises
    ------
    UserErrorException : there are several values, or something that is no value at all.
    """
    plain = _unwrapped(value)
    if plain is None or isinstance(plain, (bool, str)):
        return plain
    if isinstance(plain, int):
        return plain if -_LONGEST_INT <= plain < _LONGEST_INT else _float(plain)
    if hasattr(plain, "as_integer_ratio"):  # a float, a Decimal or a Fraction
        return _float(plain)
    if hasattr(plain, "isoformat"):
        return str(plain.isoformat())
    if isinstance(plain, Mapping):
        raise _several(name, value, "run.log_row(name, **values) or run.log_table(name, values)")
    if isinstance(plain, Iterable) or hasattr(plain, "__array__"):
        raise _several(name, value, "run.log_list(name, list(values)), or run.log(name, value) for each of them")
    raise UserErrorException(
        f"The metric {name!r} cannot be a {type(value).__name__}: a metric is a number, a text or a bool.",
        hint="run.log(name, float(value))",
    )


def listed(name: str, values: Any) -> list[Scalar]:
    """Several values: of a list, a tuple, a range, an array of one dimension, a column of a data frame…"""
    if hasattr(values, "tolist") and not isinstance(values, (str, bytes)):
        values = values.tolist()
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise UserErrorException(
            f"The list metric {name!r} must be a list, not a {type(values).__name__}.",
            hint="run.log_list(name, [0.6, 0.7, 0.87])",
        )
    return [scalar(name, value) for value in values]


def row(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """One row: for each column a value, or a list that adds several."""
    if not values:
        raise UserErrorException(f"The row {name!r} has no values.", hint="run.log_row(name, x=1, y=2)")
    return {str(key): _column(name, value) for key, value in values.items()}


def table(name: str, values: Any) -> dict[str, Any]:
    """Columns, each a value or a list of them, lists being of one length."""
    if hasattr(values, "to_dict") and hasattr(values, "columns"):
        values = values.to_dict("list")
    if not isinstance(values, Mapping) or not values:
        raise UserErrorException(
            f"The table {name!r} must be a dictionary of columns, not {values!r}.",
            hint="run.log_table(name, {'x': [1, 2], 'y': [0.3, 0.4]})",
        )
    columns = {str(key): _column(name, value) for key, value in values.items()}
    lengths = {len(column) for column in columns.values() if isinstance(column, list)}
    if len(lengths) > 1:
        raise UserErrorException(
            f"The columns of the table {name!r} differ in length: "
            + ", ".join(f"{key} {len(c) if isinstance(c, list) else 1}" for key, c in columns.items())
            + ".",
            hint="give every column the same number of values",
        )
    return columns


def _column(name: str, value: Any) -> Any:
    plain = _unwrapped(value)
    if isinstance(plain, (str, bytes)) or not (isinstance(plain, Iterable) or hasattr(plain, "tolist")):
        return scalar(name, value)
    return listed(name, value)


def _unwrapped(value: Any) -> Any:
    """A plain value out of NumPy's, PyTorch's and others' scalars and arrays without dimensions."""
    if isinstance(value, (bool, int, float, str)) and type(value).__module__ != "numpy":
        return value
    if hasattr(value, "item") and not getattr(value, "shape", ()):
        value = value.item()
    elif hasattr(value, "numpy") and not getattr(value, "shape", ()):  # TensorFlow's
        value = value.numpy().item()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    # pandas' NA and NaT are no numbers, but they stand for one.
    return math.nan if type(value).__name__ in ("NAType", "NaTType") else value


def _float(number: Any) -> float:
    """The nearest float: an infinity beyond the largest, NaN for a NaN that signals."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
    except ValueError:
        return math.nan


def _several(name: str, value: Any, hint: str) -> UserErrorException:
    return UserErrorException(
        f"The metric {name!r} cannot be a {type(value).__name__}: log takes one value at a time.", hint=hint
    )
