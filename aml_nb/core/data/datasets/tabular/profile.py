"""What the columns of a dataset hold, told by the engine in one or two passes over the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.tabular.data_type import BOOL, FLOAT, LONG, OBJECT, STRING, TIME
from aml_nb.core.data.datasets.tabular.plan import Plan

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.tabular.engine import Engine

QUANTILES = (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999)
BUCKETS, MOST_VALUES = 10, 100
_EXACT_ROWS = 1_000_000
_AT_ONCE = 50
_NUMBERS = (LONG, FLOAT)
_PLAIN = ("min", "max", "mean", "std", "variance", "skewness", "kurtosis")


@dataclass(frozen=True)
class HistogramBucket:
    """How many values lie between two bounds; the upper one belongs to the last bucket only."""

    lower_bound: float
    upper_bound: float
    count: int


@dataclass(frozen=True)
class ValueCountEntry:
    """How often a value is there."""

    value: Any
    count: int


@dataclass(frozen=True)
class ColumnProfile:
    """What one column holds. Figures that its type does not have are None."""

    name: str
    type: str
    count: int = 0
    missing_count: int = 0
    not_missing_count: int = 0
    percent_missing: float = 0.0
    empty_count: int = 0
    error_count: int = 0
    min: Any = None
    max: Any = None
    mean: float | None = None
    std: float | None = None
    variance: float | None = None
    skewness: float | None = None
    kurtosis: float | None = None
    unique_values: int | None = None
    quantiles: Mapping[float, float] = field(default_factory=dict)
    histogram: tuple[HistogramBucket, ...] = ()
    value_counts: tuple[ValueCountEntry, ...] = ()

    @property
    def column_name(self) -> str:
        """The name, by its other name."""
        return self.name

    @property
    def lower_quartile(self) -> float | None:
        """What a quarter of the values lie below."""
        return self.quantiles.get(0.25)

    @property
    def median(self) -> float | None:
        """What half of the values lie below."""
        return self.quantiles.get(0.5)

    @property
    def upper_quartile(self) -> float | None:
        """What three quarters of the values lie below."""
        return self.quantiles.get(0.75)

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        plain = {name: value for name, value in vars(self).items() if value not in (None, (), {})}
        for name in ("min", "max"):
            if isinstance(plain.get(name), datetime):
                plain[name] = {"time": plain[name].isoformat()}
        plain["quantiles"] = [[part, value] for part, value in self.quantiles.items()]
        plain["histogram"] = [[each.lower_bound, each.upper_bound, each.count] for each in self.histogram]
        plain["value_counts"] = [[each.value, each.count] for each in self.value_counts]
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> ColumnProfile:
        """What ``to_dict`` made."""
        fields = dict(plain)
        for name in ("min", "max"):
            if isinstance(fields.get(name), dict):
                fields[name] = datetime.fromisoformat(fields[name]["time"])
        fields["quantiles"] = dict(map(tuple, fields.get("quantiles") or ()))
        fields["histogram"] = tuple(HistogramBucket(*each) for each in fields.get("histogram") or ())
        fields["value_counts"] = tuple(ValueCountEntry(*each) for each in fields.get("value_counts") or ())
        return cls(**fields)


class DataProfile:
    """The profiles of all columns, by name."""

    def __init__(self, columns: Mapping[str, ColumnProfile], row_count: int) -> None:
        self.columns = dict(columns)
        self.row_count = row_count

    def to_pandas_dataframe(self) -> Any:
        """One row a column."""
        import pandas as pd

        listed = [{name: getattr(column, name) for name in _SHOWN} for column in self.columns.values()]
        return pd.DataFrame(listed, columns=list(_SHOWN), index=list(self.columns))

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"rows": self.row_count, "columns": [column.to_dict() for column in self.columns.values()]}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> DataProfile:
        """What ``to_dict`` made."""
        columns = [ColumnProfile.from_dict(each) for each in plain["columns"]]
        return cls({column.name: column for column in columns}, plain["rows"])

    def __getitem__(self, name: str) -> ColumnProfile:
        return self.columns[name]

    def __repr__(self) -> str:
        return self.to_pandas_dataframe().to_string() if self.columns else "DataProfile of no columns"

    def _repr_html_(self) -> str:
        return str(self.to_pandas_dataframe().to_html())


_SHOWN = (
    "type",
    "min",
    "max",
    "count",
    "missing_count",
    "not_missing_count",
    "percent_missing",
    "empty_count",
    "lower_quartile",
    "median",
    "upper_quartile",
    "mean",
    "std",
)


def profile(engine: Engine, plan: Plan) -> DataProfile:
    """The profile of a plan's rows; above a million rows quantiles are approximate."""
    if not plan.columns:
        return DataProfile({}, 0)
    if len(plan.columns) > _AT_ONCE:
        engine.execute(f"CREATE OR REPLACE TEMP TABLE profiled AS {plan.sql}")
        plan = Plan("SELECT * FROM profiled", plan.columns)
    total = int(engine.rows(f"SELECT count(*) FROM ({plan.sql})")[0][0])
    found = _one_row(engine, plan, lambda place, kind: _figures(f"c{place}", kind, total <= _EXACT_ROWS))
    counted = _one_row(engine, plan, lambda place, kind: _spread(f"c{place}", kind, found[place]))
    columns = {}
    for place, column in enumerate(plan.columns):
        columns[column.name] = _column(column.name, column.kind, total, found[place], counted[place])
    return DataProfile(columns, total)


