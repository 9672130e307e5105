"""Modules: scripts that are published once, in versions, and used as steps of many pipelines."""

from __future__ import annotations

import builtins
import os
import time
import uuid
from html import escape
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.module_publishing import Publishing
from aml_nb.core.pipelines.module_version import (
    DEPRECATED,
    ModuleVersion,
    ModuleVersionDescriptor,
    same_version,
)
from aml_nb.core.pipelines.shown import html_of, text_of

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class Module(Publishing):
    """A script of many pipelines; made by ``Module.create``, found by ``Module.get``.

    Parameters
    ----------
    workspace : where it is.
    module_id, name, description, status : what it is.
    default_version : the version that steps use which name none.
    module_version_list : its versions.
    _module_provider, _module_version_provider : taken for v1's sake.
    """

    def __init__(
        self,
        workspace: Workspace,
        module_id: str,
        name: str,
        description: str | None,
        status: str,
        default_version: str | None,
        module_version_list: Any,
        _module_provider: Any = None,
        _module_version_provider: Any = None,
    ) -> None:
        self._workspace = workspace
        self._id, self._name, self._description, self._status = module_id, name, description, status
        self._default_version = default_version
        self._module_version_list = list(module_version_list or ())

    @staticmethod
    def create(workspace: Workspace, name: str, description: str, _workflow_provider: Any = None) -> Module:
        """Make a module, which has no version yet.

        Parameters
        ----------
        workspace : where it is to be.
        name : which no other module of the workspace has.
        description : of the module.

        Raises
        ------
        PipelineError : there is one of that name, or the name is empty.
        """
        if not isinstance(name, str) or not name.strip():
            raise PipelineError(
                f"A module needs a name, not {name!r}.", hint="Module.create(ws, 'Clean', 'Cleans data')"
            )
        if _named(workspace, name) is not None:
            raise PipelineError(f"There is a module {name!r} already.", hint=f"Module.get(ws, name={name!r})")
        identity = str(uuid.uuid4())
        payload: dict[str, Any] = {
            "id": identity,
            "name": name,
            "description": description,
            "status": kept.ACTIVE,
            "default_version": None,
            "versions": [],
            "created": int(time.time() * 1000),
        }
        kept.records(workspace, kept.MODULE).create(identity, payload)
        return Module._of(workspace, payload)

    @staticmethod
    def get(
        workspace: Workspace, module_id: str | None = None, name: str | None = None, _workflow_provider: Any = None
    ) -> Module:
        """The module of an id or a name.

        Raises
        ------
        NotPublishedError : there is none.
        PipelineError : neither was given.
        """
        if module_id is None and name is None:
            raise PipelineError("Say which module.", hint="Module.get(ws, name='Clean')")
        if module_id is not None:
            return Module._of(workspace, kept.find(workspace, kept.MODULE, module_id))
        found = _named(workspace, str(name))
        if found is None:
            there = ", ".join(sorted(each["name"] for each in kept.listed(workspace, kept.MODULE, False))) or "none"
            raise kept.NotPublishedError(
                f"There is no module {name!r} in the workspace {workspace.name}; there is: {there}.",
                hint=f"Module.create(ws, {name!r}, 'what it does')",
            )
        return Module._of(workspace, found)

    @staticmethod
    def get_versions(
        workspace: Workspace, name: str, _workflow_provider: Any = None
    ) -> builtins.list[ModuleVersionDescriptor]:
        """The versions of the module of a name, oldest first."""
        return Module.get(workspace, name=name).module_version_list()

    @property
    def id(self) -> str:
        """By which it is found."""
        return self._id

    @property
    def name(self) -> str:
        """Of the module."""
        return self._name

    @property
    def description(self) -> str | None:
        """What it does."""
        return self._description

    @property
    def status(self) -> str:
        """``Active``, ``Deprecated`` or ``Disabled``."""
        return self._status

    @property
    def default_version(self) -> str | None:
        """The version that steps use which name none."""
        return self._default_version

    def module_version_list(self) -> builtins.list[ModuleVersionDescriptor]:
        """The versions, oldest first."""
        return [ModuleVersionDescriptor(each["version"], each["id"]) for each in self._look()["versions"]]

    @staticmethod
    def process_source_directory(name: str, source_directory: Any, script_name: str) -> tuple[str, list[str]]:
        """The folder with a module's script, and the files that belong to it.

        Raises
        ------
        PipelineError : the script is not there.
        """
        folder = os.path.abspath(os.path.expanduser(os.fspath(source_directory or ".")))
        if not os.path.isfile(os.path.join(folder, script_name)):
            raise PipelineError(
                f"Module [{name}]: script not found at: {os.path.join(folder, script_name)}.",
                hint="source_directory='./scripts'",
            )
        return folder, [folder]

    def resolve(self, version: str | None = None) -> ModuleVersion:
        """A version; the default one, or else the last, when none is named.

        Raises
        ------
        PipelineError : there is no such version.
        """
        payload = self._look()
        wanted = version if version is not None else payload["default_version"]
        found = same_version(payload["versions"], wanted)
        if found is None:
            there = ", ".join(each["version"] for each in payload["versions"]) or "none"
            raise PipelineError(
                f"The module {self._name!r} has no version {wanted}; its versions are: {there}.",
                hint="module.publish_python_script('script.py', 'what it does', inputs=[…], outputs=[…])",
            )
        return ModuleVersion(self._workspace, found, found["version"], None)

    def enable(self) -> None:
        """Let steps use it again."""
        self._set(status=kept.ACTIVE)

    def disable(self) -> None:
        """Let no new step use it."""
        self._set(status=kept.DISABLED)

    def deprecate(self) -> None:
        """Say that it is not to be used any more; steps still may."""
        self._set(status=DEPRECATED)

    def get_default_version(self) -> str | None:
        """The version that steps use which name none."""
        found: str | None = self._look()["default_version"]
        return found

    def set_default_version(self, version_id: str) -> None:
        """Have steps which name no version use this one.

        Parameters
        ----------
        version_id : the version, or its id.

        Raises
        ------
        PipelineError : there is no such version.
        """
        self._set(default_version=self.resolve(version_id).version)

    def get_default(self) -> ModuleVersion:
        """The version that steps use which name none."""
        return self.resolve()

    def set_name(self, name: str) -> None:
        """Give it another name, which no other module has."""
        other = _named(self._workspace, name)
        if other is not None and other["id"] != self._id:
            raise PipelineError(f"There is a module {name!r} already.", hint=f"Module.get(ws, name={name!r})")
        self._set(name=name)

    def set_description(self, description: str) -> None:
        """Say anew what it does."""
        self._set(description=description)

    @classmethod
    def _of(cls, workspace: Workspace, payload: dict[str, Any]) -> Module:
        versions = [ModuleVersionDescriptor(each["version"], each["id"]) for each in payload["versions"]]
        facts = {key: payload[key] for key in ("name", "description", "status", "default_version")}
        return cls(workspace, payload["id"], module_version_list=versions, **facts)

    def _look(self) -> dict[str, Any]:
        return kept.find(self._workspace, kept.MODULE, self._id)

    def _set(self, **fields: Any) -> None:
        self._take(kept.change(self._workspace, kept.MODULE, self._id, **fields))

    def _take(self, payload: dict[str, Any]) -> None:
        self._name, self._description, self._status = payload["name"], payload["description"], payload["status"]
        self._default_version = payload["default_version"]

    def _rows(self) -> builtins.list[tuple[str, Any]]:
        versions = ", ".join(each.version for each in self.module_version_list())
        rows = [("Name", self._name), ("Id", self._id), ("Status", self._status)]
        return [*rows, ("Default version", self._default_version), ("Versions", versions)]

    def _repr_html_(self) -> str:
        return html_of(self._rows()) + f"<div>{escape(self._description or '')}</div>"

    def __str__(self) -> str:
        return text_of("Module", self._rows())

    def __repr__(self) -> str:
        return str(self)


def _named(workspace: Workspace, name: str) -> dict[str, Any] | None:
    return next((each for each in kept.listed(workspace, kept.MODULE, False) if each["name"] == name), None)
