"""A DataFrame on its way to a worker, whose pandas and numpy may be others than the driver's.

Numbers and times travel as bytes with their numpy type, everything else as Python objects. The index does not travel.
"""

from __future__ import annotations

import json
import pickle
import struct
from typing import Any

_HEAD = struct.Struct("<I")
_PLAIN = "biufcmM"


def encode(frame: Any) -> bytes:
    """The bytes of a DataFrame."""
    columns, parts = [], []
    for place in range(frame.shape[1]):
        facts, data = _encoded(frame.iloc[:, place])
        columns.append({**facts, "size": len(data)})
        parts.append(data)
    names = pickle.dumps(list(frame.columns), protocol=4)
    head = json.dumps({"rows": len(frame), "names": len(names), "columns": columns}).encode()
    return b"".join([_HEAD.pack(len(head)), head, names, *parts])


def decode(data: bytes) -> Any:
    """The DataFrame that ``encode`` was given."""
    import pandas

    size = _HEAD.unpack_from(data)[0]
    place = _HEAD.size + size
    head = json.loads(data[_HEAD.size : place])
    names = pickle.loads(data[place : place + head["names"]])
    place += head["names"]
    series = {}
    for number, facts in enumerate(head["columns"]):
        series[number] = _decoded(facts, data[place : place + facts["size"]])
        place += facts["size"]
    frame = pandas.DataFrame(series, index=pandas.RangeIndex(head["rows"]), copy=False)
    frame.columns = pandas.Index(names, dtype=None if names else object)
    return frame


def _encoded(series: Any) -> tuple[dict[str, Any], bytes]:
    kind = series.dtype
    if getattr(kind, "kind", "O") in _PLAIN and type(kind).__module__.partition(".")[0] == "numpy":
        return {"kind": "plain", "dtype": kind.str}, series.to_numpy().tobytes()
    if getattr(kind, "tz", None) is not None:
        naive = series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        return {"kind": "zoned", "dtype": naive.dtype.str, "tz": str(kind.tz)}, naive.tobytes()
    if kind.name == "category":
        told = (series.cat.codes.tolist(), series.cat.categories.tolist(), bool(series.cat.ordered))
        return {"kind": "category"}, pickle.dumps(told, protocol=4)
    missing = series.isna().to_numpy()
    values = [None if gone else value for value, gone in zip(series.tolist(), missing, strict=True)]
    if kind.name in ("object", "str", "string"):
        # What is text is text in whichever type the other pandas keeps it.
        text = kind.name != "object"
        return {"kind": "text" if text else "object"}, pickle.dumps(values, protocol=4)
    return {"kind": "named", "dtype": kind.name}, pickle.dumps(values, protocol=4)


def _decoded(facts: dict[str, Any], data: bytes) -> Any:
    import numpy
    import pandas

    kind = facts["kind"]
    if kind in ("plain", "zoned"):
        # A copy, for the script may write into it.
        values = numpy.frombuffer(data, dtype=facts["dtype"]).copy()
        if kind == "plain":
            return values
        return pandas.Series(values).dt.tz_localize("UTC").dt.tz_convert(facts["tz"])
    told = pickle.loads(data)
    if kind == "category":
        codes, categories, ordered = told
        return pandas.Categorical.from_codes(codes, categories, ordered=ordered)
    if kind == "text":
        return pandas.Series(told, dtype=pandas.Series(["text"]).dtype)
    return pandas.Series(told, dtype=object if kind == "object" else facts["dtype"])
