"""Content-addressed files: ``<root>/ab/cdef…`` holds the bytes whose SHA-256 is ``abcdef…``.

Bytes arrive in ``<root>/.staging``, are fsynced and renamed: a file under its final name is whole. Equal bytes
are kept once. Nothing here is ever changed in place; files are read-only.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from aml_nb.core.store.errors import readable_files
from aml_nb.errors import StoreError, UserErrorException

STAGING = ".staging"
LEFTOVER_SECONDS = 3600.0
CHUNK = 1 << 20


class Digest(NamedTuple):
    """Which bytes: their SHA-256 in hexadecimal, and how many they are."""

    sha256: str
    size: int


class ArtifactStore(ABC):
    """Files by content. ``open_store`` gives the one for a folder or a URL."""

    @abstractmethod
    def add_file(self, path: str | Path) -> Digest:
        """Keep the bytes of a file; they are safe from a power cut when this returns."""

    @abstractmethod
    def has(self, sha256: str) -> bool:
        """Whether these bytes are kept."""

    @abstractmethod
    def open(self, digest: Digest | str) -> BinaryIO:
        """Read the bytes; StoreError when they are gone."""

    @abstractmethod
    def url(self, digest: Digest | str) -> str:
        """Where the bytes can be read without this library; signed where the storage signs, else as it names them."""

    @abstractmethod
    def remove(self, sha256: str) -> None:
        """Forget these bytes; nothing happens when they are not kept."""

    @abstractmethod
    def sweep(self, older_than: float = LEFTOVER_SECONDS) -> int:
        """Remove what a killed process left in the staging folder; returns how many files."""

    @abstractmethod
    def __iter__(self) -> Iterator[str]:
        """The SHA-256 of everything kept."""

    def add_tree(self, folder: str | Path, base: str = "") -> list[tuple[str, Digest]]:
        """Keep every file below ``folder``; (path relative to it and prefixed by ``base``, digest) each."""
        return [(path, self.add_file(file)) for path, file in walk(Path(folder), base)]

    def verify(self, digest: Digest | str) -> None:
        """StoreError when the bytes are gone or no longer the ones that were added."""
        wanted = sha256_of(digest)
        sha256 = hashlib.sha256()
        with self.open(digest) as file:
            while chunk := file.read(CHUNK):
                sha256.update(chunk)
        if sha256.hexdigest() != wanted:
            raise StoreError(
                f"The stored file {wanted[:12]}… is damaged: its bytes are not those that were registered.",
                hint="register the model again from its original file",
            )

    def materialise(self, digest: Digest | str, target: str | Path, link: bool = False) -> None:
        """Put the bytes at ``target``, a path that is free; its folder is made.

        ``link`` allows a hard link to the read-only original where the disk has them. Root could write through
        one, so root always gets a copy.
        """
        target = Path(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with readable_files(target.parent), self.open(digest) as source, target.open("xb") as file:
            while chunk := source.read(CHUNK):
                file.write(chunk)

    def _gone(self, sha256: str) -> StoreError:
        return StoreError(
            f"The stored file {sha256[:12]}… is gone from the workspace's artifacts.",
            hint="register the model again from its original file",
        )


class LocalArtifacts(ArtifactStore):
    """Artifacts in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._staging = root / STAGING

    def path(self, digest: Digest | str) -> Path:
        """Where these bytes are kept, whether they are there or not."""
        sha256 = sha256_of(digest)
        return self.root / sha256[:2] / sha256[2:]

    def add_file(self, path: str | Path) -> Digest:
        with readable_files(self.root):
            with open(path, "rb") as source:
                digest = hash_bytes(source)
                final = self.path(digest)
                if not _is_whole(final, digest.size):
                    source.seek(0)
                    digest = self._keep(source)
        return digest

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def open(self, digest: Digest | str) -> BinaryIO:
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError:
            raise self._gone(sha256_of(digest)) from None

    def url(self, digest: Digest | str) -> str:
        return self.path(digest).absolute().as_uri()

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def sweep(self, older_than: float = LEFTOVER_SECONDS) -> int:
        swept = 0
        limit = time.time() - older_than
        for entry in _entries(self._staging):
            with suppress(FileNotFoundError):  # another process is done with it
                if entry.stat(follow_symlinks=False).st_mtime <= limit:
                    os.unlink(entry.path)
                    swept += 1
        return swept

    def __iter__(self) -> Iterator[str]:
        for folder in _entries(self.root):
            if re.fullmatch("[0-9a-f]{2}", folder.name):
                yield from (folder.name + file.name for file in _entries(Path(folder.path)))

    def materialise(self, digest: Digest | str, target: str | Path, link: bool = False) -> None:
        target = Path(target)
        if link and os.geteuid() != 0:
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(self.path(digest), target)
                return
            except OSError:
                pass  # another disk, or one without links: copy
        super().materialise(digest, target)

    def _keep(self, source: BinaryIO) -> Digest:
        """Copy and hash in one pass: what is kept is named by what was copied, even if the file changed."""
        self._staging.mkdir(parents=True, exist_ok=True)
        staged = self._staging / uuid.uuid4().hex
        try:
            with staged.open("xb") as file:
                digest = hash_bytes(source, file)
                os.fchmod(file.fileno(), 0o444)
                file.flush()
                os.fsync(file.fileno())
            self._move(staged, self.path(digest))
        except BaseException:
            staged.unlink(missing_ok=True)
            raise
        return digest

    def _move(self, staged: Path, final: Path) -> None:
        if not final.parent.is_dir():
            final.parent.mkdir(exist_ok=True)
            sync_folder(self.root)
        os.replace(staged, final)
        sync_folder(final.parent)


