"""What a verb works with: the workspace, the cell, the user's variables, what was done last."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import nullcontext, redirect_stdout, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aml_nb.errors import AmlError, NameTakenError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


@dataclass
class Context:
    """One caller's state: a kernel keeps one as long as it lives, a command line makes one.

    ``cell`` is the body of the cell magic that is running, None for a line.
    """

    surface: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    say: Callable[[str], None] = print
    cell: str | None = None
    last_service: str | None = None
    last_script: str | None = None
    last_run: str | None = None
    live: Callable[..., Any] | None = None
    """Shows a run, a batch, a service or a workspace's models as they go on, where there is a notebook that can, and
    says whether it does."""
    json: bool = False
    _workspace: Workspace | None = None
    _advised: set[str] = field(default_factory=set)

    @property
    def quiet(self) -> bool:
        """Whether progress would spoil the output."""
        return self.json

    def advise(self, text: str) -> None:
        """Say what can be done next; each advice once."""
        if not self.quiet and text not in self._advised:
            self._advised.add(text)
            self.say(text)

    @property
    def workspace(self) -> Workspace:
        """The workspace that was chosen, else the one opened last, else what ``from_config()`` opens."""
        from aml_nb.core import current

        found = self._workspace or current.workspace()
        if found is None:
            from aml_nb.core.workspace import Workspace
            from aml_nb.verbs import COMMAND

            # A command's output is what was asked for, which may go into a file or a pipe.
            with redirect_stdout(sys.stderr) if self.surface == COMMAND else nullcontext():
                found = Workspace.from_config()
        return found

    def workspace_if_any(self) -> Workspace | None:
        """The same, without making one or saying which: completion must leave no trace."""
        from aml_nb.core import current
        from aml_nb.core.workspace import Workspace
        from aml_nb.core.workspace import config as workspace_config
        from aml_nb.core.workspace import folder as folders

        found = self._workspace or current.workspace()
        if found is not None:
            return found
        file = workspace_config.find()
        address = workspace_config.read(file) if file else workspace_config.default()
        where = address or (folders.DEFAULT_SUBSCRIPTION, folders.DEFAULT_GROUP, folders.DEFAULT_NAME)
        places = folders.find(*where)
        return Workspace._of(*places[0]) if places else None

    def use(self, workspace: Workspace | None) -> None:
        """Work in this workspace from now on; None: in the default again."""
        self._workspace = workspace
        self.last_service = self.last_run = None

    def choose(self, args: Namespace) -> None:
        """Take what a command line says for every verb."""
        self.json = bool(getattr(args, "json", False))
        name = getattr(args, "workspace", None)
        if name:
            self.use(open_workspace(name))

    def default(self, key: str, given: Any = None) -> Any:
        """What was given, else what ``%aml set`` keeps for the workspace."""
        if given is not None:
            return given
        return read_defaults(self.workspace).get(key)


def open_workspace(name: str) -> Workspace:
    """The workspace of that name; the error names those that are near."""
    from aml_nb.core.workspace import Workspace
    from aml_nb.verbs.known import workspace_names
    from aml_nb.verbs.parser import near_text

    try:
        return Workspace.get(name)
    except AmlError as error:
        known = workspace_names()
        if name in known:
            raise
        error.message += near_text(name, known)
        error.hint = f"%aml workspace {name} --create  (in a terminal: aml-nb workspace create {name})"
        raise


def read_defaults(workspace: Workspace) -> dict[str, Any]:
    """The defaults that ``%aml set`` keeps in the workspace."""
    return dict(workspace._store.records("setting").get("magics") or {})


def write_default(workspace: Workspace, key: str, value: Any) -> None:
    """Keep a default; None takes it away."""
    records = workspace._store.records("setting")

    def change(values: dict[str, Any]) -> dict[str, Any]:
        kept = {name: kept for name, kept in values.items() if name != key}
        return kept if value is None else {**kept, key: value}

    with suppress(NameTakenError):
        records.create("magics", {})
    records.modify("magics", change)
