"""``partition_format``: values that stand in the paths of files, such as ``/{country}/{day:yyyy/MM/dd}/data.csv``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.errors import UserErrorException

_FIELD = re.compile(r"\{([^{}:]+)(?::([^{}]+))?\}")
_TIMES = {"yyyy": ("year", 4), "MM": ("month", 2), "dd": ("day", 2), "HH": ("hour", 2), "mm": ("minute", 2)}
_TIMES["ss"] = ("second", 2)
_TOKEN = re.compile("|".join(_TIMES))


class PartitionFormat:
    """What a path must end in, and the columns that it gives.

    Parameters
    ----------
    text : v1's format: ``{name}`` is a text, ``{name:yyyy/MM/dd/HH/mm/ss}`` a time (of 1900-01-01 what it
        does not say), ``*`` anything in one folder.

    Raises
    ------
    UserErrorException : it has no name in braces, has one twice, or a time without a part of one.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.keys = [name.strip() for name, _ in _FIELD.findall(text)]
        if not self.keys or len(set(self.keys)) != len(self.keys):
            raise UserErrorException(
                f"partition_format {text!r} must name each column once, in braces.",
                hint="partition_format='/{country}/{day:yyyy/MM/dd}/data.csv'",
            )
        self._times: dict[str, list[tuple[str, str]]] = {}
        self._pattern = re.compile("".join(self._translate()) + r"\Z", re.DOTALL)

    def values(self, path: str) -> dict[str, Any]:
        """The values in a path; DatasetExecutionError when it has another form."""
        found = self._pattern.search(path)
        if found is None:
            raise DatasetExecutionError(
                f"The file {path} does not end as partition_format {self.text!r} says.",
                hint="begin the format at the first part in braces and go to the end of the path",
            )
        return {key: self._value(key, index, found, path) for index, key in enumerate(self.keys)}

    def is_time(self, key: str) -> bool:
        """Whether a column holds times."""
        return key in self._times

    def _value(self, key: str, index: int, found: re.Match[str], path: str) -> Any:
        if key not in self._times:
            return found.group(f"k{index}")
        parts = {part: int(found.group(group)) for part, group in self._times[key]}
        try:
            return datetime(**{"year": 1900, "month": 1, "day": 1, **parts})  # type: ignore[arg-type]
        except ValueError as error:
            raise DatasetExecutionError(
                f"The file {path} has no time where partition_format {self.text!r} has one: {error}.", error
            ) from error

    def _translate(self) -> Iterator[str]:
        text = self.text
        yield "" if text.startswith("/") else "(?:^|(?<=/))"
        at = 0
        for index, field in enumerate(_FIELD.finditer(text)):
            yield _literal(text[at : field.start()])
            yield from self._time(index, field) if field.group(2) else (f"(?P<k{index}>[^/]+)",)
            at = field.end()
        yield _literal(text[at:])

    def _time(self, index: int, field: re.Match[str]) -> Iterator[str]:
        text, at = field.group(2), 0
        groups = self._times[self.keys[index]] = []
        for number, token in enumerate(_TOKEN.finditer(text)):
            part, digits = _TIMES[token.group()]
            groups.append((part, f"k{index}t{number}"))
            yield f"{re.escape(text[at : token.start()])}(?P<k{index}t{number}>[0-9]{{{digits}}})"
            at = token.end()
        yield re.escape(text[at:])
        named = [part for part, _ in groups]
        if not named or len(set(named)) != len(named):
            raise UserErrorException(
                f"partition_format {self.text!r}: the time {text!r} needs yyyy, MM, dd, HH, mm or ss, each once.",
                hint="{day:yyyy/MM/dd}",
            )


def _literal(text: str) -> str:
    return "[^/]*".join(re.escape(part) for part in re.split(r"\*+", text))
