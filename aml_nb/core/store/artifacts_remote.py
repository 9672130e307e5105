"""Artifacts at any fsspec URL."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from aml_nb.core.store.artifacts import LEFTOVER_SECONDS, STAGING, ArtifactStore, Digest, hash_bytes, sha256_of
from aml_nb.errors import StoreError
from aml_nb.masking import without_login


class RemoteArtifacts(ArtifactStore):
    """Artifacts in a bucket or on a server, reached through fsspec."""

    def __init__(self, url: str) -> None:
        import fsspec

        with _reachable(url):
            self._fs, self._root = fsspec.core.url_to_fs(url)
        self._url = url

    def add_file(self, path: str | Path) -> Digest:
        with open(path, "rb") as source:
            digest = hash_bytes(source)
            final = self._path(digest.sha256)
            with _reachable(self._url):
                if not self._fs.exists(final):
                    source.seek(0)
                    self._keep(source, digest, final)
        return digest

    def has(self, sha256: str) -> bool:
        with _reachable(self._url):
            return bool(self._fs.exists(self._path(sha256)))

    def open(self, digest: Digest | str) -> BinaryIO:
        sha256 = sha256_of(digest)
        with _reachable(self._url):
            try:
                return cast(BinaryIO, self._fs.open(self._path(sha256), "rb"))
            except FileNotFoundError:
                raise self._gone(sha256) from None

    def url(self, digest: Digest | str) -> str:
        path = self._path(sha256_of(digest))
        try:
            with _reachable(self._url):
                return str(self._fs.sign(path))
        except NotImplementedError:
            return str(self._fs.unstrip_protocol(path))

    def remove(self, sha256: str) -> None:
        with _reachable(self._url):
            try:
                self._fs.rm_file(self._path(sha256))
            except FileNotFoundError:
                pass

    def sweep(self, older_than: float = LEFTOVER_SECONDS) -> int:
        swept = 0
        for entry in self._list(STAGING):
            if _written(entry) <= time.time() - older_than:
                self._fs.rm_file(entry["name"])
                swept += 1
        return swept

    def __iter__(self) -> Iterator[str]:
        for folder in self._list(""):
            name = folder["name"].rstrip("/").rsplit("/", 1)[-1]
            if len(name) == 2:
                yield from (name + file["name"].rsplit("/", 1)[-1] for file in self._list(name))

    def _path(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256[2:]}"

    def _list(self, below: str) -> list[dict[str, Any]]:
        with _reachable(self._url):
            try:
                return list(self._fs.ls(f"{self._root}/{below}".rstrip("/"), detail=True, refresh=True))
            except FileNotFoundError:
                return []

    def _keep(self, source: BinaryIO, digest: Digest, final: str) -> None:
        """Upload under another name and move: what has its final name is whole, and is what was hashed."""
        staged = f"{self._root}/{STAGING}/{uuid.uuid4().hex}"
        self._fs.makedirs(f"{self._root}/{STAGING}", exist_ok=True)
        self._fs.makedirs(final.rsplit("/", 1)[0], exist_ok=True)
        try:
            with self._fs.open(staged, "wb") as file:
                copied = hash_bytes(source, file)
            if copied != digest:
                raise StoreError("The file changed while it was registered.", hint="register it again")
            self._fs.mv(staged, final)
        except BaseException:
            if self._fs.exists(staged):
                self._fs.rm_file(staged)
            raise


@contextmanager
def _reachable(url: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, StoreError):
        raise
    except (OSError, ImportError, ValueError) as error:
        raise StoreError(
            without_login(f"The artifacts at {url} cannot be reached: {error}"),
            hint="check AML_NB_ARTIFACTS, its server, and that the fsspec package for it is installed",
        ) from error


def _written(entry: dict[str, Any]) -> float:
    """When an object was written; the file systems do not agree on the key."""
    for key in ("mtime", "created", "LastModified", "last_modified", "updated"):
        value = entry.get(key)
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, (int, float)):
            return float(value)
    return time.time()
