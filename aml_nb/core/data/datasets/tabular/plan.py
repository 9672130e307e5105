"""Operations on rows, as SQL: a plan is a query whose columns are ``c0``, ``c1``, …, and what they are called."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.tabular.conditions import condition
from aml_nb.core.data.datasets.tabular.data_type import TIME, convert
from aml_nb.core.data.datasets.tabular.draw import drawn

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.tabular.engine import Engine


class Column(NamedTuple):
    """What a column is called, and of which kind its values are."""

    name: str
    kind: str


@dataclass(frozen=True)
class Plan:
    """A query, and its columns."""

    sql: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """What the columns are called."""
        return [column.name for column in self.columns]

    def pick(self, places: Sequence[int]) -> Plan:
        """Some of the columns, in this order."""
        listed = ", ".join(f"c{old} AS c{new}" for new, old in enumerate(places))
        return Plan(f"SELECT {listed} FROM ({self.sql})", tuple(self.columns[place] for place in places))

    def where(self, sql: str) -> Plan:
        """The rows for which a condition holds."""
        return Plan(f"SELECT * FROM ({self.sql}) WHERE {sql}", self.columns)

    def place(self, name: str) -> int:
        """Which column has that name; DatasetExecutionError when none has."""
        if name in self.names:
            return self.names.index(name)
        near = difflib.get_close_matches(name, self.names, n=1)
        raise DatasetExecutionError(
            f"The dataset has no column {name!r}. There is: {', '.join(map(repr, self.names[:30]))}.",
            KeyError(name),
            hint=f"did you mean {near[0]!r}?" if near else "look at dataset.take(3).to_pandas_dataframe()",
        )

    def time(self, name: str, engine: Engine) -> str:
        """The SQL for a column as a time."""
        place = self.place(name)
        return convert(f"c{place}", self.columns[place].kind, {"type": TIME}, engine.quote)


def typed(plan: Plan, types: Mapping[str, Mapping[str, Any]], engine: Engine, strict: bool) -> Plan:
    """The plan with columns converted; with ``strict`` a value that cannot be converted ends the query."""
    from aml_nb.core.data.datasets.tabular.trouble import refuse

    engine.expect(len(plan.columns))
    columns, parts = [], []
    for place, column in enumerate(plan.columns):
        want = types.get(column.name)
        sql = f"c{place}"
        if want is not None:
            made = convert(sql, column.kind, want, engine.quote)
            if strict and made != sql:
                made = (
                    f"CASE WHEN {sql} IS NULL THEN NULL ELSE coalesce({made}, {refuse(place, want['type'], sql)}) END"
                )
            sql, column = made, Column(column.name, want["type"])
        parts.append(f"{sql} AS c{place}")
        columns.append(column)
    if not any(column.name in types for column in plan.columns):
        return plan
    return Plan(f"SELECT {', '.join(parts)} FROM ({plan.sql})", tuple(columns))


def operated(plan: Plan, operations: Sequence[Mapping[str, Any]], engine: Engine) -> Plan:
    """The plan with all operations in their order."""
    for operation in operations:
        apply = _OPERATIONS.get(operation["do"])
        if apply is None:
            raise DatasetExecutionError(f"A tabular dataset knows no operation {operation['do']!r}.")
        plan = apply(plan, operation, engine)
    return plan


def rows_needed(operations: Sequence[Mapping[str, Any]]) -> int | None:
    """How many rows of the source are enough for the answer; None where that cannot be told."""
    skipped = 0
    for operation in operations:
        if operation["do"] == "skip":
            skipped += int(operation["count"])
        elif operation["do"] == "take":
            return skipped + int(operation["count"])
        elif operation["do"] not in ("keep_columns", "drop_columns", "timestamps"):
            return None
    return None


def _keep(plan: Plan, how: Mapping[str, Any], engine: Engine) -> Plan:
    wanted = {plan.place(name) for name in how["columns"]}
    return plan.pick(sorted(wanted))


def _drop(plan: Plan, how: Mapping[str, Any], engine: Engine) -> Plan:
    return plan.pick([place for place, name in enumerate(plan.names) if name not in how["columns"]])


def _sample(plan: Plan, how: Mapping[str, Any], engine: Engine) -> Plan:
    return Plan(drawn(plan.sql, how["probability"], how["seed"], True), plan.columns)


def _split(plan: Plan, how: Mapping[str, Any], engine: Engine) -> Plan:
    return Plan(drawn(plan.sql, how["fraction"], how["seed"], how["part"] == 0), plan.columns)


def _time(plan: Plan, how: Mapping[str, Any], engine: Engine) -> Plan:
    sql, equal = plan.time(how["column"], engine), "=" if how["include_boundary"] else ""
    parts = [
        f"{sql} {sign}{equal} CAST({engine.quote(moment(how[word]))} AS TIMESTAMP)"
        for word, sign in (("after", ">"), ("before", "<"))
        if how.get(word) is not None
    ]
    return plan.where(" AND ".join(parts))


def moment(text: str) -> datetime:
    """A time that JSON holds, in UTC and without a zone, as the engine has its times."""
    found = datetime.fromisoformat(text)
    return found.astimezone(timezone.utc).replace(tzinfo=None) if found.tzinfo else found


_OPERATIONS: dict[str, Callable[[Plan, Mapping[str, Any], Engine], Plan]] = {
    "take": lambda plan, how, engine: Plan(f"SELECT * FROM ({plan.sql}) LIMIT {int(how['count'])}", plan.columns),
    "skip": lambda plan, how, engine: Plan(f"SELECT * FROM ({plan.sql}) OFFSET {int(how['count'])}", plan.columns),
    "sample": _sample,
    "split": _split,
    "keep_columns": _keep,
    "drop_columns": _drop,
    "filter": lambda plan, how, engine: plan.where(condition(how["expression"], plan, engine)),
    "time": _time,
    "timestamps": lambda plan, how, engine: plan,
}
