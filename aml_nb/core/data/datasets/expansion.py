"""Which files the sources of a dataset mean now, and what each is called below all of them."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from aml_nb.core.data.datasets import globs
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.data.datasets.files import DataFile
from aml_nb.core.data.transfer_remote import reached

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.definition import Source
    from aml_nb.core.workspace import Workspace


class _Found(NamedTuple):
    """The files of one source: ``names`` below ``base``, which is a path on ``root``."""

    origin: str
    base: str
    names: list[str]
    root: str
    filesystem: Any = None
    info: Mapping[str, Mapping[str, Any]] = {}


def expand_sources(workspace: Workspace | None, sources: Iterable[Source]) -> list[DataFile]:
    """The files of all sources; DatasetExecutionError names the source that has none."""
    found = [_look(workspace, source) for source in sources]
    origins = {each.origin for each in found}
    shared = _shared([each.base for each in found]) if len(origins) == 1 else None
    return [file for each in found for file in _files(each, shared)]


def local_paths(workspace: Workspace | None, source: Source) -> Iterable[str] | None:
    """The paths of a source's files in their order, one by one; None where they are not on this machine."""
    if source.datastore is not None:
        folder = open_datastore(workspace, source)._local()
        if folder is None:
            return None
        root = str(folder)
    elif "://" in source.path and not source.path.startswith("file://"):
        return None
    else:
        root = "/"
    return _local_paths(root, source.path.removeprefix("file://"))


def _local_paths(root: str, path: str) -> Iterable[str]:
    path = path.strip("/") if root != "/" else path.lstrip("/")
    whole = os.path.join(root, path)
    if "*" not in path and os.path.isfile(whole):
        yield whole
    elif os.path.isdir(whole):
        top = whole.rstrip("/") or "/"
        yield from (os.path.join(top, name) for name in globs.walk(top))
    else:
        base, pattern = globs.split(path)
        top = os.path.join(root, base)
        if pattern and os.path.isdir(top):
            match = globs.compile_pattern(pattern).fullmatch
            yield from (os.path.join(top, name) for name in globs.walk(top, globs.depth(pattern)) if match(name))


def open_datastore(workspace: Workspace | None, source: Source) -> Any:
    """The datastore that a source lies on."""
    from aml_nb.core.data.datastore import Datastore

    return Datastore.get(_workspace(workspace, source), source.datastore or "")


def _workspace(workspace: Workspace | None, source: Source) -> Workspace:
    if source.workspace is None:
        if workspace is None:
            raise DatasetExecutionError(
                f"The path {source.shown} does not say in which workspace its datastore is.",
                hint="use the dataset of ws.datasets, or register this one",
            )
        return workspace
    if workspace is not None and address(workspace) == source.workspace:
        return workspace
    from aml_nb.core.workspace import Workspace, folder

    found = folder.find(*(unquote(part) for part in source.workspace.split("/")))
    if not found:
        raise DatasetExecutionError(
            f"The workspace {unquote(source.workspace)} of the dataset's path {source.shown} is not there any more.",
            hint="make the dataset again, of a datastore that is there",
        )
    return Workspace._of(*found[0])


def address(workspace: Workspace) -> str:
    """A workspace in one word."""
    return "/".join(
        quote(part, safe="") for part in (workspace.subscription_id, workspace.resource_group, workspace.name)
    )


def _look(workspace: Workspace | None, source: Source) -> _Found:
    try:
        found = _find(workspace, source)
    except FileNotFoundError:
        found = None
    except OSError as error:
        raise DatasetExecutionError(f"The dataset's path {source.shown} cannot be read: {error}", error) from error
    if found is None or not found.names:
        root = "" if found is None else found.root
        where = f" It was looked for at {root}." if root and root != source.path else ""
        raise DatasetExecutionError(
            f"The dataset's path {source.shown} has no file: it is wrong, or its files vanished.{where}",
            FileNotFoundError(source.path),
            hint="check the path, or upload the files again",
        )
    return found


