"""The workspaces of this home, by the ids that stand in addresses: the names of their folders.

A workspace is opened once and kept open; one that was deleted, or deleted and made again, is noticed at the next
look. None of them becomes the current one of the process: a server has no current workspace.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aml_nb.core.workspace import config as workspace_config
from aml_nb.core.workspace import folder as workspace_folder
from aml_nb.errors import UserErrorException, WorkspaceException

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class WorkspaceGoneError(WorkspaceException):
    """There is no workspace of that id, or none any more."""

    code, status = "workspace-gone", 404


class Workspaces:
    """Opens workspaces by id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[str, bool], Workspace] = {}

    def list(self) -> list[dict[str, Any]]:
        """What the panel shows of each, in the order in which they were made."""
        return [
            {
                "id": folder.name,
                "name": facts["name"],
                "resource_group": facts["resource_group"],
                "location": facts.get("location") or workspace_folder.DEFAULT_LOCATION,
                "folder": str(folder),
                "default": _is(facts, _default()),
            }
            for folder, facts in workspace_folder.find()
        ]

    def get(self, identity: str, changing: bool = False) -> Workspace:
        """The workspace of an id; for those who change it one with a connection of its own.

        Who waits to write keeps nobody waiting who only reads.

        Raises
        ------
        WorkspaceGoneError : there is none.
        """
        try:
            folder = self.folder(identity)
        except WorkspaceGoneError:
            self._let_go((identity, True), (identity, False))
            raise
        facts = workspace_folder.read(folder)
        with self._lock:
            known = self._open.get((identity, changing))
            if known is not None and known._id == facts["id"] and known._folder == folder:
                known._facts = facts  # its tags may have changed
                return known
        self._let_go((identity, changing))
        from aml_nb.core.workspace import Workspace

        with self._lock:
            return self._open.setdefault((identity, changing), Workspace._of(folder, facts))

    def folder(self, identity: str) -> Path:
        """Where the workspace of an id is.

        Raises
        ------
        WorkspaceGoneError : there is none.
        """
        parent = workspace_folder.home() / "workspaces"
        if not _is_there(parent, identity):
            raise WorkspaceGoneError(
                f"There is no workspace {identity!r} in {parent}: it was deleted, or never there.",
                hint="choose another workspace, or Workspace.create(...)",
            )
        return parent / identity

    def close(self) -> None:
        """Let go of what is open."""
        self._let_go(*list(self._open))

    def _let_go(self, *known: tuple[str, bool]) -> None:
        """Close the connections to workspaces that are gone; who uses one now is waited for."""
        with self._lock:
            found = [self._open.pop(each) for each in known if each in self._open]
        for workspace in found:
            if "_store" in vars(workspace):
                workspace._store.close()


def _is_there(parent: Path, identity: str) -> bool:
    """Whether it is the plain name of a folder with a workspace in it."""
    if not identity or identity.startswith(".") or set(identity) & set("/\\\0"):
        return False
    try:
        return (parent / identity / workspace_folder.FILE).is_file()
    except (OSError, ValueError):  # no name that a disk takes
        return False


def _default() -> workspace_config.Address:
    """The workspace that ``Workspace.from_config()`` opens where no file tells."""
    try:
        chosen = workspace_config.default()
    except UserErrorException:  # the file is damaged; that is for from_config() to say
        chosen = None
    return chosen or workspace_config.Address(
        workspace_folder.DEFAULT_SUBSCRIPTION, workspace_folder.DEFAULT_GROUP, workspace_folder.DEFAULT_NAME
    )


def _is(facts: dict[str, Any], address: workspace_config.Address) -> bool:
    mine = (facts["subscription_id"], facts["resource_group"], facts["name"])
    return [text.casefold() for text in mine] == [text.casefold() for text in address]
