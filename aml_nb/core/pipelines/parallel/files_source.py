"""The files of a parallel step's inputs, written down once: a job that is resumed has the same mini-batches.

Files of this machine are read where they are, one path at a time, however many there are. Those of other machines are
fetched first, into the workspace's cache, and lie in a tree of links below the job's folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets.definition import Definition
from aml_nb.core.data.datasets.expansion import local_paths
from aml_nb.core.data.datasets.operations import files_of
from aml_nb.core.data.datasets.partitions import PartitionFormat
from aml_nb.engines.batch import Batch
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.files import DataFile
    from aml_nb.core.workspace import Workspace

ITEMS, GROUPS = "input.items", "input.groups"
GROUPS_SOURCE = f"{__name__}:grouped"
Asked = Callable[[], bool]


def write_items(workspace: Workspace, definitions: Sequence[Definition], folder: Path, stopped: Asked) -> Path:
    """Write the paths of all files; no mini-batch has files of two inputs.

    Raises
    ------
    DatasetExecutionError : an input has no file, or one cannot be reached.
    """
    target = folder / ITEMS
    if target.exists():
        return target
    with _whole(target) as file:
        for number, definition in enumerate(definitions):
            if number:
                file.write(b"\0")
            for path in _paths(workspace, definition, folder / "input" / str(number), stopped):
                file.write(os.fsencode(path) + b"\0")
    return target


def write_groups(
    workspace: Workspace, definitions: Sequence[Definition], keys: Sequence[str], folder: Path, stopped: Asked
) -> Path:
    """Write one line for each combination of the partition keys' values: the values and the files.

    Raises
    ------
    UserErrorException : an input has not these keys.
    """
    target = folder / GROUPS
    if target.exists():
        return target
    with _whole(target) as file:
        for number, definition in enumerate(definitions):
            for values, paths in _groups(workspace, definition, keys, folder / "input" / str(number), stopped):
                told = {"keys": dict(zip(keys, values, strict=True)), "paths": [os.fsdecode(path) for path in paths]}
                file.write(json.dumps(told).encode() + b"\n")
    return target


class Groups:
    """A source of mini-batches: the files that have the same values of the partition keys.

    Parameters
    ----------
    path : what ``write_groups`` wrote.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def describe(self) -> dict[str, Any]:
        """The file, which is written once for a job."""
        return {"kind": "groups", "size": self._path.stat().st_size}

    def counted(self) -> tuple[int | None, int | None]:
        """How many files and mini-batches."""
        items = batches = 0
        for told in self._lines():
            items, batches = items + len(told["paths"]), batches + 1
        return items, batches

    def batches(self, skip: Container[int]) -> Iterator[Batch]:
        """The mini-batches in order, without those that were done."""
        for number, told in enumerate(self._lines()):
            if number not in skip:
                yield Batch(number, len(told["paths"]), "files", told["paths"], keys=told["keys"])

    def _lines(self) -> Iterator[dict[str, Any]]:
        with open(self._path, "rb") as file:
            for line in file:
                yield json.loads(line)


def grouped(source: dict[str, Any], spec: Any) -> Groups:
    """The source that a specification names."""
    return Groups(source["file"])


def _paths(workspace: Workspace, definition: Definition, root: Path, stopped: Asked) -> Iterable[str]:
    """The paths of a dataset's files, one at a time where that is possible."""
    if definition.operations:
        return _placed(workspace, files_of(workspace, definition), root, stopped)
    return _streamed(workspace, definition, root, stopped)


def _streamed(workspace: Workspace, definition: Definition, root: Path, stopped: Asked) -> Iterator[str]:
    for number, source in enumerate(definition.sources):
        alone = Definition(definition.kind, (source,), definition.read)
        here = local_paths(workspace, source)
        some = False
        if here is not None:
            for path in here:
                some = True
                yield path
        if not some:  # elsewhere, or nowhere, which is told in the dataset's words
            yield from _placed(workspace, files_of(workspace, alone), root / str(number), stopped)


def _placed(workspace: Workspace, files: list[DataFile], root: Path, stopped: Asked) -> list[str]:
    """Paths of this machine for files, which are fetched where they are not on it."""
    from aml_nb.core.data.datasets import placing
    from aml_nb.core.data.datasets.cache import cache_of

    if all(file.local for file in files):
        return [file.path for file in files]
    print(f"Fetching {len(files):,} files from where they are.", flush=True)
    if root.exists():
        placing.unlink(str(root))
    placing.link(files, str(root), cache_of(workspace), stopped)
    return [os.path.join(root, file.display.lstrip("/")) for file in files]


def _groups(
    workspace: Workspace, definition: Definition, keys: Sequence[str], root: Path, stopped: Asked
) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    text = definition.read.get("partition_format")
    form = PartitionFormat(text) if text else None
    check_keys(keys, form.keys if form else [])
    assert form is not None
    files = files_of(workspace, definition)
    paths = _placed(workspace, files, root, stopped)
    found: dict[tuple[str, ...], list[str]] = {}
    for file, path in zip(files, paths, strict=True):
        values = form.values(file.full)
        found.setdefault(tuple(str(values[key]) for key in keys), []).append(path)
    yield from found.items()


def check_keys(keys: Sequence[str], there: Sequence[str]) -> None:
    """UserErrorException unless all keys are there."""
    missing = [key for key in keys if key not in there]
    if missing:
        told = f"its partition keys are {', '.join(there)}" if there else "it has no partition keys"
        raise UserErrorException(
            f"The input has no partition key {missing[0]!r}: {told}.",
            hint="make the dataset with partition_format='/{store}/{day}/*.csv', or by partition_by",
        )


@contextmanager
def _whole(target: Path) -> Iterator[Any]:
    """A file to write, that is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with open(staged, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(staged, target)
    finally:
        staged.unlink(missing_ok=True)
