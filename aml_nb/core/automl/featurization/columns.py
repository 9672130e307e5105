"""What a column holds: numbers, categories, dates, text, or nothing to learn from."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

NUMERIC, CATEGORICAL, TEXT, DATE = "Numeric", "Categorical", "Text", "DateTime"
HASHES, IGNORE, ALL_NAN, CATEGORICAL_HASH = "Hashes", "Ignore", "AllNan", "CategoricalHash"
DROPPED = frozenset({HASHES, IGNORE, ALL_NAN})
_SAMPLE = 500
_FEW = 40
_WORDS = 3.0
_DATE = re.compile(
    r"^\s*(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}.*)?|\d{1,2}[- ][A-Za-z]{3,9}[- ,]+\d{2,4}.*)$"
)
_ID = re.compile(r"(^|[_\s.-])(id|guid|uuid|key)$|(?<=[a-z])(ID|Id)$", re.IGNORECASE)


class Column(NamedTuple):
    """A column, what it holds, and why it is dropped, if it is."""

    name: Any
    purpose: str
    why: str = ""

    @property
    def dropped(self) -> bool:
        """Whether nothing is learnt from it."""
        return self.purpose in DROPPED


def look(frame: Any, purposes: dict[Any, str], drop: list[Any]) -> list[Column]:
    """What each of the columns holds.

    Parameters
    ----------
    frame : the rows to learn from.
    purposes : what the user says of columns.
    drop : columns that the user leaves out.
    """
    return [
        Column(name, IGNORE, "left out by the featurization configuration")
        if name in drop
        else Column(name, purposes[name], "so it was said" if purposes[name] in DROPPED else "")
        if name in purposes
        else _look(name, frame[name])
        for name in frame.columns
    ]


def _look(name: Any, series: Any) -> Column:
    import pandas as pd

    known = series.dropna()
    if known.empty:
        return Column(name, ALL_NAN, "it has no values")
    kind = series.dtype
    if pd.api.types.is_datetime64_any_dtype(kind) or isinstance(kind, pd.PeriodDtype):
        return Column(name, DATE)
    if pd.api.types.is_bool_dtype(kind):
        return _varied(name, CATEGORICAL, known)
    if pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind):
        return _number(name, known)
    return _words(name, known.map(_text))


def _number(name: Any, known: Any) -> Column:
    import pandas as pd

    whole = pd.api.types.is_integer_dtype(known.dtype)
    if whole and len(known) > _FEW and known.is_unique:
        steps = known.diff().iloc[1:]
        if (steps == 1).all() or (steps == -1).all():
            return Column(name, HASHES, "it numbers the rows")
    if whole and len(known) > _FEW and _ID.search(str(name)) and known.nunique() > 0.95 * len(known):
        return Column(name, HASHES, "it is an identifier: nearly every row has a value of its own")
    return _varied(name, NUMERIC, known)


def _varied(name: Any, purpose: str, known: Any) -> Column:
    if known.iloc[0] == known.iloc[-1] and known.nunique() == 1:
        return Column(name, IGNORE, "all of its values are the same")
    return Column(name, purpose)


def _words(name: Any, known: Any) -> Column:
    import pandas as pd

    different = known.nunique()
    if different == 1:
        return Column(name, IGNORE, "all of its values are the same")
    sample = known.drop_duplicates().head(_SAMPLE)
    if pd.to_numeric(sample, errors="coerce").notna().all():
        return Column(name, NUMERIC)
    if sample.map(lambda value: _DATE.match(value) is not None).all() and dates(sample).notna().all():
        return Column(name, DATE)
    share = different / len(known)
    if sample.str.split().str.len().mean() >= _WORDS and (share > 0.1 or different > _FEW):
        return Column(name, TEXT)
    if len(known) > _FEW and share > 0.9:
        return Column(name, HASHES, "nearly every row has a value of its own")
    return Column(name, CATEGORICAL if different <= _FEW else CATEGORICAL_HASH)


def dates(series: Any) -> Any:
    """The values as times without a zone; NaT for what is none."""
    import pandas as pd

    if isinstance(series.dtype, pd.PeriodDtype):
        return series.dt.to_timestamp()
    found = pd.to_datetime(series, errors="coerce", format="mixed", utc=True)
    return found.dt.tz_localize(None)


def numbers(series: Any) -> Any:
    """The values as an array of floats; NaN for what is none."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_timedelta64_dtype(series.dtype):
        return series.dt.total_seconds().to_numpy(dtype=float)
    found = pd.to_numeric(series, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(found), found, np.nan)


def texts(series: Any) -> Any:
    """The values as an array of texts; an empty one for what is missing."""
    import numpy as np

    missing = series.isna().to_numpy()
    return np.array(["" if gone else _text(value) for value, gone in zip(series, missing, strict=True)], dtype=object)


def _text(value: Any) -> str:
    """A value as text, the same for a number whatever its type: 3 and 3.0 are one category."""
    if isinstance(value, str):
        return value
    number = value.item() if hasattr(value, "item") else value
    return str(int(number)) if isinstance(number, float) and number.is_integer() else str(number)
