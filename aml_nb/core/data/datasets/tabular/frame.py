"""An answer as a pandas DataFrame with the types that v1 gave.

Texts are ``object`` with None, under every pandas: notebooks of v1's time ask for ``dtype == object`` and
``select_dtypes("object")``. Whole numbers among which some are missing are floats, times have no zone (they are UTC)
and nanoseconds.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.tabular.data_type import JSON, OBJECT, TIME
from aml_nb.core.data.datasets.tabular.trouble import refuse

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.tabular.engine import Engine
    from aml_nb.core.data.datasets.tabular.plan import Plan

_FIRST, _LAST = "TIMESTAMP '1677-09-21 00:12:44'", "TIMESTAMP '2262-04-11 23:47:16'"


def fetch(engine: Engine, plan: Plan, strict_times: bool = False) -> Any:
    """The rows of a plan as a DataFrame.

    Parameters
    ----------
    engine, plan : what is asked, and whom.
    strict_times : a time that pandas cannot hold is an error; else it is NaT.
    """
    import pandas as pd

    if not plan.columns:
        return pd.DataFrame()
    listed = ", ".join(_final(place, column.kind, strict_times) for place, column in enumerate(plan.columns))
    arrays = engine.arrays(f"SELECT {listed} FROM ({plan.sql})")
    series = {}
    for place, column in enumerate(plan.columns):
        array = _plain(arrays.pop(f"c{place}"), column.kind)
        series[place] = pd.Series(array, dtype=array.dtype, copy=False)
    frame = pd.DataFrame(series, copy=False)
    # Texts stay objects in pandas 3 too, where an index of names would otherwise be of its new type.
    frame.columns = pd.Index(plan.names, dtype=object)
    return frame


def _final(place: int, kind: str, strict_times: bool) -> str:
    name = f"c{place}"
    if kind != TIME:
        return name
    made = f"CASE WHEN {name} BETWEEN {_FIRST} AND {_LAST} THEN CAST({name} AS TIMESTAMP_NS) END"
    if strict_times:
        made = f"CASE WHEN {name} IS NULL THEN NULL ELSE coalesce({made}, {refuse(place, 'range', name)}) END"
    return f"{made} AS {name}"


def _plain(array: Any, kind: str) -> Any:
    """An array without a mask."""
    import numpy as np

    if kind == JSON:
        return _objects([json.loads(text) if text is not None else None for text in _plain(array, "")])
    if kind == OBJECT:
        return _objects([_value(each) for each in _plain(array, "")])
    if not isinstance(array, np.ma.MaskedArray):
        return array
    data, mask = array.data, np.ma.getmaskarray(array)
    if data.dtype.kind in "iu":
        data = data.astype(np.float64)
    elif data.dtype.kind == "b":
        data = data.astype(object)
    data[mask] = np.array("NaT", data.dtype) if data.dtype.kind in "mM" else np.nan if data.dtype.kind == "f" else None
    return data


def _objects(values: list[Any]) -> Any:
    import numpy as np

    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _value(value: Any) -> Any:
    """What is in a cell of a nested type, as plain Python has it."""
    if isinstance(value, bytearray):
        return bytes(value)
    if hasattr(value, "filled"):
        return [None if gap else each for each, gap in zip(value.data.tolist(), value.mask.tolist(), strict=True)]
    return value.tolist() if hasattr(value, "tolist") else value
