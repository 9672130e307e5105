"""Copying into and out of storage elsewhere, through fsspec: several files at once."""

from __future__ import annotations

import os
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.paths import inside, join
from aml_nb.core.data.progress import Progress
from aml_nb.core.data.sources import Source
from aml_nb.core.data.transfer_local import told
from aml_nb.errors import AmlError, StoreError, UserErrorException
from aml_nb.masking import without_login

if TYPE_CHECKING:
    from aml_nb.core.data.file_transfers import FileTransfers

AT_ONCE = 16


def names(datastore: FileTransfers, prefix: str) -> list[str]:
    """The files whose path begins with ``prefix``, sorted."""
    fs, root = datastore._filesystem()
    with reached(datastore):
        fs.invalidate_cache()
        place = join(root, prefix.rpartition("/")[0])
        try:
            found = fs.find(place)
        except FileNotFoundError:
            return []
    start = root.strip("/") + "/"
    below = sorted(str(path).lstrip("/").removeprefix(start) for path in found)
    return [name for name in below if name.startswith(prefix)]


def put(datastore: FileTransfers, files: list[Source], target: str, overwrite: bool, progress: Progress) -> None:
    """Copy files into the datastore."""
    there = set() if overwrite else set(names(datastore, target and target + "/"))
    fs, root = datastore._filesystem()

    def wanted() -> Iterator[tuple[str, Callable[[], Any]]]:
        for source, name in files:
            path = join(target, name)
            if path in there:
                progress.skipped(path)
            else:
                yield source, lambda source=source, path=path: _send(fs, source, join(root, path))  # type: ignore[misc]

    _at_once(datastore, wanted(), progress)


def fetch(datastore: FileTransfers, found: list[str], folder: Path, overwrite: bool, progress: Progress) -> None:
    """Copy files out of the datastore."""
    fs, root = datastore._filesystem()

    def wanted() -> Iterator[tuple[str, Callable[[], Any]]]:
        for name in found:
            final = os.path.join(folder, inside(name, "the name of a file in the datastore"))
            if not overwrite and os.path.lexists(final):
                progress.skipped(final)
            else:
                yield name, lambda name=name, final=final: receive(fs, join(root, name), final)  # type: ignore[misc]

    _at_once(datastore, wanted(), progress)


def receive(fs: Any, path: str, final: str) -> None:
    """Copy one file to this machine: under another name, then renamed, so that it is whole."""
    staged = f"{os.path.dirname(final)}/.{uuid.uuid4().hex}.part"
    with told(path, final):
        os.makedirs(os.path.dirname(final), exist_ok=True)
        try:
            fs.get_file(path, staged)
            os.replace(staged, final)
        except BaseException:
            if os.path.exists(staged):
                os.unlink(staged)
            raise


def _send(fs: Any, source: str, path: str) -> None:
    with told(source), open(source, "rb"):
        pass  # what cannot be read says so in the words of this machine, not of the storage
    fs.put_file(source, path)


def _at_once(datastore: FileTransfers, work: Iterable[tuple[str, Callable[[], Any]]], progress: Progress) -> None:
    """Do the work with several threads; the first failure ends it, after what is under way."""
    waiting: deque[tuple[str, Future[Any]]] = deque()

    def finish() -> None:
        path, future = waiting.popleft()
        if not future.done():
            progress.write()
        with reached(datastore):
            future.result()
        progress.done(path)

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="aml_nb-transfer") as pool:
        try:
            for path, call in work:
                progress.starting(path)
                waiting.append((path, pool.submit(call)))
                while len(waiting) >= 2 * AT_ONCE or (waiting and waiting[0][1].done()):
                    finish()
            while waiting:
                finish()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def reached(datastore: FileTransfers) -> Iterator[None]:
    """Turn what the storage says into words that name the datastore, without its secrets."""
    try:
        yield
    except (FileNotFoundError, AmlError):
        raise
    except Exception as error:  # each file system has its own tree of errors
        if isinstance(error, PermissionError) or getattr(error, "status_code", None) in (401, 403, 409):
            raise UserErrorException(
                f"The datastore {datastore.name} refuses: {_said(error)}",
                hint="check the credentials it is registered with (overwrite=True replaces them), or: az login",
            ) from error
        raise StoreError(
            f"The datastore {datastore.name} cannot be reached: {_said(error)}",
            hint="check its account, endpoint and credentials, and the network",
        ) from error


def _said(error: BaseException) -> str:
    """The first line of what it said; a URL there may carry a SAS token."""
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    return without_login(text).split("?")[0][:300]
