"""Where data lies on the compute target: beside a run's working directory, in it, or at an absolute path."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.datasets import placing
from aml_nb.core.data.datasets.cache import cache_of, mounts_of, used
from aml_nb.core.data.datasets.definition import FILE, Definition, Source, expand
from aml_nb.core.data.datasets.errors import DatasetExecutionError
from aml_nb.core.workspace import folder as workspace_folder
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.datasets.files import DataFile
    from aml_nb.core.workspace import Workspace


def inputs(work: Path) -> Path:
    """Inputs that were given no path."""
    return work.parent / "inputs"


def outputs(work: Path) -> Path:
    """Outputs that were given no path and are uploaded."""
    return work.parent / "writing"


def links(work: Path) -> Path:
    """What a script linked as its outputs."""
    return work.parent / "linked"


def resolve(path: str, work: Path) -> Path:
    """A path on the compute target: absolute, or in the working directory and not through a link out of it."""
    target = Path(os.path.normpath(work / path))
    if path.startswith("/"):
        return target
    real, root = os.path.realpath(target.parent), os.path.realpath(work)
    if real != root and not real.startswith(root + os.sep):
        raise UserErrorException(
            f"path_on_compute {path!r} leads out of the run's folder.", hint="an absolute path, or one below it"
        )
    return target


def make_room(folder: Path) -> None:
    """Have no files at ``folder``; those of a user are never removed."""
    if folder.is_symlink() or not folder.exists():
        _check_link(folder)
        folder.unlink(missing_ok=True)
        return
    if not folder.is_dir() or not placing.only_links(str(folder)):
        raise UserErrorException(
            f"Nothing can be mounted at {folder}, for there are files.", hint="choose another path, or remove them"
        )
    placing.unlink(str(folder))


def point(link: Path, target: Path) -> None:
    """Have ``link`` lead to ``target``, in one step for whoever looks; a user's files or link there are an error."""
    if not link.is_symlink():
        make_room(link)
    elif os.readlink(link) != str(target):
        _check_link(link)
    link.parent.mkdir(parents=True, exist_ok=True)
    staged = link.with_name(f".{link.name}.{uuid.uuid4().hex[:8]}")
    os.symlink(target, staged)
    try:
        os.replace(staged, link)
    except OSError:
        staged.unlink()
        raise


def _check_link(link: Path) -> None:
    """Only links that runs have made give way: those in a run's folder, or into a workspace."""
    if not link.is_symlink():
        return
    home, leads_to = os.path.realpath(workspace_folder.home()), os.path.realpath(link)
    own = os.path.join(os.path.realpath(link.parent), link.name)
    if not any(path.startswith(home + os.sep) for path in (own, leads_to)):
        raise UserErrorException(
            f"Nothing can be put at {link}, for it is a link to {os.readlink(link)}.",
            hint="choose another path, or remove the link",
        )


def shared_mount(files: Sequence[DataFile], point_at: Path, workspace: Workspace, stopped: placing.Asked) -> Path:
    """Mount at an absolute path.

    On a cluster each run has a machine of its own, and so has each the same path; here all runs have one machine.
    So that path is a link to a tree which runs with the same files share, and which stays as it is.
    """
    cache = cache_of(workspace)
    pairs = [(file.display, file.fetch(cache)) for file in files]
    tree = mounts_of(workspace) / hashlib.sha256(repr(pairs).encode()).hexdigest()[:32]
    if not tree.is_dir():
        tree.parent.mkdir(parents=True, exist_ok=True)
        staged = tree.with_name(f".{uuid.uuid4().hex}")
        placing.link(files, str(staged), cache, stopped)
        try:
            os.rename(staged, tree)
        except OSError:  # another run was faster
            shutil.rmtree(staged, ignore_errors=True)
    used(tree)
    point(point_at, tree)
    return point_at


def copy_of(workspace: Workspace, source: Source, root: Path, missing_ok: bool, stopped: placing.Asked) -> str:
    """Copy what lies at a path of a datastore into ``root``: the path of the folder, or that of the one file."""
    try:
        files = expand(workspace, Definition(FILE, (source,)))
    except DatasetExecutionError as error:
        if not (missing_ok and isinstance(error.inner_exception, FileNotFoundError)):
            raise
        files = []
    root.mkdir(parents=True, exist_ok=True)
    placed = placing.copy(files, str(root), overwrite=True, stopped=stopped)
    if len(files) == 1 and files[0].full.strip("/") == source.path.strip("/"):
        return placed[0]
    return str(root)


def clear(work: Path) -> None:
    """Remove what was there for the script alone."""
    for folder in (inputs(work), outputs(work), links(work)):
        shutil.rmtree(folder, ignore_errors=True)


def remember(folder: Path) -> None:
    """Note how the files of a folder are now."""
    _noted(folder).write_text(json.dumps(state(folder)), encoding="utf-8")


def before(folder: Path) -> dict[str, Any]:
    """How the files of a folder were when they were noted."""
    try:
        noted: dict[str, Any] = json.loads(_noted(folder).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return noted


def state(folder: Path) -> dict[str, Any]:
    """Sizes and times of the files of a folder, by which a change shows."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            facts = path.stat()
            found[path.relative_to(folder).as_posix()] = [facts.st_size, facts.st_mtime_ns]
    return found


def _noted(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.json")
