"""Files of a run: up, down, and their names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.errors import UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.runs.files import RunFiles


class Artifact:
    """One file of a run; ``artifact_id`` is v1's address of it within its workspace."""

    def __init__(self, run_id: str, path: str) -> None:
        self.origin = "ExperimentRun"
        self.container = f"dcid.{run_id}"
        self.path = path
        self.artifact_id = f"{self.origin}/{self.container}/{path}"

    def __repr__(self) -> str:
        return f"Artifact({self.artifact_id})"


class Uploaded:
    """What an upload returns: the files by name."""

    def __init__(self, artifacts: dict[str, Artifact]) -> None:
        self.artifacts = artifacts
        self.errors: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"Uploaded({', '.join(self.artifacts)})"


class Transfers:
    """Uploading and downloading methods of Run."""

    if TYPE_CHECKING:

        @property
        def id(self) -> str: ...

        @property
        def _files(self) -> RunFiles: ...

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: str | None = None) -> Uploaded:
        """Keep a file with the run.

        Parameters
        ----------
        name : its name among the run's files, such as ``outputs/model.pkl``.
        path_or_stream : the file's path, or a stream of bytes.
        datastore_name : taken and not needed; a run's files are kept with the workspace.

        Raises
        ------
        UserErrorException : there is no such file, or the name is taken.
        """
        return self._uploaded(self._files.upload_all([(name, _source(path_or_stream))]))

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[str],
        return_artifacts: bool = False,
        timeout_seconds: int | None = None,
        datastore_name: str | None = None,
    ) -> Any:
        """Keep several files with the run, all or none.

        Parameters
        ----------
        names, paths : of the files, in the same order.
        return_artifacts : give back the artifacts by name in place of the whole answer.
        timeout_seconds, datastore_name : taken and not needed.

        Raises
        ------
        UserErrorException : a file is not there, or a name is taken.
        """
        for what, given in (("names", names), ("paths", paths)):
            if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
                raise UserErrorException(f"{what} must be a list, not {given!r}.", hint=f"{what}=['outputs/a.txt']")
        if len(names) != len(paths):
            raise UserErrorException(
                f"There are {len(names)} names and {len(paths)} paths.", hint="give a name for each path"
            )
        sources = [_source(path) for path in paths]
        uploaded = self._uploaded(self._files.upload_all(list(zip(names, sources, strict=True))))
        return uploaded.artifacts if return_artifacts else uploaded

    def upload_folder(self, name: str, path: str, datastore_name: str | None = None) -> Uploaded:
        """Keep a folder's files with the run.

        Parameters
        ----------
        name : the folder's name among the run's files.
        path : the folder.
        datastore_name : taken and not needed.

        Raises
        ------
        UserErrorException : there is no such folder, it is empty, or a name is taken.
        """
        from aml_nb.core.runs.files import regular_files

        folder = Path(path)
        if not folder.is_dir():
            raise UserErrorException(
                f"There is no folder {os.path.abspath(path)} to upload.", hint="run.upload_folder(name, path)"
            )
        found = [(f"{name}/{relative}", file) for relative, file in regular_files(folder)]
        if not found:
            raise UserErrorException(f"The folder {path} holds no files to upload.", hint="write files to it first")
        return self._uploaded(self._files.upload_all(found))

    def get_file_names(self) -> list[str]:
        """The names of the run's files; those that its script is writing are among them."""
        return self._files.names()

    def download_file(self, name: str, output_file_path: str | None = None, _validate_checksum: bool = False) -> None:
        """Fetch one of the run's files, in place of what is at its target.

        Parameters
        ----------
        name : of the file.
        output_file_path : where to; a folder for the file's own name in it. The current folder unless told.

        Raises
        ------
        UserErrorException : the run has no such file.
        """
        base = str(name).replace("\\", "/").rsplit("/", 1)[-1]
        target = os.fspath(output_file_path) if output_file_path is not None else base
        if target.endswith(("/", os.sep)) or os.path.isdir(target):
            target = os.path.join(target, base)
        try:
            self._files.fetch(name, target)
        except FileNotFoundError:
            raise self._no_such_file(name) from None

    def download_files(
        self,
        prefix: str | None = None,
        output_directory: str | None = None,
        output_paths: Sequence[str] | None = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        timeout_seconds: int | None = None,
    ) -> None:
        """Fetch the run's files whose names begin with a prefix.

        Parameters
        ----------
        prefix : all files unless given.
        output_directory : where to; the current folder unless told.
        output_paths : a path for each file, in the order of their names.
        batch_size, timeout_seconds : taken and not needed.
        append_prefix : whether the prefix stays in the paths below ``output_directory``.

        Raises
        ------
        UserErrorException : ``output_paths`` has not as many paths as there are files.
        """
        names = [name for name in self._files.names() if name.startswith(prefix or "")]
        if output_paths is None:
            targets = names if append_prefix else [_without(name, prefix) for name in names]
        else:
            targets = [output_paths] if isinstance(output_paths, str) else list(output_paths)
        if len(targets) != len(names):
            raise UserErrorException(
                f"output_paths has {len(targets)} paths for {len(names)} files: {', '.join(names[:20])}.",
                hint="leave output_paths out, or give a path for each file",
            )
        for name, target in zip(names, targets, strict=True):
            self._files.fetch(name, Path(output_directory or ".", target))

    def _uploaded(self, names: list[str]) -> Uploaded:
        return Uploaded({name: Artifact(self.id, name) for name in names})

    def _no_such_file(self, name: str) -> UserErrorException:
        names = self._files.names()
        return UserErrorException(
            f"File with path {name} was not found,\navailable files include: {','.join(names) or 'none'}.",
            hint="run.get_file_names()",
        )


def _source(given: Any) -> Any:
    """A path that is there, or a stream of bytes."""
    if hasattr(given, "read"):
        return given
    path = Path(os.fspath(given))
    if not path.is_file():
        near = ", ".join(sorted(p.name for p in path.absolute().parent.iterdir())[:20]) if path.parent.is_dir() else ""
        there = f" {path.absolute().parent} holds: {near}." if near else ""
        raise UserErrorException(
            f"There is no file {path.absolute()} to upload.{there}",
            hint="run.upload_folder(name, path)" if path.is_dir() else "give the path of a file that is there",
        )
    return path


def _without(name: str, prefix: str | None) -> str:
    return name[len(prefix or "") :].lstrip("/") or name.rsplit("/", 1)[-1]
