"""The files of a run: those kept in the workspace's artifacts, and those a running script has written so far."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import sqlalchemy as sa

from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.store import tables
from aml_nb.core.store.artifacts import Digest, LocalArtifacts
from aml_nb.core.store.errors import readable_files
from aml_nb.core.store.owned_files import Files, add_files, drop_files, files_of
from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace

TRACKED = ("outputs", "logs")
"""Folders of the script's working directory that are files of the run by themselves, as v1 has them."""
_LONGEST = 255
"""Bytes of a name that file systems take."""
REFUSE, REPLACE, LEAVE = "refuse", "replace", "leave"


class RunFiles:
    """The files of one run, by their names: relative paths with slashes."""

    def __init__(self, workspace: Workspace, run_id: str) -> None:
        self._workspace = workspace
        self._run_id = run_id
        self._owner = f"run/{run_id}"
        self._folder = RunFolder(workspace, run_id)

    def upload(self, name: str, path: str | Path | BinaryIO) -> None:
        """Keep a file, or what a stream holds, under ``name``; UserErrorException when that is taken."""
        self.upload_all([(name, path)])

    def upload_all(self, pairs: Iterable[tuple[str, str | Path | BinaryIO]]) -> list[str]:
        """Keep several files, all or none; returns their names.

        Parameters
        ----------
        pairs : name and path (or stream) each.

        Raises
        ------
        UserErrorException : a name is taken.
        """
        given = [(clean(name), source) for name, source in pairs]
        self._check_free([name for name, _ in given])
        self._store_all(dict(given), REFUSE)
        return [name for name, _ in given]

    def collect(self, folders: Iterable[tuple[str, Path]] | None = None, replace: bool = True) -> list[str]:
        """Keep what the script has written into its tracked folders and logs; a file that goes meanwhile is left out.

        Parameters
        ----------
        folders : prefix and folder each, in place of the tracked ones.
        replace : whether they take the places of files of their names.
        """
        found = dict(_below(folders) if folders is not None else self._live())
        self._store_all(found, REPLACE if replace else LEAVE)
        return list(found)

    def replace_all(self, pairs: Iterable[tuple[str, str | Path]]) -> None:
        """Keep several files, all or none, in place of those of their names: what other clients expect."""
        self._store_all({clean(name): source for name, source in pairs}, REPLACE)

    def adopt(self, other: RunFiles, folder: str) -> None:
        """Have what ``other`` keeps in the folder of that name too, in place of what is there."""
        store, prefix = self._workspace._store, clean(folder)
        with store.write() as connection:
            drop_files(store, connection, self._owner, below=prefix)
            files = files_of(store, other._owner)
            add_files(store, connection, self._owner, [(f"{prefix}/{path}", digest) for path, digest in files])

    def remove(self, path: str) -> None:
        """Let go of the kept file of that name, or of those in the folder of that name."""
        with self._workspace._store.write() as connection:
            drop_files(self._workspace._store, connection, self._owner, below=clean(path))

    def sizes(self) -> dict[str, int]:
        """The files' sizes by their names."""
        kept = {path: digest.size for path, digest in files_of(self._workspace._store, self._owner)}
        for name, path in self._live():
            with suppress(FileNotFoundError):  # the script has removed it meanwhile
                kept[name] = path.stat().st_size
        return kept

    def names(self) -> list[str]:
        """The names of all files, sorted."""
        kept = {path for path, _ in files_of(self._workspace._store, self._owner)}
        return sorted(kept | {name for name, _ in self._live()})

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self.names()

    def below(self, path: str) -> list[str]:
        """The file of that name, or the files in the folder of that name."""
        return [name for name in self.names() if name == path or name.startswith(f"{path}/")]

    def digests(self, names: Iterable[str], path: str) -> Files:
        """The kept bytes of files, their names relative to the parent of ``path``; what is live is kept first."""
        live, kept = dict(self._live()), dict(files_of(self._workspace._store, self._owner))
        base = path.rpartition("/")[0]
        found = []
        for name in names:
            digest = self._workspace._artifacts.add_file(live[name]) if name in live else kept[name]
            self._workspace._artifacts.open(digest).close()  # says so when the bytes are gone
            found.append((name[len(base) :].lstrip("/"), digest))
        return found

    def live_path(self, name: str) -> Path | None:
        """Where a file of the run's own folder is; None for one that is only among the artifacts."""
        return next((path for live, path in self._live() if live == name), None)

    def place(self, name: str) -> Path | None:
        """Where the bytes of a file can be read on this machine, if they can."""
        live = self.live_path(name)
        artifacts = self._workspace._artifacts
        if live is not None or not isinstance(artifacts, LocalArtifacts):
            return live
        return artifacts.path(self._digest(name))

    def open(self, name: str) -> BinaryIO:
        """Read a file; FileNotFoundError when there is none of that name."""
        name = clean(name)
        live = self.live_path(name)
        if live is not None:
            return live.open("rb")
        return self._workspace._artifacts.open(self._digest(name))

    def fetch(self, name: str, target: str | Path) -> Path:
        """Put a file at ``target``, in place of what is there; FileNotFoundError when there is none of that name."""
        target = Path(target)
        with readable_files(target.parent), self.open(name) as source:
            target.parent.mkdir(parents=True, exist_ok=True)
            staged = target.with_name(f".{uuid.uuid4().hex}.part")
            try:
                with staged.open("wb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
                os.replace(staged, target)
            finally:
                staged.unlink(missing_ok=True)
        return target

    def remove_all(self) -> None:
        """Let go of every kept file; the bytes go with the next ``Registry.drop_doomed``."""
        with self._workspace._store.write() as connection:
            drop_files(self._workspace._store, connection, self._owner)

    def _live(self) -> Iterator[tuple[str, Path]]:
        """What lies in the run's own folder: its logs, and what its script wrote into the tracked folders."""
        tracked = ((name, self._folder.work / name) for name in TRACKED)
        yield from _below([("", self._folder.logs), *tracked])

    def _store_all(self, given: Mapping[str, str | Path | BinaryIO], taken: str) -> None:
        artifacts = self._workspace._artifacts
        kept: dict[str, Digest] = {}
        while True:
            for name, source in given.items():
                if name not in kept or not artifacts.has(kept[name].sha256):
                    try:
                        kept[name] = self._keep(source)
                    except FileNotFoundError:
                        if taken == REFUSE:
                            raise
                        kept.pop(name, None)
            # Somebody's deletion may have taken bytes away before the rows were there: then once more.
            if self._note(kept, taken):
                return

    def _keep(self, source: str | Path | BinaryIO) -> Digest:
        if isinstance(source, (str, Path)):
            return self._workspace._artifacts.add_file(source)
        with tempfile.NamedTemporaryFile() as copy:
            if source.seekable():
                source.seek(0)
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            return self._workspace._artifacts.add_file(copy.name)

    def _note(self, kept: dict[str, Digest], taken: str) -> bool:
        store, table = self._workspace._store, tables.files
        with store.write() as connection:
            if not all(self._workspace._artifacts.has(digest.sha256) for digest in kept.values()):
                return False
            for name, digest in kept.items():
                key = {"workspace": store.workspace, "owner": self._owner, "path": name}
                insert = store.insert(table).values(**key, **digest._asdict())
                if taken == REPLACE:
                    index = ["workspace", "owner", "path"]
                    connection.execute(insert.on_conflict_do_update(index_elements=index, set_=digest._asdict()))
                elif (
                    connection.scalar(insert.on_conflict_do_nothing().returning(table.c.path)) is None
                    and taken == REFUSE
                ):
                    raise self._taken(name)
        return True

    def _check_free(self, names: list[str]) -> None:
        there = set(self.names())
        seen: set[str] = set()
        for name in names:
            if name in there or name in seen:
                raise self._taken(name)
            seen.add(name)

    def _taken(self, name: str) -> UserErrorException:
        return UserErrorException(
            f"UserError: Resource Conflict: ArtifactId ExperimentRun/dcid.{self._run_id}/{name} already exists.",
            hint="give the file another name: a file of a run is never replaced",
        )

    def _digest(self, name: str) -> Digest:
        table = tables.files
        query = sa.select(table.c.sha256, table.c.size).where(
            table.c.workspace == self._workspace._id, table.c.owner == self._owner, table.c.path == name
        )
        with self._workspace._store.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise FileNotFoundError(name)
        return Digest(row.sha256, row.size)


def clean(name: str) -> str:
    """A name as it is kept: with slashes, without ``./``; UserErrorException when it leads elsewhere."""
    parts = [part for part in str(name).replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or ".." in parts or any(not _can_be_a_file(part) for part in parts):
        raise UserErrorException(
            f"{name!r} is no name for a file of a run.", hint="give a relative path such as 'outputs/model.pkl'"
        )
    return "/".join(parts)


def _can_be_a_file(part: str) -> bool:
    """Whether a disk takes it as a name: what cannot be downloaded would be lost."""
    try:
        return "\0" not in part and len(part.encode()) <= _LONGEST
    except UnicodeEncodeError:
        return False


def _below(folders: Iterable[tuple[str, Path]]) -> Iterator[tuple[str, Path]]:
    for prefix, folder in folders:
        for name, path in regular_files(folder):
            yield f"{prefix}/{name}" if prefix else name, path


def regular_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a folder, sorted; what is no file, or cannot be read, is passed over: scripts leave anything."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = Path(parent, file)
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                yield name.encode("utf-8", "replace").decode(), path
