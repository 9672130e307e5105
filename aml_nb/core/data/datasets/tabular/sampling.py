"""The beginning of a delimited file: its headings, and of which types its columns seem to be."""

from __future__ import annotations

import codecs
import gzip
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TextIO

from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.files import DataFile
from aml_nb.core.data.datasets.tabular.data_type import BOOL, FLOAT, LONG, SLASHES, STRING, TIME
from aml_nb.core.data.datasets.tabular.records import is_plain, records

BYTES, ROWS, FILES = 4 << 20, 10_000, 5
_BOUND = 1 << 63

_LONG = re.compile(r"[+-]?[0-9]+").fullmatch
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:nan|inf|infinity)", re.I).fullmatch
_BOOL = re.compile(r"true|false", re.I).fullmatch
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
    r" ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
).fullmatch
_DAY = re.compile(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}(?: .*)?").fullmatch


class Head(NamedTuple):
    """The first records of a file, whether there are more, and whether everybody reads its first line alike."""

    records: list[list[str]]
    cut: bool
    plain: bool = True


def read_head(file: DataFile, encoding: str, separator: str, rows: int = ROWS, size: int = BYTES) -> Head:
    """The first records of a file; no more than ``size`` bytes of it are read."""
    with file.open() as raw:
        data = _unpacked(file, raw).read(size + 1)
    if encoding == "utf-8-sig" and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DatasetExecutionError(f"The file {file.full} is written in UTF-16.", hint="encoding='utf16'")
    cut = len(data) > size
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    text = decoder.decode(data[:size], final=not cut)
    plain = is_plain(re.split("[\r\n]", text, maxsplit=1)[0], separator)
    found = []
    for record in records(io.StringIO(text, newline=""), separator, cut=cut):
        found.append(record)
        if len(found) > rows:
            return Head(found[:rows], True, plain)
    if cut and len(found) > 1:
        del found[-1]  # the last one may be half of a record
    return Head(found, cut, plain)


def open_text(file: DataFile, encoding: str) -> TextIO:
    """A file as text, whatever it holds."""
    raw: Any = _unpacked(file, file.open())
    return io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="")


def headings(record: Sequence[str]) -> list[str]:
    """The names of columns: one without a name is called by its place, one whose name was there gets a number."""
    names: list[str] = []
    seen: set[str] = set()
    for place, name in enumerate(record, 1):
        plain = name or f"Column{place}"
        number, free = 0, plain
        while free in seen:
            number += 1
            free = f"{plain}_{number}"
        seen.add(free)
        names.append(free)
    return names


def infer(values: Iterable[str]) -> dict[str, Any]:
    """The type that a column seems to have, as JSON holds it."""
    found = {value.strip() for value in values}
    found.discard("")
    if not found:
        return {"type": STRING}
    if all(_LONG(value) for value in found):
        # As floats, longer ones would lose digits.
        return {"type": LONG if all(len(value) < 21 and -_BOUND <= int(value) < _BOUND for value in found) else STRING}
    for kind, fits in ((FLOAT, _FLOAT), (BOOL, _BOOL)):
        if all(fits(value) for value in found):
            return {"type": kind}
    if all(_ISO(value) and _is_time(value[:10].strip("T "), ["%Y-%m-%d"]) for value in found):
        return {"type": TIME}
    if all(_DAY(value) for value in found):
        return _slashes(found)
    return {"type": STRING}


def _slashes(found: set[str]) -> dict[str, Any]:
    """Month first, unless a value says otherwise."""
    days_first = [form.replace("%m/%d", "%d/%m") for form in SLASHES]
    for forms in (SLASHES, days_first):
        if all(_is_time(value, forms) for value in found):
            return {"type": TIME, "formats": forms}
    return {"type": STRING}


def _is_time(value: str, forms: list[str]) -> bool:
    for form in forms:
        try:
            datetime.strptime(value, form)
            return True
        except ValueError:
            continue
    return False


def is_packed(file: DataFile) -> bool:
    """Whether a file is packed, by its name; an address may have more behind its name."""
    name = file.path.split("?")[0] if "://" in file.path else file.path
    return name.lower().endswith(".gz")


def _unpacked(file: DataFile, raw: Any) -> Any:
    return gzip.GzipFile(fileobj=raw) if is_packed(file) else raw
