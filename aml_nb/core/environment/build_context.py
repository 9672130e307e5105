"""The folders that images are built from: kept in the workspace, or fetched from Git."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from aml_nb.core.environment import context_archive
from aml_nb.errors import NotAvailableError, UserErrorException
from aml_nb.masking import without_login

if TYPE_CHECKING:
    from aml_nb.core.environment.sections import DockerBuildContext
    from aml_nb.core.workspace import Workspace

FOLDER = "build-contexts"
_FETCH_S = 600
_GIT_URL = re.compile(r"(https?|ssh|git|file)://[^-\s]\S*|[\w.-]+@[\w.-]+:\S+")
_GIT_REF = re.compile(r"[\w][\w./+@-]*")
_EXAMPLE = "DockerBuildContext(DockerBuildContext.LocationType.Git, 'https://host/owner/repository.git#branch:folder')"


def keep(workspace: Workspace, path: str, dockerfile_path: str) -> str:
    """Keep a folder in the workspace as it is now; the location for a ``DockerBuildContext``."""
    from aml_nb.core.store.errors import readable_files

    place = workspace._folder / FOLDER
    with readable_files(place):
        return context_archive.pack(Path(path).expanduser(), dockerfile_path, place, workspace._folder).as_uri()


def archive_of(context: DockerBuildContext) -> Path:
    """The archive with a context, fetched where it is in Git.

    Raises
    ------
    UserErrorException
        It has no location, or cannot be fetched.
    NotAvailableError
        It is in a storage account of the cloud's.
    """
    from aml_nb.core.environment.sections import DockerBuildContext

    location = context.location
    if not location:
        raise UserErrorException(
            "The environment's build_context has no location.",
            hint="DockerBuildContext.from_local_directory(workspace=ws, path='./docker')",
        )
    if context.location_type is DockerBuildContext.LocationType.Git:
        return _from_git(location, context.dockerfile_path)
    parts = urlsplit(location)
    if parts.scheme != "file":
        raise NotAvailableError(
            f"The build context {without_login(location.partition('?')[0])} is in the cloud's storage, out of reach.",
            hint="DockerBuildContext.from_local_directory(workspace=ws, path='./docker')",
        )
    return Path(unquote(parts.path))


def _from_git(location: str, dockerfile_path: str) -> Path:
    """A branch, tag or commit (the default branch where none is named) of a repository, or a folder of it."""
    url, _, fragment = location.partition("#")
    ref, _, folder = fragment.partition(":")
    if not _GIT_URL.fullmatch(url) or (ref and not _GIT_REF.fullmatch(ref)):
        raise UserErrorException(f"{without_login(location)!r} is no URL of a Git repository.", hint=_EXAMPLE)
    if shutil.which("git") is None:
        raise UserErrorException("A build context in Git needs git, which is not on the PATH.", hint="install git")
    from aml_nb.core.resolve.venv import environments_folder

    kept = environments_folder(None).parent / FOLDER
    with tempfile.TemporaryDirectory(prefix="aml_nb-git-") as there:
        _git(there, location, "init", "--quiet")
        _git(there, location, "fetch", "--quiet", "--depth", "1", "--", url, ref or "HEAD")
        _git(there, location, "checkout", "--quiet", "FETCH_HEAD")
        _git(there, location, "submodule", "--quiet", "update", "--init", "--recursive", "--depth", "1")
        root = os.path.realpath(there)
        inside = os.path.realpath(os.path.join(root, folder.strip("/")))
        if os.path.commonpath([inside, root]) != root:
            raise UserErrorException(f"{folder!r} leads out of the repository {without_login(url)}.", hint=_EXAMPLE)
        shutil.rmtree(os.path.join(root, ".git"), ignore_errors=True)
        return context_archive.pack(Path(inside), dockerfile_path, kept)


def _git(folder: str, location: str, *command: str) -> None:
    """Run git there; it never waits for somebody to type a password."""
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}
    try:
        done = subprocess.run(
            ["git", "-C", folder, "-c", "protocol.ext.allow=never", *command],
            capture_output=True, text=True, timeout=_FETCH_S, env=environment, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        said = done.stderr.strip() if done.returncode else ""
    except subprocess.TimeoutExpired:
        said = f"git {command[0]} took longer than {_FETCH_S} s"
    if said:
        raise UserErrorException(
            f"The build context {without_login(location)} cannot be fetched.\n  {without_login(said)}",
            hint="git clone it by hand, then DockerBuildContext.from_local_directory(workspace=ws, path=FOLDER)",
        )
