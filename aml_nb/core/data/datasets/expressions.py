"""Conditions for ``filter``: ``dataset['age'] > 30``, ``dataset.file_metadata('Size') < 1024``, joined by ``&``, ``|``.

An expression is JSON: ``{"column": name}``, ``{"file": property}``, ``{"value": 3}``, ``{"time": "2020-01-01"}`` or
``{"op": word, "args": […]}`` with the words of ``OPERATIONS``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timezone
from typing import Any

from aml_nb.errors import UserErrorException

Tree = Mapping[str, Any]

OPERATIONS: dict[str, Callable[..., Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "mod": operator.mod,
    "neg": operator.neg,
    "starts_with": lambda text, part: str(text).startswith(part),
    "ends_with": lambda text, part: str(text).endswith(part),
    "contains": lambda text, part: part in str(text),
    "matches": lambda text, pattern: re.search(pattern, str(text)) is not None,
    "length": lambda text: len(str(text)),
    "to_lower": lambda text: str(text).lower(),
    "to_upper": lambda text: str(text).upper(),
    "substring": lambda text, start, count=None: str(text)[start : None if count is None else start + count],
}


class Expression:
    """A column, a property of a file, or what is made of them. Made by ``dataset['name']``, not by hand."""

    def __init__(self, tree: Tree) -> None:
        self._tree = dict(tree)

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return self._tree

    def _with(self, op: str, *others: Any) -> Expression:
        return Expression({"op": op, "args": [self._tree, *(_tree(other) for other in others)]})

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]
        return self._with("eq", other) if other is not None else self.is_null()

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return self._with("ne", other) if other is not None else ~self.is_null()

    __hash__ = None  # type: ignore[assignment]

    def __gt__(self, other: Any) -> Expression:
        return self._with("gt", other)

    def __ge__(self, other: Any) -> Expression:
        return self._with("ge", other)

    def __lt__(self, other: Any) -> Expression:
        return self._with("lt", other)

    def __le__(self, other: Any) -> Expression:
        return self._with("le", other)

    def __and__(self, other: Any) -> Expression:
        return self._with("and", other)

    def __or__(self, other: Any) -> Expression:
        return self._with("or", other)

    def __invert__(self) -> Expression:
        return self._with("not")

    def __add__(self, other: Any) -> Expression:
        return self._with("add", other)

    def __sub__(self, other: Any) -> Expression:
        return self._with("sub", other)

    def __mul__(self, other: Any) -> Expression:
        return self._with("mul", other)

    def __truediv__(self, other: Any) -> Expression:
        return self._with("div", other)

    def __mod__(self, other: Any) -> Expression:
        return self._with("mod", other)

    def __neg__(self) -> Expression:
        return self._with("neg")

    def __bool__(self) -> bool:
        raise UserErrorException(
            "A condition on a dataset has no truth of its own; 'and', 'or', 'not' and 'in' do not work on it.",
            hint="(dataset['a'] > 1) & (dataset['b'] < 2), with | for or and ~ for not",
        )

    def is_null(self) -> Expression:
        """Where there is no value."""
        return self._with("is_null")

    def starts_with(self, value: str) -> Expression:
        """Texts that begin so."""
        return self._with("starts_with", value)

    def ends_with(self, value: str) -> Expression:
        """Texts that end so."""
        return self._with("ends_with", value)

    def contains(self, value: str) -> Expression:
        """Texts that have this in them."""
        return self._with("contains", value)

    def matches(self, pattern: str) -> Expression:
        """Texts in which a regular expression is found."""
        return self._with("matches", pattern)

    def length(self) -> Expression:
        """How long a text is."""
        return self._with("length")

    def to_lower(self) -> Expression:
        """The text in small letters."""
        return self._with("to_lower")

    def to_upper(self) -> Expression:
        """The text in capital letters."""
        return self._with("to_upper")

    def substring(self, start: int, count: int | None = None) -> Expression:
        """Part of a text."""
        return self._with("substring", start) if count is None else self._with("substring", start, count)

    def __repr__(self) -> str:
        return f"Expression({self._tree!r})"


def column(name: str) -> Expression:
    """The value of a column or a partition key."""
    return Expression({"column": str(name)})


def file_property(name: str) -> Expression:
    """A property of the file."""
    return Expression({"file": str(name)})


def evaluate(tree: Tree, values: Mapping[str, Any], file: Mapping[str, Any]) -> Any:
    """What an expression is for one file; anything compared with a missing value is false, as in SQL."""
    if "op" not in tree:
        return _leaf(tree, values, file)
    op, arguments = tree["op"], tree["args"]
    if op in ("and", "or"):
        together = all if op == "and" else any
        return together(evaluate(each, values, file) for each in arguments)
    found = [evaluate(each, values, file) for each in arguments]
    if op == "not":
        return not found[0]
    if op == "is_null":
        return found[0] is None
    if any(value is None for value in found):
        return False if op in ("eq", "ne", "gt", "ge", "lt", "le", "starts_with", "ends_with", "contains") else None
    return _apply(op, found)


def time_of(text: str) -> datetime:
    """The time in a ``time`` leaf."""
    return datetime.fromisoformat(text)


def _apply(op: str, found: list[Any]) -> Any:
    if op not in OPERATIONS:
        raise UserErrorException(f"A filter of the dataset has the word {op!r}, which this aml_nb does not know.")
    try:
        if any(isinstance(value, datetime) for value in found):
            found = [_moment(value) for value in found]
        elif op in ("eq", "ne", "gt", "ge", "lt", "le") and any(isinstance(value, str) for value in found):
            found = [str(value) for value in found]
        return OPERATIONS[op](*found)
    except (TypeError, ValueError, ArithmeticError, re.error) as error:
        raise UserErrorException(
            f"A filter of the dataset cannot be worked out for {found}: {error}.", hint="compare numbers with numbers"
        ) from error


def _moment(value: Any) -> Any:
    """A time that can be compared with any other: one without a zone is UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    return value


def _leaf(tree: Tree, values: Mapping[str, Any], file: Mapping[str, Any]) -> Any:
    if "value" in tree:
        return tree["value"]
    if "time" in tree:
        return time_of(tree["time"])
    kind, known = ("column", values) if "column" in tree else ("file", file)
    if tree[kind] not in known:
        raise UserErrorException(
            f"A filter of the dataset asks for {tree[kind]!r}, which its files do not have. "
            f"There is: {', '.join(known) or 'nothing'}.",
            hint="partition_format gives a file dataset its columns",
        )
    return known[tree[kind]]


def _tree(value: Any) -> dict[str, Any]:
    if isinstance(value, Expression):
        return value.to_dict()
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"time": datetime(value.year, value.month, value.day).isoformat()}
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()  # NumPy's numbers
    if value is None or isinstance(value, (bool, int, float, str)):
        return {"value": value}
    raise UserErrorException(
        f"A dataset cannot be filtered by {value!r}.", hint="compare with text, a number, a bool or a time"
    )
