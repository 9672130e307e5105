"""Delimited files that the engine refuses, read record by record: a slow way that never gives up.

Bytes that are no text become the replacement character, a quote that is never closed is one sign like others, short
records are filled up, and fields beyond the last column are left out, which is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.tabular.layout import Sheet, encoding_of
from aml_nb.core.data.datasets.tabular.records import LONGEST_FIELD, OPEN_LINES, records
from aml_nb.core.data.datasets.tabular.sampling import open_text
from aml_nb.core.data.datasets.tabular.trouble import warn

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.files import DataFile

_SHOWN = 3


def rows(sheet: Sheet, read: Mapping[str, Any], most: int | None = None) -> Iterator[list[str]]:
    """The records of a file, each with a field for each column; the first ``most`` of them where that is enough."""
    width = len(sheet.names)
    long: list[int] = []
    with open_text(sheet.file, encoding_of(read)) as source:
        lines = LONGEST_FIELD if read.get("support_multi_line") else OPEN_LINES
        found = records(source, read.get("separator", ","), lines)
        if sheet.headed:
            next(found, None)
        for number, record in enumerate(islice(found, most), 1):
            if len(record) > width:
                long.append(number)
            yield [*record[:width], *[""] * (width - len(record))]
    if long:
        _tell(sheet, long)


def recode(file: DataFile, encoding: str, target: str) -> None:
    """Write a file to ``target`` in UTF-8."""
    with open_text(file, encoding) as source, open(target, "w", encoding="utf-8", newline="") as copy:
        while text := source.read(1 << 20):
            copy.write(text)


def _tell(sheet: Sheet, numbers: list[int]) -> None:
    shown = ", ".join(map(str, numbers[:_SHOWN])) + (", …" if len(numbers) > _SHOWN else "")
    warn(
        f"{len(numbers)} of the rows of {sheet.file.full} have more fields than its {len(sheet.names)} columns (row "
        f"{shown}); the fields beyond the last column are left out."
    )
