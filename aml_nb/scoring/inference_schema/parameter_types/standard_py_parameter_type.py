"""Samples of Python's own types."""

from __future__ import annotations

import base64
import binascii
import importlib
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

from aml_nb.scoring.inference_schema.parameter_types._describe import described
from aml_nb.scoring.inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType


class StandardPythonParameterType(AbstractParameterType):
    """A parameter of one of Python's own types.

    Text, numbers, booleans, lists and dicts come as JSON has them; dates, times and bytes (base64) come as
    text. A dict or a list may hold other parameter types, which then convert what stands in their place.

    Parameters
    ----------
    sample_input : a value like those that will be sent.
    """

    def __init__(self, sample_input: Any) -> None:
        super().__init__(sample_input)
        nested = isinstance(sample_input, dict), isinstance(sample_input, (list, tuple))
        self.sample_data_type_map: dict[Any, AbstractParameterType] = {
            key: value
            for key, value in (sample_input.items() if nested[0] else ())
            if isinstance(value, AbstractParameterType)
        }
        self.sample_data_type_list: list[AbstractParameterType] = [
            value for value in (sample_input if nested[1] else ()) if isinstance(value, AbstractParameterType)
        ]

    def deserialize_input(self, input_data: Any) -> Any:
        """Check that ``input_data`` has the sample's type; text becomes a date, a time or bytes."""
        kind = self.sample_data_type
        convert = _FROM_TEXT.get(kind)
        if convert is not None and isinstance(input_data, str):
            return convert(input_data)
        if kind is tuple and isinstance(input_data, list):
            return tuple(input_data)
        if kind is float and type(input_data) is int:
            return input_data
        if not isinstance(input_data, kind):
            raise ValueError(f"Invalid input data type to parse. Expected: {kind} but got {type(input_data)}")
        return input_data

    def input_to_swagger(self) -> dict[str, Any]:
        """The schema of the sample."""
        if self.sample_input is None:
            raise ValueError("Sample input cannot be None")
        if isinstance(self.sample_input, AbstractParameterType):
            raise TypeError("A parameter type cannot be another's whole sample; put it in a dict or a list")
        return described(self.sample_input)


_MOMENT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)?(?:(?:^|[T ])(?P<hour>\d\d?):(?P<minute>\d\d?)(?::(?P<second>\d\d?)"
    r"(?:[.,](?P<fraction>\d{1,9}))?)?)?\s*(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)


def parse_datetime(text: str) -> datetime:
    """A moment in ISO 8601, in the form of the schema's examples, or in any that dateutil knows if it is there."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None or found["date"] is None:
        return _parse_freely(text)
    day = date.fromisoformat(found["date"])
    return datetime.combine(day, _time_of(found) if found["hour"] else time())


def parse_time(text: str) -> time:
    """A time of day."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None or found["hour"] is None:
        return _parse_freely(text).time()
    return _time_of(found)


def parse_date(text: str) -> date:
    """A day."""
    return parse_datetime(text).date()


def parse_bytes(text: str) -> bytes:
    """Bytes from base64."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"Bytes are sent as base64: {error}") from None


def _time_of(found: re.Match[str]) -> time:
    micro = int((found["fraction"] or "0").ljust(6, "0")[:6])
    return time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0), micro, _zone(found["zone"]))


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text in "Zz":
        return timezone.utc
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _parse_freely(text: str) -> datetime:
    try:
        parser = importlib.import_module("dateutil.parser")
    except ImportError:
        raise ValueError(f"{text!r} is no date or time in ISO 8601 (2020-01-31T12:00:00)") from None
    parsed: datetime = parser.parse(text)
    return parsed


_FROM_TEXT: dict[type, Callable[[str], Any]] = {
    datetime: parse_datetime,
    date: parse_date,
    time: parse_time,
    bytes: parse_bytes,
    bytearray: lambda text: bytearray(parse_bytes(text)),
}
