"""aml_nb itself, as the files that an image gets."""

from __future__ import annotations

import hashlib
import importlib.util
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


def entries(site: str = inside.SITE, compiled: bool = False) -> Iterator[Entry]:
    """The package below ``site``; ``compiled`` where the image has the Python that runs here, which reads its own."""
    for name, path in files():
        yield Entry(f"{site}/aml_nb/{name}", source=path, mode=0o644)
        if compiled and path.suffix == ".py" and (current := _compiled(path)) is not None:
            folder = os.path.dirname(f"{site}/aml_nb/{name}")
            yield Entry(f"{folder}/__pycache__/{current.name}", source=current, mode=0o644)


def _compiled(path: Path) -> Path | None:
    """What this Python wrote when it last imported a file; None where the file was changed since."""
    kept, facts = Path(importlib.util.cache_from_source(str(path))), path.stat()
    known = importlib.util.MAGIC_NUMBER + bytes(4) + _word(int(facts.st_mtime)) + _word(facts.st_size)
    try:
        with open(kept, "rb") as file:
            return kept if file.read(len(known)) == known else None
    except OSError:
        return None


def _word(number: int) -> bytes:
    """As the head of a compiled file has it."""
    return (number & 0xFFFFFFFF).to_bytes(4, "little")
