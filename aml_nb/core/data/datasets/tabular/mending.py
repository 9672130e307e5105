"""Delimited files that the engine refuses, written once more as it likes them: a slow way that never gives up.

Bytes that are no text become the replacement character, a quote that is never closed is one sign like others, short
records are filled up, and fields beyond the last column are left out, which is told.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from aml_nb.core.data.datasets.tabular.layout import Sheet, encoding_of
from aml_nb.core.data.datasets.tabular.records import LONGEST_FIELD, OPEN_LINES, records
from aml_nb.core.data.datasets.tabular.sampling import open_text
from aml_nb.core.data.datasets.tabular.trouble import warn

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.files import DataFile

_SHOWN = 3


class Mended(NamedTuple):
    """A file that was written once more: without headings, with commas, in UTF-8."""

    path: str
    rows: int
    longest: int
    """The length of the longest record in bytes."""


def mend(sheet: Sheet, read: Mapping[str, Any], target: str, most: int | None = None) -> Mended:
    """Write the records of a file to ``target``; the first ``most`` of them where that is enough."""
    width, rows, longest = len(sheet.names), 0, 0
    long: list[int] = []
    with open_text(sheet.file, encoding_of(read)) as source, open(target, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        lines = LONGEST_FIELD if read.get("support_multi_line") else OPEN_LINES
        found = records(source, read.get("separator", ","), lines)
        if sheet.headed:
            next(found, None)
        for record in found:
            if rows == most:
                break
            rows += 1
            if len(record) > width:
                long.append(rows)
            clean = [*record[:width], *[""] * (width - len(record))]
            longest = max(longest, sum(len(field) for field in clean))
            writer.writerow(clean)
    if long:
        _tell(sheet, long)
    return Mended(target, rows, longest * 4 + 4 * width + 2)


def recode(file: DataFile, encoding: str, target: str) -> None:
    """Write a file to ``target`` in UTF-8."""
    with open_text(file, encoding) as source, open(target, "w", encoding="utf-8", newline="") as copy:
        while text := source.read(1 << 20):
            copy.write(text)


def _tell(sheet: Sheet, rows: list[int]) -> None:
    shown = ", ".join(map(str, rows[:_SHOWN])) + (", …" if len(rows) > _SHOWN else "")
    warn(
        f"{len(rows)} of the rows of {sheet.file.full} have more fields than its {len(sheet.names)} columns (row "
        f"{shown}); the fields beyond the last column are left out."
    )
