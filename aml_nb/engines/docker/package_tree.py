"""aml_nb itself, as the files that an image gets."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import aml_nb
from aml_nb.engines.docker import inside
from aml_nb.engines.docker.tarring import Entry


def files() -> list[tuple[str, Path]]:
    """Every file with its place below the package, sorted."""
    root, found = Path(aml_nb.__file__).resolve().parent, []
    for base, folders, names in os.walk(root):
        folders[:] = sorted(folder for folder in folders if folder not in ("__pycache__", "labextension"))
        for name in sorted(names):
            path = Path(base, name)
            found.append((str(path.relative_to(root)), path))
    return found


def digest() -> str:
    """SHA-256 of the package: an upgrade makes another image."""
    whole = hashlib.sha256()
    for name, path in files():
        data = path.read_bytes()
        whole.update(f"{name}\0{len(data)}\0".encode() + data)
    return whole.hexdigest()


def entries(site: str = inside.SITE) -> Iterator[Entry]:
    """The package below ``site``."""
    for name, path in files():
        yield Entry(f"{site}/aml_nb/{name}", source=path, mode=0o644)
