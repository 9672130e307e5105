"""The conditions of ``filter`` as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from aml_nb.core.data.datasets.expressions import time_of
from aml_nb.core.data.datasets.tabular.data_type import BOOL, FLOAT, LONG, STREAM, STRING, TIME
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.tabular.engine import Engine
    from aml_nb.core.data.datasets.tabular.plan import Plan

_COMPARE = {"eq": "=", "ne": "IS DISTINCT FROM", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_COUNT = {"add": "+", "sub": "-", "mul": "*", "div": "/", "mod": "%"}
_TEXT = {"starts_with": "starts_with", "ends_with": "ends_with", "contains": "contains", "matches": "regexp_matches"}
_TO_TEXT = {"to_lower": "lower", "to_upper": "upper"}
_NUMBERS = (LONG, FLOAT)
_NULL = "null"


class Term(NamedTuple):
    """A part of a condition: its SQL, and the kind of its value."""

    sql: str
    kind: str
    value: Any = None


def condition(tree: Mapping[str, Any], plan: Plan, engine: Engine) -> str:
    """The SQL for a condition; UserErrorException when it compares what cannot be compared."""
    term = _term(tree, plan, engine)
    if term.kind != BOOL:
        raise UserErrorException(
            "filter takes a condition, which is true or false for each row.", hint="dataset.filter(dataset['a'] > 1)"
        )
    return term.sql


def _term(tree: Mapping[str, Any], plan: Plan, engine: Engine) -> Term:
    if "column" in tree:
        place = plan.place(tree["column"])
        kind = plan.columns[place].kind
        return Term(f"c{place}", STRING if kind == STREAM else kind)
    if "value" in tree:
        return _value(tree["value"], engine)
    if "time" in tree:
        return Term(f"CAST({engine.quote(_moment(tree['time']))} AS TIMESTAMP)", TIME)
    if "op" not in tree:
        raise UserErrorException(
            "A tabular dataset has rows, not files: file_metadata() is for file datasets.",
            hint="dataset.filter(dataset['column'] > 1)",
        )
    return _operation(tree["op"], [_term(each, plan, engine) for each in tree["args"]], engine)


def _operation(op: str, terms: list[Term], engine: Engine) -> Term:
    if op in ("and", "or"):
        return Term("(" + f" {op.upper()} ".join(_truth(term) for term in terms) + ")", BOOL)
    if op == "not":
        return Term(f"(NOT {_truth(terms[0])})", BOOL)
    if op == "is_null":
        return Term(f"({terms[0].sql} IS NULL)", BOOL)
    if op in _COMPARE:
        left, right = _alike(terms[0], terms[1], engine)
        return Term(f"coalesce({left} {_COMPARE[op]} {right}, false)", BOOL)
    if op in _TEXT:
        return Term(f"coalesce({_TEXT[op]}({_text(terms[0])}, {_text(terms[1])}), false)", BOOL)
    if op in _TO_TEXT:
        return Term(f"{_TO_TEXT[op]}({_text(terms[0])})", STRING)
    if op == "length":
        return Term(f"length({_text(terms[0])})", LONG)
    if op == "substring":
        count = f", CAST({terms[2].sql} AS BIGINT)" if len(terms) > 2 else ""
        return Term(f"substring({_text(terms[0])}, CAST({terms[1].sql} AS BIGINT) + 1{count})", STRING)
    if op in _COUNT or op == "neg":
        return _arithmetic(op, terms)
    raise UserErrorException(f"A filter of the dataset has the word {op!r}, which this aml_nb does not know.")


def _arithmetic(op: str, terms: list[Term]) -> Term:
    kinds = {term.kind for term in terms}
    if op == "add" and kinds == {STRING}:
        return Term(f"({terms[0].sql} || {terms[1].sql})", STRING)
    if not kinds <= {*_NUMBERS, BOOL, _NULL}:
        raise UserErrorException(
            f"A filter of the dataset computes with {' and '.join(sorted(kinds))}, which only numbers allow.",
            hint="set_column_types={'column': DataType.to_float()}",
        )
    numbers = [f"CAST({term.sql} AS {'BIGINT' if term.kind == LONG and op != 'div' else 'DOUBLE'})" for term in terms]
    if op == "neg":
        return Term(f"(- {numbers[0]})", terms[0].kind)
    return Term(f"({numbers[0]} {_COUNT[op]} {numbers[1]})", LONG if kinds == {LONG} and op != "div" else FLOAT)


def _alike(left: Term, right: Term, engine: Engine) -> tuple[str, str]:
    """Two terms that SQL may compare."""
    if left.kind == right.kind or _NULL in (left.kind, right.kind):
        return left.sql, right.sql
    if {left.kind, right.kind} <= {*_NUMBERS, BOOL}:
        return _number(left), _number(right)
    for text, other in ((left, right), (right, left)):
        if text.kind == STRING and text.value is not None:
            made = _read(text.value, other.kind, engine)
            if made is not None:
                return (made, right.sql) if text is left else (left.sql, made)
    raise UserErrorException(
        f"A filter of the dataset compares {left.kind} with {right.kind}, which cannot be compared.",
        hint="compare texts with texts and numbers with numbers, or give the column another type: set_column_types",
    )


def _number(term: Term) -> str:
    return f"CAST({term.sql} AS BIGINT)" if term.kind == BOOL else term.sql


def _read(text: str, kind: str, engine: Engine) -> str | None:
    """A text that the user wrote for a value of another kind."""
    try:
        if kind in _NUMBERS:
            return engine.quote(float(text) if kind == FLOAT or not text.strip("+-").isdigit() else int(text))
        if kind == TIME:
            return f"CAST({engine.quote(_moment(text))} AS TIMESTAMP)"
        if kind == BOOL and text.lower() in ("true", "false"):
            return text.lower()
    except ValueError:
        pass
    return None


def _moment(text: str) -> Any:
    from aml_nb.core.data.datasets.tabular.plan import moment

    return moment(time_of(text).isoformat())


def _value(value: Any, engine: Engine) -> Term:
    if value is None:
        return Term("NULL", _NULL)
    if isinstance(value, bool):
        return Term("true" if value else "false", BOOL, value)
    kinds = {int: (LONG, "BIGINT"), float: (FLOAT, "DOUBLE"), str: (STRING, "VARCHAR")}
    kind, sql = kinds[type(value)]
    if kind == LONG and not -(1 << 63) <= value < 1 << 63:
        kind, sql, value = FLOAT, "DOUBLE", float(value)
    return Term(f"CAST({engine.quote(value)} AS {sql})", kind, value)


def _truth(term: Term) -> str:
    if term.kind not in (BOOL, _NULL):
        raise UserErrorException(
            "Only conditions can be joined by &, | and ~.", hint="(dataset['a'] > 1) & (dataset['b'] < 2)"
        )
    return f"coalesce({term.sql}, false)"


def _text(term: Term) -> str:
    return term.sql if term.kind == STRING else f"CAST({term.sql} AS VARCHAR)"