def open_store(root: str | Path) -> ArtifactStore:
    """The artifacts in a folder, or at an fsspec URL such as ``s3://bucket/path``."""
    if isinstance(root, str) and "://" in root and not root.startswith("file://"):
        from aml_nb.core.store.artifacts_remote import RemoteArtifacts

        return RemoteArtifacts(root)
    local = LocalArtifacts(Path(str(root).removeprefix("file://")))
    local.sweep()
    return local


def walk(folder: Path, base: str = "") -> Iterator[tuple[str, Path]]:
    """Every regular file below ``folder``, sorted, hidden ones too.

    A symbolic link is taken as what it points to when that lies in ``folder``; a link that leads outside, a
    broken one, a device or a pipe is an error: a model must not carry what its folder does not hold.
    """
    yield from _walk(folder, folder.resolve(), base, ())


def sync_folder(folder: Path) -> None:
    """Make what was renamed in ``folder`` safe from a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _walk(folder: Path, root: Path, base: str, above: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    here = folder.resolve()
    if here in above:
        raise UserErrorException(f"{folder} links to a folder that it lies in.", hint=f"rm {folder}")
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        path, name = Path(entry.path), f"{base}/{entry.name}" if base else entry.name
        if not name.isprintable():
            raise UserErrorException(
                f"The file name {name!r} has characters that cannot be shown.", hint="rename the file"
            )
        if entry.is_symlink() and not _inside(path, root):
            raise UserErrorException(
                f"{path} is a symbolic link that leads out of the folder, or nowhere.",
                hint="replace the link by the file itself",
            )
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            yield from _walk(path, root, name, (*above, here))
        elif stat.S_ISREG(mode):
            yield name, path
        else:
            raise UserErrorException(f"{path} is neither a file nor a folder.", hint=f"move {path} away")


def _inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def _is_whole(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def hash_bytes(source: BinaryIO, copy: BinaryIO | None = None) -> Digest:
    sha256, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        sha256.update(chunk)
        size += len(chunk)
        if copy is not None:
            copy.write(chunk)
    return Digest(sha256.hexdigest(), size)


def sha256_of(digest: Digest | str) -> str:
    sha256 = digest if isinstance(digest, str) else digest.sha256
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise StoreError(f"{sha256!r} is no SHA-256.")
    return sha256
