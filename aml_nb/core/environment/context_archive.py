"""A Docker build context as one tar archive, named by the hash of what is in it."""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from aml_nb.core.environment.dockerignore import FILE, Ignored
from aml_nb.errors import UserErrorException

_CHUNK = 1024 * 1024
_HINT = "DockerBuildContext.from_local_directory(ws, './docker', dockerfile_path='Dockerfile')"


def pack(folder: Path, dockerfile_path: str, into: Path, but: Path | None = None) -> Path:
    """Pack a folder into an archive of the folder ``into``, all or nothing; its path.

    Links stay links, so that nothing from outside the folder is taken along. ``.dockerignore`` is obeyed.

    Parameters
    ----------
    dockerfile_path : the Dockerfile's place in the folder; it is always taken along.
    but : a folder to leave out.

    Raises
    ------
    UserErrorException
        There is no such folder, or no such Dockerfile in it, or a file cannot be read.
    """
    if not folder.is_dir():
        raise UserErrorException(f"The build context {str(folder)!r} is no folder.", hint=_HINT)
    place = checked(folder, dockerfile_path)
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into, prefix=".context-") as stage:
        made = Path(stage, "context.tar")
        with open(made, "wb") as file:
            digest = _write(folder, {place, FILE}, file, but)
            file.flush()
            os.fsync(file.fileno())
        target = into / f"{digest}.tar"
        os.replace(made, target)
    return target


def checked(folder: Path, dockerfile_path: str) -> str:
    """The Dockerfile's place in a folder, relative; UserErrorException where it is not there or leads out of it."""
    place = posixpath.normpath(str(dockerfile_path).replace(os.sep, "/"))
    real = os.path.realpath(folder / place)
    inside = os.path.commonpath([real, os.path.realpath(folder)]) == os.path.realpath(folder)
    if place.startswith(("/", "../")) or place in ("", ".", "..") or not inside:
        raise UserErrorException(
            f"dockerfile_path {str(dockerfile_path)!r} leads out of the build context {str(folder)!r}.", hint=_HINT
        )
    if not os.path.isfile(real):
        raise UserErrorException(f"The build context {str(folder)!r} has no file {place!r}.", hint=_HINT)
    return place


def dockerfile_of(archive: Path, dockerfile_path: str) -> str:
    """The text of the Dockerfile in an archive.

    Raises
    ------
    UserErrorException
        The archive is gone, is none, or has no such file.
    """
    place = posixpath.normpath(dockerfile_path)
    try:
        with tarfile.open(archive) as tar:
            file = tar.extractfile(place)
            if file is not None:
                return file.read().decode("utf-8-sig")
    except (OSError, tarfile.TarError, UnicodeDecodeError, KeyError) as error:
        why = getattr(error, "strerror", None) or error
        raise UserErrorException(f"The build context {archive} cannot be read: {why}.", hint=_HINT) from None
    raise UserErrorException(f"The build context {archive} has no file {place!r}.", hint=_HINT)


def _write(folder: Path, always: set[str], file: IO[bytes], but: Path | None) -> str:
    """Write the archive; the hash of its content, which times are no part of."""
    whole, ignored = hashlib.sha256(), Ignored.read(folder)
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, name in _walk(folder, "", ignored, always, but):
            head = tar.gettarinfo(path, arcname=name)
            head.uid = head.gid = 0
            head.uname = head.gname = ""
            if head.islnk():  # a second name of a file: it is a file of its own there
                head.type, head.linkname, head.size = tarfile.REGTYPE, "", os.stat(path).st_size
            whole.update(
                f"{name}\0{head.type!r}\0{head.mode:o}\0{head.linkname}\0{head.size}\0".encode(errors="replace")
            )
            if not head.isreg():
                tar.addfile(head)
                continue
            try:
                with open(path, "rb") as source:
                    while chunk := source.read(_CHUNK):
                        whole.update(chunk)
                    source.seek(0)
                    tar.addfile(head, source)
            except PermissionError as error:
                raise _closed(path, error) from None
    return whole.hexdigest()


def _walk(folder: Path, below: str, ignored: Ignored, always: set[str], but: Path | None) -> Iterator[tuple[str, str]]:
    """What goes along, folders first, in an order that does not change: the path of each, and its name there."""
    try:
        with os.scandir(folder) as found:
            children = sorted(found, key=lambda child: child.name)
    except PermissionError as error:
        raise _closed(folder, error) from None
    for child in children:
        name = f"{below}{child.name}"
        out = ignored(name) and name not in always
        if child.is_dir(follow_symlinks=False):
            if but is not None and os.path.realpath(child.path) == os.path.realpath(but):
                continue
            inside = _walk(Path(child.path), f"{name}/", ignored, always, but)
            if not out:
                yield child.path, name
                yield from inside
            elif ignored.takes_back or any(place.startswith(f"{name}/") for place in always):
                rows = list(inside)
                if rows:
                    yield child.path, name
                    yield from rows
        elif not out and stat.S_IFMT(child.stat(follow_symlinks=False).st_mode) in (stat.S_IFREG, stat.S_IFLNK):
            yield child.path, name


def _closed(path: str | Path, error: OSError) -> UserErrorException:
    return UserErrorException(
        f"{path} of the build context cannot be read: {error.strerror}.", hint=f"name it in {FILE}"
    )
