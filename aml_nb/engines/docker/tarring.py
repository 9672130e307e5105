"""Tar archives as Docker takes them, made while they are sent: nothing is staged, no memory is filled."""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_CHUNK = 1024 * 1024
_END = b"\0" * 2 * tarfile.BLOCKSIZE


@dataclass(frozen=True)
class Entry:
    """One thing in an archive: a file of this machine, a text, a link or (with none of them) a folder.

    Times are kept where ``source`` has one, for compiled Python is told by them whether it is current.
    """

    name: str
    source: Path | None = None
    data: bytes | None = None
    link: str | None = None
    mode: int | None = None
    owner: int = 0


def stream(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The archive, a piece at a time."""
    for entry in entries:
        head, size = _head(entry)
        if entry.source is None or head.type != tarfile.REGTYPE:
            yield head.tobuf(tarfile.PAX_FORMAT) + _padded(entry.data or b"")
            continue
        yield head.tobuf(tarfile.PAX_FORMAT)
        yield from _bytes(entry.source, size)
        yield b"\0" * (-size % tarfile.BLOCKSIZE)
    yield _END


def tree(folder: Path, name: str, owner: int = 0) -> Iterator[Entry]:
    """A folder and everything below it, in an order that does not change; links are followed."""
    yield Entry(name, mode=0o755, owner=owner)
    with os.scandir(folder) as found:
        children = sorted(found, key=lambda child: child.name)
    for child in children:
        below = f"{name}/{child.name}"
        if child.is_dir():
            yield from tree(Path(child.path), below, owner)
        elif child.is_file():
            mode = 0o755 if child.stat().st_mode & stat.S_IXUSR else 0o644
            yield Entry(below, source=Path(child.path), mode=mode, owner=owner)


def digests(entries: Iterable[Entry]) -> list[str]:
    """A line an entry that changes with its name, its mode or what it holds, whatever its time."""
    found = []
    for entry in entries:
        held = hashlib.sha256(entry.data or b"").hexdigest() if entry.source is None else sha256(entry.source)
        found.append(f"{entry.name} {entry.mode} {held}")
    return found


def sha256(path: Path) -> str:
    """Of a file's bytes, whatever its size."""
    whole = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            whole.update(chunk)
    return whole.hexdigest()


def _head(entry: Entry) -> tuple[tarfile.TarInfo, int]:
    head = tarfile.TarInfo(entry.name.lstrip("/"))
    head.uid = head.gid = entry.owner
    if entry.link is not None:
        head.type, head.linkname, head.mode = tarfile.SYMTYPE, entry.link, 0o777
    elif entry.source is not None:
        facts = os.stat(entry.source)
        head.size, head.mtime = facts.st_size, int(facts.st_mtime)
        head.mode = stat.S_IMODE(facts.st_mode)
    elif entry.data is not None:
        head.size, head.mode = len(entry.data), 0o644
    else:
        head.type, head.mode = tarfile.DIRTYPE, 0o755
    head.mode = head.mode if entry.mode is None else entry.mode
    return head, head.size


def _bytes(path: Path, size: int) -> Iterator[bytes]:
    """Exactly ``size`` bytes: the head that was sent promised them."""
    left = size
    with open(path, "rb") as file:
        while left:
            chunk = file.read(min(left, _CHUNK))
            if not chunk:
                raise OSError(f"{path} became shorter while it was read.")
            left -= len(chunk)
            yield chunk


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % tarfile.BLOCKSIZE)
