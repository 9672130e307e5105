"""One file of a dataset: what v1 calls it, and how its bytes are had, on this machine or elsewhere."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from aml_nb.core.data.datasets.cache import used
from aml_nb.core.data.datasets.errors import DatasetExecutionError

_CHUNK = 1 << 20
_TOLD = {"etag": "ETag", "mtime": "Last-Modified", "size": "Content-Length"}
_WEB = ("http://", "https://")


@dataclass(frozen=True)
class DataFile:
    """A file that a dataset means.

    Parameters
    ----------
    display : as ``to_path()`` shows it and as it lies below a mount point: ``/`` and the path below what all share.
    full : the whole path on its datastore, or its address: what ``partition_format`` is matched with.
    path : an absolute path of this machine, an address, or the path on ``filesystem``.
    filesystem : fsspec's, where the file is not on this machine.
    info : size and times as the filesystem told them; empty for files of this machine.
    """

    display: str
    full: str
    path: str
    filesystem: Any = None
    info: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def local(self) -> bool:
        """Whether ``path`` can be opened as it is."""
        return self.filesystem is None and not self.path.startswith(_WEB)

    def open(self) -> IO[bytes]:
        """Its bytes, read from where they are."""
        try:
            if self.local:
                return open(self.path, "rb")
            if self.filesystem is None:
                return cast("IO[bytes]", _web(self.path))
            return cast("IO[bytes]", self.filesystem.open(self.path, "rb"))
        except Exception as error:  # each file system has its own tree of errors
            raise unreadable(self, error) from error

    def copy_to(self, target: str | Path) -> None:
        """Copy its bytes to ``target``, all or nothing."""
        staged = os.path.join(os.path.dirname(target), f".{uuid.uuid4().hex}.part")  # no longer than names may be
        try:
            with self.open() as source, open(staged, "wb") as file:
                self._pour(source, file)
            os.replace(staged, target)
        finally:
            if os.path.exists(staged):
                os.unlink(staged)

    def _pour(self, source: IO[bytes], file: IO[bytes]) -> None:
        """Copy what is open; what goes wrong while it is read is told apart from a full disk."""
        while chunk := self._read(source):
            file.write(chunk)

    def _read(self, source: IO[bytes]) -> bytes:
        try:
            return source.read(_CHUNK)
        except Exception as error:  # each file system has its own tree of errors
            raise unreadable(self, error) from error

    def fetch(self, cache: str | Path) -> str:
        """A path of this machine that holds its bytes: itself, or a copy in ``cache`` made once per version of it."""
        if self.local:
            return self.path
        info = self.info if self.filesystem is not None else _web_facts(self.path)
        told = {key: str(info.get(key)) for key in ("size", "etag", "last_modified", "LastModified", "mtime")}
        mark = hashlib.sha256(repr((self.full, self.path, sorted(told.items()))).encode()).hexdigest()[:32]
        target = Path(cache) / mark / os.path.basename(self.path.split("?")[0])
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            self.copy_to(target)
        used(target.parent)
        return str(target)


def unreadable(file: DataFile, error: BaseException) -> DatasetExecutionError:
    """The error for a file that vanished or cannot be read."""
    gone = isinstance(error, FileNotFoundError)
    why = "is not there any more" if gone else f"cannot be read: {str(error).split('?')[0] or type(error).__name__}"
    full, path = (text.split("?")[0] if "://" in text else text for text in (file.full, file.path))
    where = f" It was looked for at {path}." if path != full else ""
    return DatasetExecutionError(
        f"The file {full} of the dataset {why}.{where}",
        error,
        hint="put the file back, or make and register the dataset again" if gone else "check the path and its rights",
    )


def _web(address: str, method: str = "GET") -> Any:
    from urllib.request import Request, urlopen

    return urlopen(Request(address, headers={"User-Agent": "aml-nb"}, method=method), timeout=60)


def _web_facts(address: str) -> dict[str, str]:
    """What tells one version of a file of the web from another; where nothing does, each look is a new one."""
    try:
        with _web(address, "HEAD") as answer:
            told = {key: answer.headers[name] or "" for key, name in _TOLD.items()}
    except Exception:  # the file itself is asked for next, and tells what is wrong
        told = {}
    return told if told.get("etag") or told.get("mtime") else {"etag": uuid.uuid4().hex}
