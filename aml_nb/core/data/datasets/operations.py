"""The operations of a file dataset on its files."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import Definition, expand
from aml_nb.core.data.datasets.expressions import evaluate
from aml_nb.core.data.datasets.files import DataFile
from aml_nb.core.data.datasets.partitions import PartitionFormat
from aml_nb.core.data.datasets.properties import properties
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


def files_of(workspace: Workspace | None, definition: Definition) -> list[DataFile]:
    """The files that a definition means now, its operations applied in their order."""
    files = expand(workspace, definition)
    text = definition.read.get("partition_format")
    form = PartitionFormat(text) if text else None
    for operation in definition.operations:
        apply = _OPERATIONS.get(operation["do"])
        if apply is None:
            raise UserErrorException(f"A file dataset knows no operation {operation['do']!r}.", hint="use tabular data")
        files = apply(files, operation, form)
    return files


def _filter(files: list[DataFile], how: Mapping[str, Any], form: PartitionFormat | None) -> list[DataFile]:
    def holds(file: DataFile) -> bool:
        values = form.values(file.full) if form else {}
        return bool(evaluate(how["expression"], values, properties(file)))

    return [file for file in files if holds(file)]


def _sample(files: list[DataFile], how: Mapping[str, Any], form: PartitionFormat | None) -> list[DataFile]:
    chance = random.Random(how["seed"])
    return [file for file in files if chance.random() < how["probability"]]


def _split(files: list[DataFile], how: Mapping[str, Any], form: PartitionFormat | None) -> list[DataFile]:
    chance = random.Random(how["seed"])
    first = [chance.random() < how["fraction"] for _ in files]
    return [file for file, mine in zip(files, first, strict=True) if mine == (how["part"] == 0)]


_OPERATIONS: dict[str, Callable[[list[DataFile], Mapping[str, Any], PartitionFormat | None], list[DataFile]]] = {
    "take": lambda files, how, form: files[: how["count"]],
    "skip": lambda files, how, form: files[how["count"] :],
    "sample": _sample,
    "split": _split,
    "filter": _filter,
}
