"""Where a batch job's items come from: mini-batches, made lazily, the same and in the same order each time.

``paths``   a file of paths, each ended by a NUL; an empty one ends a mini-batch before it is full (groups).
``folder``  a folder, listed once into such a file, so that a job that is resumed has the same mini-batches.
``a.b:c``   a function that is given the source's dictionary and the specification, and returns a ``Source``.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any, NamedTuple, Protocol


class Batch(NamedTuple):
    """A mini-batch: builtin types only, for it goes to another process.

    Attributes
    ----------
    number : its place in the input from 0 on; the same in every session of a job.
    count : how many items (files or rows) it has.
    kind : "files" (``payload`` is the list of paths) or "frame" (the bytes that ``frames.encode`` made).
    payload : what the worker makes ``run``'s argument of.
    label : what errors call it where there are no file names: "rows 100 to 199 of sales.csv".
    keys : the values of ``partition_keys`` that it was made by.
    """

    number: int
    count: int
    kind: str
    payload: Any
    label: str = ""
    keys: dict[str, Any] | None = None


class Source(Protocol):
    """What gives the mini-batches."""

    def describe(self) -> dict[str, Any]:
        """What makes the mini-batches what they are: a job is only resumed with what describes itself alike."""

    def counted(self) -> tuple[int | None, int | None]:
        """How many items and mini-batches there are, where that is known before all were read."""

    def batches(self, skip: Container[int]) -> Iterator[Batch]:
        """The mini-batches in order, without those whose numbers are in ``skip``."""
