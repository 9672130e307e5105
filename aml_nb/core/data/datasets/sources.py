"""The ``path`` argument of v1's dataset factories, in all its forms, as sources."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from aml_nb.core.data.datasets.definition import Source
from aml_nb.core.data.datasets.expansion import address
from aml_nb.core.data.paths import inside
from aml_nb.errors import UserErrorException

_HINT = "Dataset.File.from_files((datastore, 'folder/*.csv'))"


class Sources(NamedTuple):
    """What a ``path`` argument means: sources, and the workspace of the first datastore among them."""

    sources: tuple[Source, ...]
    workspace: Any


def read_sources(path: Any) -> Sources:
    """The sources of a ``path`` argument.

    Parameters
    ----------
    path : an address, a path of this machine, a DataPath, a DataReference, ``(datastore, path)``, or a list of them.

    Raises
    ------
    UserErrorException : it is none of these, is empty, or leads out of its datastore.
    """
    pairs = list(_read(path))
    if not pairs:
        raise UserErrorException("The path of a dataset must not be empty.", hint=_HINT)
    workspaces = [datastore.workspace for datastore, _ in pairs if datastore is not None]
    return Sources(tuple(source for _, source in pairs), workspaces[0] if workspaces else None)


def _read(path: Any) -> Iterator[tuple[Any, Source]]:
    if isinstance(path, tuple) and len(path) == 2 and _is_datastore(path[0]):
        below = path[1] if isinstance(path[1], list) else [path[1]]
        yield from ((path[0], _on_datastore(path[0], each)) for each in below)
    elif isinstance(path, (list, tuple)):
        for each in path:
            yield from _read(each)
    elif isinstance(path, (str, os.PathLike)):
        yield None, _plain(os.fspath(path))
    elif hasattr(path, "path_on_datastore"):
        datastore = getattr(path, "datastore", None) or getattr(path, "_datastore", None)
        if datastore is None:
            raise UserErrorException(f"{path!r} names no datastore.", hint="DataPath(datastore, 'folder')")
        yield datastore, _on_datastore(datastore, path.path_on_datastore or "")
    elif _is_datastore(path):
        yield path, _on_datastore(path, "")
    else:
        raise UserErrorException(
            f"A dataset cannot be made of {path!r}: the path is an address, a DataPath, a datastore with a path in it, "
            "or a list of them.",
            hint=_HINT,
        )


def _is_datastore(value: Any) -> bool:
    return hasattr(value, "datastore_type") and hasattr(value, "workspace")


def _on_datastore(datastore: Any, path: Any) -> Source:
    if not isinstance(path, (str, os.PathLike)):
        raise UserErrorException(f"The path in a datastore must be text, not {path!r}.", hint=_HINT)
    return Source(inside(os.fspath(path)), datastore.name, address(datastore.workspace))


def _plain(path: str) -> Source:
    if not path.strip():
        raise UserErrorException("The path of a dataset must not be empty.", hint=_HINT)
    if "\0" in path:
        raise UserErrorException(f"The path {path!r} holds a zero byte.", hint="give the path without it")
    try:
        scheme = urlsplit(path).scheme if "://" in path else ""
    except ValueError as error:
        raise UserErrorException(
            f"{path.split('?')[0]!r} is no address: {error}.", hint="https://host/folder/file.csv"
        ) from error
    if scheme and scheme != "file":
        return Source(path)
    plain = unquote(urlsplit(path).path) if scheme else path
    return Source(os.path.abspath(os.path.expanduser(plain)))