def _one_row(engine: Engine, plan: Plan, figures: Any) -> list[dict[str, Any]]:
    """Figures of every column, asked for at once; the engine dies of too many."""
    wanted = [figures(place, column.kind) for place, column in enumerate(plan.columns)]
    found = []
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        listed = [sql for each in some for sql in each.values()]
        row = iter(engine.rows(f"SELECT {', '.join(listed)} FROM ({plan.sql})")[0] if listed else ())
        found += [{name: next(row) for name in each} for each in some]
    return found


def _figures(sql: str, kind: str, exact: bool) -> dict[str, str]:
    figures = {"there": f"count({sql})"}
    if kind in _NUMBERS:
        # Beyond these bounds a square is no number any more, and the engine would give up.
        value = f"CASE WHEN abs(CAST({sql} AS DOUBLE)) < 1e75 THEN CAST({sql} AS DOUBLE) END"
        parts = ", ".join(map(str, QUANTILES))
        figures.update(
            min=f"min({sql})",
            max=f"max({sql})",
            mean=f"avg({value})",
            std=f"stddev_samp({value})",
            variance=f"var_samp({value})",
            skewness=f"skewness({value})",
            kurtosis=f"kurtosis({value})",
            quantiles=f"{'quantile_cont' if exact else 'approx_quantile'}({value}, [{parts}])",
        )
    elif kind == TIME:
        figures.update(min=f"min(CAST({sql} AS TIMESTAMP))", max=f"max(CAST({sql} AS TIMESTAMP))")
    elif kind in (STRING, BOOL):
        figures.update(min=f"min({sql})", max=f"max({sql})")
    if kind == STRING:
        figures["empty"] = f"count(*) FILTER (WHERE {sql} = '')"
    if kind != OBJECT:
        figures["unique"] = f"{'count(DISTINCT ' + sql + ')' if exact else f'approx_count_distinct({sql})'}"
    return figures


def _spread(sql: str, kind: str, found: Mapping[str, Any]) -> dict[str, str]:
    """What can be asked for once the extremes and the number of values are known."""
    figures = {}
    if kind in _NUMBERS and _bounds(found):
        low, high = _bounds(found) or (0.0, 0.0)
        width = (high - low) / BUCKETS or 1.0
        bucket = f"least({BUCKETS - 1}, CAST(floor((CAST({sql} AS DOUBLE) - ({low!r})) / {width!r}) AS BIGINT))"
        figures["buckets"] = f"histogram({bucket}) FILTER (WHERE isfinite(CAST({sql} AS DOUBLE)))"
    if kind in (STRING, BOOL, LONG) and 0 < (found.get("unique") or 0) <= MOST_VALUES:
        figures["values"] = f"histogram({sql})"
    return figures


def _bounds(found: Mapping[str, Any]) -> tuple[float, float] | None:
    import math

    low, high = found.get("min"), found.get("max")
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high) and abs(high - low) < 1e75):
        return None
    return float(low), float(high)


def _column(name: str, kind: str, total: int, found: Mapping[str, Any], counted: Mapping[str, Any]) -> ColumnProfile:
    there = int(found["there"])
    plain: dict[str, Any] = {key: found.get(key) for key in _PLAIN}
    quantiles = zip(QUANTILES, found.get("quantiles") or (), strict=False)
    values = sorted((counted.get("values") or {}).items(), key=lambda each: (-each[1], str(each[0])))
    return ColumnProfile(
        name=name,
        type=kind,
        count=total,
        missing_count=total - there,
        not_missing_count=there,
        percent_missing=(total - there) / total if total else 0.0,
        empty_count=int(found.get("empty") or 0),
        unique_values=found.get("unique"),
        quantiles={part: value for part, value in quantiles if value is not None},
        histogram=_histogram(found, counted.get("buckets") or {}),
        value_counts=tuple(ValueCountEntry(value, count) for value, count in values),
        **plain,
    )


def _histogram(found: Mapping[str, Any], buckets: Mapping[int, int]) -> tuple[HistogramBucket, ...]:
    bounds = _bounds(found) if buckets else None
    if bounds is None:
        return ()
    low, width = bounds[0], (bounds[1] - bounds[0]) / BUCKETS
    return tuple(
        HistogramBucket(low + width * number, low + width * (number + 1), int(buckets.get(number, 0)))
        for number in range(BUCKETS)
    )
