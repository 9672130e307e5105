"""Files that need not be read: a condition on what stands in their paths tells that no row of theirs is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.expressions import evaluate
from aml_nb.core.data.datasets.partitions import PartitionFormat
from aml_nb.core.data.datasets.tabular.plan import moment
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.definition import Definition
    from aml_nb.core.data.datasets.files import DataFile

_ROW_BY_ROW = ("filter", "time", "timestamps", "keep_columns", "drop_columns")


def pruned(files: Sequence[DataFile], definition: Definition) -> list[DataFile]:
    """The files that may have rows which are wanted; at least one, for its columns."""
    text = definition.read.get("partition_format")
    if not text or definition.read.get("header") == "ONLY_FIRST_FILE_HAS_HEADERS":
        return list(files)
    form = PartitionFormat(text)
    tests = list(_tests(definition.operations, form))
    if not tests:
        return list(files)
    found = [file for file in files if all(_holds(test, form, file) for test in tests)]
    return found or list(files[:1])


def _tests(operations: Sequence[Mapping[str, Any]], form: PartitionFormat) -> Iterator[Mapping[str, Any]]:
    """The conditions on keys of paths that come before anything that counts rows."""
    for operation in operations:
        if operation["do"] not in _ROW_BY_ROW:
            return
        if operation["do"] == "filter" and _columns(operation["expression"]) <= set(form.keys):
            yield operation
        elif operation["do"] == "time" and form.is_time(operation["column"]):
            yield operation


def _columns(tree: Mapping[str, Any]) -> set[str]:
    if "column" in tree:
        return {str(tree["column"])}
    return {name for each in tree.get("args", ()) for name in _columns(each)}


def _holds(operation: Mapping[str, Any], form: PartitionFormat, file: DataFile) -> bool:
    """Whether rows of a file can be wanted; what cannot be told here is left to the query."""
    values = form.values(file.full)
    if operation["do"] == "filter":
        try:
            return bool(evaluate(operation["expression"], values, {}))
        except (UserErrorException, ValueError, TypeError):
            return True
    time = values[operation["column"]]
    after, before = operation.get("after"), operation.get("before")
    return not (after and time < moment(after)) and not (before and time > moment(before))
