"""What ``run`` returned, as rows of text.

A list, tuple or one-dimensional array: a line an element, as ``str`` writes it. A DataFrame, an array of two
dimensions, and arrays in a list: a line a row, the values parted by spaces. Text is kept as it is, so that an element
with line ends in it takes several lines.
"""

from __future__ import annotations

import sys
from typing import Any

_TAKEN = "a list, an array, a DataFrame or a Series, with one element for each item that was scored"


class ResultError(Exception):
    """``run`` returned what no rows can be made of."""


def count(result: Any) -> int:
    """How many items ``run`` says it has scored.

    Raises
    ------
    ResultError : it is nothing that v1 takes.
    """
    if result is None:
        raise ResultError(f"run() returned None; it returns {_TAKEN}")
    if isinstance(result, (list, tuple)):
        return len(result)
    shape = getattr(result, "shape", None)
    if isinstance(shape, tuple) and shape and (_is_frame(result) or hasattr(result, "tolist")):
        return int(shape[0])
    raise ResultError(f"run() returned {_article(type(result).__name__)}; it returns {_TAKEN}")


def text(result: Any) -> bytes:
    """The rows of what ``count`` has taken, each ended."""
    if _is_frame(result):
        written: str = result.to_csv(sep=" ", header=False, index=False, lineterminator="\n")
        return _encoded(written)
    values = result if isinstance(result, (list, tuple)) or _is_array(result) else result.tolist()
    return _encoded("".join([f"{_row(value)}\n" for value in values]))


def _row(value: Any) -> str:
    if type(value) is str:
        return value
    if _is_array(value) and value.ndim:
        return " ".join(map(str, value.ravel()))
    return str(value)


def _is_frame(value: Any) -> bool:
    return isinstance(value, _of("pandas", "DataFrame"))


def _is_array(value: Any) -> bool:
    return isinstance(value, _of("numpy", "ndarray"))


def _of(module: str, name: str) -> tuple[type, ...]:
    """The class, if the script has brought its module in: without it nothing can be of that class."""
    found = getattr(sys.modules.get(module), name, None)
    return (found,) if isinstance(found, type) else ()


def _encoded(written: str) -> bytes:
    try:
        return written.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return written.encode("utf-8", "backslashreplace")


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "aeiouAEIOU" else f"a {name}"
