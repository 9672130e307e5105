"""Objects of data science as JSON."""

from __future__ import annotations

import json
from typing import Any


def as_json(value: Any, indent: int | None = None) -> str:
    """A Python object as JSON: arrays become lists, tables become lists of records."""
    return json.dumps(value, default=_plain, indent=indent, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return value.to_dict(orient="records")
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (set, range)):
        return list(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON serializable")
