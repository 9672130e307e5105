"""The lines of the user's own files that a service's copies of them stand for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from aml_nb.engines.base import ServiceError, ServiceSpec
from aml_nb.engines.snapshot import layout
from aml_nb.errors import Source

_IN_CONTAINER = r"^/var/azureml-app|^/var/aml_nb/service/revisions/[^/]+"
"""Where a revision is in a container."""


def source_of(error: ServiceError, spec: ServiceSpec, root: Path | None = None) -> Source | None:
    """The lines that failed, as they ran, under the path that the user knows; ``root`` has the revision that ran."""
    if not error.file or not error.line:
        return None
    copy = None if root is None else root / (layout(spec, root).source_directory or "") / error.file
    if copy is not None and user_path(error.file, spec) is not None and copy.is_file():
        return source_at(str(copy), error.line, spec)
    return source_at(error.file, error.line, spec)


def source_in(frames: Iterable[tuple[str, int]], spec: ServiceSpec) -> Source | None:
    """The innermost of the frames that is in a file of the user's."""
    mine = [frame for frame in frames if user_path(frame[0], spec) is not None]
    return source_at(*mine[-1], spec) if mine else None


def source_at(file: str, line: int, spec: ServiceSpec) -> Source:
    """A line with its neighbours, read where it ran and told by the path that the user knows.

    Of a file that is not the user's, nothing is read: a script may say that any file of the machine has failed.
    """
    ours = user_path(file, spec)
    if ours is None:
        return Source(file, line)
    ran = os.path.normpath(file)
    read = Source.read(ran if os.path.isabs(ran) and os.path.exists(ran) else ours, line)
    return Source(ours, line, read.first, read.lines)


def user_path(path: str, spec: ServiceSpec) -> str | None:
    """The user's own file that a file of a revision is a copy of; None for any other file."""
    if path.startswith("<"):
        return None
    base = spec.source_directory or os.path.dirname(os.path.abspath(spec.entry_script))
    path = os.path.normpath(path)
    if not os.path.isabs(path):
        return None if path.startswith("..") else os.path.join(base, path)
    places = rf"(?:/services/{re.escape(spec.handle)}/revisions/[^/]+|{_IN_CONTAINER})/(.+)$"
    match = re.search(places, path)
    if match is None:
        return None
    inside = match[1]
    if spec.source_directory is not None:
        inside = inside.partition("/")[2]
    return os.path.join(base, inside)


def script_path(spec: ServiceSpec) -> str:
    """The user's own entry script."""
    return os.path.join(spec.source_directory or "", spec.entry_script)
