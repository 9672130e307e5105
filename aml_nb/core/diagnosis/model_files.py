"""The models that are in a service, and their files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.snapshot import MODELS

_MOST = 200


class Model(NamedTuple):
    """One version of a model; ``files`` are relative to its folder."""

    name: str
    version: str
    files: tuple[str, ...]


def models_in(root: Path | None) -> tuple[Model, ...]:
    """The models that lie in a revision."""
    if root is None:
        return ()
    found = []
    for name in _folders(root / MODELS):
        for version in _folders(root / MODELS / name):
            found.append(Model(name, version, tuple(_below(root / MODELS / name / version))))
    return tuple(found)


def models_of(spec: ServiceSpec) -> tuple[Model, ...]:
    """The models that a service was told to have."""
    return tuple(
        Model(m.name, m.version, tuple(path for path, _ in m.files) if m.source is None else _given(m.source))
        for m in spec.models
    )


def _given(source: str) -> tuple[str, ...]:
    """The files of a model that was never registered."""
    base = os.path.basename(source.rstrip(os.sep))
    if not os.path.isdir(source):
        return (base,)
    return tuple(f"{base}/{path}" for path in _below(Path(source)))


def _folders(place: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(place) if entry.is_dir() and not entry.name.startswith("."))
    except OSError:
        return []


def _below(folder: Path) -> list[str]:
    """The first files below a folder."""
    return sorted(path for path, _ in zip(_files(folder), range(_MOST), strict=False))


def _files(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (os.path.relpath(os.path.join(place, name), folder) for name in sorted(names))