def _find(workspace: Workspace | None, source: Source) -> _Found:
    if source.datastore is not None:
        datastore = open_datastore(workspace, source)
        local = datastore._local()
        if local is not None:
            return _on_disk(str(local), source.path, f"datastore:{source.workspace}:{source.datastore}")
        with reached(datastore):
            filesystem, root = datastore._filesystem()
            return _elsewhere(filesystem, str(root), source.path, f"datastore:{source.workspace}:{source.datastore}")
    scheme = urlsplit(source.path).scheme
    if "://" not in source.path or scheme == "file":
        return _on_disk("/", source.path.removeprefix("file://"), "")
    if scheme in ("http", "https"):
        return _Found(source.path, "", [source.path], "")
    from aml_nb.core.data.datasets.addresses import open_address

    filesystem, path = open_address(source.path)
    try:
        return _elsewhere(filesystem, "", path, source.path.split("/", 3)[2])
    except OSError:
        raise
    except Exception as error:  # each file system has its own tree of errors
        raise OSError(str(error)) from error


def _on_disk(root: str, path: str, origin: str) -> _Found:
    path = path.strip("/") if root != "/" else path.lstrip("/")
    whole = os.path.join(root, path)
    if "*" not in path and os.path.isfile(whole):  # a name may have brackets in it, and no star of a pattern is a name
        return _Found(origin, posixpath.dirname(path), [posixpath.basename(path)], root)
    if os.path.isdir(whole):
        return _Found(origin, path.rstrip("/"), list(globs.walk(whole)), root)
    base, pattern = globs.split(path)
    if not pattern:
        return _Found(origin, base, [], whole)
    top = os.path.join(root, base)
    if not os.path.isdir(top):
        return _Found(origin, base, [], top)
    match = globs.compile_pattern(pattern).fullmatch
    names = [name for name in globs.walk(top, globs.depth(pattern)) if match(name)]
    return _Found(origin, base, names, root)


def _elsewhere(filesystem: Any, root: str, path: str, origin: str) -> _Found:
    path = path.strip("/")
    base, pattern = globs.split(path)
    whole = posixpath.join(root, base) if base else root
    filesystem.invalidate_cache()  # what it has seen before may be gone, and others may have added files
    found = filesystem.find(whole, detail=True)
    # Of a path that is a file, adlfs gives a list of names, whatever was asked for.
    details: dict[str, Mapping[str, Any]] = (
        found if isinstance(found, dict) else {name: filesystem.info(name) for name in found}
    )
    if not pattern and [name.strip("/") for name in details] == [whole.strip("/")]:
        base, whole = posixpath.dirname(base), posixpath.dirname(whole)
    names = {name.strip("/")[len(whole.strip("/")) :].lstrip("/"): info for name, info in details.items()}
    if pattern:
        match = globs.compile_pattern(pattern).fullmatch
        names = {name: info for name, info in names.items() if match(name)}
    names = {name: info for name, info in names.items() if info.get("type") != "directory"}
    return _Found(origin, base, sorted(names), root, filesystem, names)


def _files(found: _Found, shared: str | None) -> Iterable[DataFile]:
    for name in found.names:
        below = posixpath.join(found.base, name) if found.base else name
        if not found.root and found.filesystem is None:
            yield DataFile(_web_name(name), name, name)
            continue
        place = posixpath.join(found.root, below)
        yield DataFile(
            "/" + _display(found.origin, below, shared), "/" + below, place, found.filesystem, found.info.get(name, {})
        )


def _display(origin: str, below: str, shared: str | None) -> str:
    if shared is None:
        name = origin.rsplit(":", 1)[-1]
        return f"{name}/{below}" if name else below
    return below[len(shared) :].lstrip("/") if shared else below


def _shared(bases: list[str]) -> str:
    """The folder that all of them lie in, or are."""
    parts = [base.split("/") for base in bases]
    together = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        together.append(level[0])
    return "/".join(together)


def _web_name(url: str) -> str:
    parts = urlsplit(url)
    names = [name for name in unquote(parts.path).split("/") if name not in ("", ".", "..")]
    return "/" + "/".join([parts.scheme, parts.netloc.rsplit("@", 1)[-1], *names])
