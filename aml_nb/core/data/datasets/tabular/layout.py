"""Which columns delimited files have: the headings of each, and of which types the columns seem to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aml_nb.core.data.datasets.files import DataFile
from aml_nb.core.data.datasets.tabular.data_type import STRING
from aml_nb.core.data.datasets.tabular.sampling import FILES, Head, headings, infer, read_head
from aml_nb.core.data.datasets.tabular.trouble import warn

NONE, FIRST, COMBINE, SAME = (
    "NO_HEADERS",
    "ONLY_FIRST_FILE_HAS_HEADERS",
    "COMBINE_ALL_FILES_HEADERS",
    "ALL_FILES_HAVE_SAME_HEADERS",
)
ENCODINGS = {
    "utf8": "utf-8-sig",
    "utf8bom": "utf-8-sig",
    "ascii": "utf-8-sig",
    "latin1": "latin-1",
    "iso88591": "latin-1",
    "utf16": "utf-16",
    "utf32": "utf-32",
    "windows1252": "cp1252",
}
_PEEK_ROWS, _PEEK_BYTES, _MOST_PEEKS = 20, 1 << 16, 64


class Sheet(NamedTuple):
    """One file: its columns, whether its first record is their names, and whether the engine finds that record."""

    file: DataFile
    names: tuple[str, ...]
    headed: bool
    plain: bool = True


def encoding_of(read: Mapping[str, Any]) -> str:
    """Python's word for the encoding of the files."""
    return ENCODINGS[read.get("encoding", "utf8")]


def lay_out(files: Sequence[DataFile], read: Mapping[str, Any]) -> list[Sheet]:
    """The files that hold anything, each with its columns."""
    mode = read.get("header", SAME)
    if mode in (NONE, FIRST):
        return _by_place(files, read, mode)
    first: tuple[str, ...] | None = None
    sheets = []
    for number, file in enumerate(files):
        trusted = mode == SAME and first is not None and not file.local and number >= _MOST_PEEKS
        head = Head([], True) if trusted else _peek(file, read)
        names = first if trusted else _headings(head)
        if names:
            first = first or names
            sheets.append(Sheet(file, names, True, head.plain))
    if mode == SAME:
        _compare(sheets)
    return sheets


def columns_of(sheets: Sequence[Sheet]) -> list[str]:
    """Every column that some file has, in the order of the first files."""
    return list(dict.fromkeys(name for sheet in sheets for name in sheet.names))


def guess_types(
    sheets: Sequence[Sheet], read: Mapping[str, Any], names: Sequence[str] | None = None
) -> dict[str, dict[str, Any]]:
    """The types that columns seem to have, judged by the beginnings of a few files, the last among them."""
    values: dict[str, list[str]] = {name: [] for name in (columns_of(sheets) if names is None else names)}
    step = max(1, -(-len(sheets) // FILES))
    for sheet in {id(sheet): sheet for sheet in [*sheets[::step], *sheets[-1:]]}.values():
        head = read_head(sheet.file, encoding_of(read), read.get("separator", ","))
        rows = head.records[1:] if sheet.headed else head.records
        for place, name in enumerate(sheet.names):
            if name in values:
                values[name].extend(row[place] for row in rows if place < len(row))
    return {name: found for name, listed in values.items() if (found := infer(listed))["type"] != STRING or listed}


def _peek(file: DataFile, read: Mapping[str, Any]) -> Head:
    separator, encoding = read.get("separator", ","), encoding_of(read)
    head = read_head(file, encoding, separator, _PEEK_ROWS, _PEEK_BYTES)
    if head.cut and len(head.records) < 2:
        return read_head(file, encoding, separator, _PEEK_ROWS)  # a very long first record
    return head


def _headings(head: Head) -> tuple[str, ...]:
    """The names in the first record; where every other record is longer, the rest is called by its place."""
    if not head.records:
        return ()
    first, *rest = head.records
    shortest = min(map(len, rest), default=0)
    return tuple(headings([*first, *[""] * max(0, shortest - len(first))]))


def _by_place(files: Sequence[DataFile], read: Mapping[str, Any], mode: str) -> list[Sheet]:
    """Files whose columns are told apart by their place: only the first file is looked at, or a few of them."""
    heads: list[tuple[DataFile, Head]] = []
    for file in files:
        head = _peek(file, read) if len(heads) < _MOST_PEEKS or file.local else Head([[""]], True)
        if head.records:
            heads.append((file, head))
    if not heads:
        return []
    width = max(len(record) for _, head in heads for record in head.records)
    if mode == FIRST:
        names = _headings(heads[0][1])
        return [Sheet(file, names, number == 0, head.plain) for number, (file, head) in enumerate(heads)]
    names = tuple(f"Column{place}" for place in range(1, width + 1))
    return [Sheet(file, names, False) for file, _ in heads]


def _compare(sheets: Sequence[Sheet]) -> None:
    """Tell of files whose headings are not those of the first, against what was said of them."""
    for sheet in sheets[1:]:
        lacking = [name for name in sheets[0].names if name not in sheet.names]
        more = [name for name in sheet.names if name not in sheets[0].names]
        if lacking or more:
            what = [f"lacks the columns {lacking}"] if lacking else []
            what += [f"has {more} besides"] if more else []
            warn(
                f"The file {sheet.file.full} {' and '.join(what)}, compared with {sheets[0].file.full}. The columns "
                "are put together by name; what a file does not have is empty. "
                "header=PromoteHeadersBehavior.COMBINE_ALL_FILES_HEADERS says that this is meant."
            )
            return
