"""Modules: scripts that are published once, in versions, and used as steps of many pipelines."""

from __future__ import annotations

import builtins
import os
import time
import uuid
from html import escape
from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.module_version import (
    DEPRECATED,
    ModuleVersion,
    ModuleVersionDescriptor,
    described_arguments,
    described_ports,
    same_version,
)
from aml_nb.core.pipelines.port_defs import InputPortDef, OutputPortDef
from aml_nb.core.pipelines.shown import html_of, text_of
from aml_nb.errors import NotAvailableError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class Module:
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
        payload = {
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

    def publish_python_script(
        self,
        script_name: str,
        description: str,
        inputs: Any,
        outputs: Any,
        params: Any = None,
        create_sequencing_ports: bool = True,
        version: str | None = None,
        is_default: bool = False,
        source_directory: Any = None,
        hash_paths: Any = None,
        category: str | None = None,
        arguments: Any = None,
        runconfig: Any = None,
    ) -> ModuleVersion:
        """Publish a script as a version of this module; its folder is kept as it is now.

        Parameters
        ----------
        script_name, source_directory : the script, and the folder that it lies in.
        description, category : of the version.
        inputs, outputs : lists of InputPortDef and OutputPortDef.
        params : what the script is told, with defaults: ``{"rate": 0.1}``.
        version : its name; the next number when left out.
        is_default : steps that name no version use it.
        arguments : of the script, in which the inputs and outputs may stand; a step may have its own.
        runconfig : a RunConfiguration for steps that have none.
        create_sequencing_ports, hash_paths : taken for v1's sake.

        Raises
        ------
        PipelineError : the script is not there, or there is such a version.
        """
        from aml_nb.core.pipelines.building import NodeContext
        from aml_nb.core.pipelines.script_step import PythonScriptStep

        context = NodeContext(self._workspace, [], keep=True)
        looking = PythonScriptStep(script_name, name=self._name, runconfig=runconfig)
        folder = looking.get_source_directory(context, source_directory, script_name)
        reads, writes = described_ports(inputs, InputPortDef), described_ports(outputs, OutputPortDef)
        entry = {
            "id": str(uuid.uuid4()),
            "module_id": self._id,
            "description": description,
            "status": kept.ACTIVE,
            "category": category,
            "script": script_name,
            "source": context.snapshot(folder),
            "inputs": reads,
            "outputs": writes,
            "params": dict(params or {}),
            "arguments": described_arguments(arguments, reads, writes),
            "runconfig": None if runconfig is None else runconfig._to_json(),
            "created": int(time.time() * 1000),
        }

        def add(payload: dict[str, Any]) -> None:
            there = [each["version"] for each in payload["versions"]]
            chosen = _next(there) if version is None else str(version)
            if chosen in there:
                raise PipelineError(
                    f"The module {self._name!r} has a version {chosen} already.", hint="version='2', or leave it out"
                )
            entry["version"] = chosen
            payload["versions"].append(entry)
            if is_default or payload["default_version"] is None:
                payload["default_version"] = chosen

        self._take(kept.records(self._workspace, kept.MODULE).modify(self._id, add))
        return ModuleVersion(self._workspace, entry, entry["version"], None)

    def publish(
        self,
        description: str,
        execution_type: str,
        inputs: Any,
        outputs: Any,
        param_defs: Any = None,
        create_sequencing_ports: bool = True,
        version: str | None = None,
        is_default: bool = False,
        content_path: Any = None,
        hash_paths: Any = None,
        category: str | None = None,
        arguments: Any = None,
        runconfig: Any = None,
    ) -> NoReturn:
        """Not here: a module is a Python script.

        Raises
        ------
        NotAvailableError : always.
        """
        raise NotAvailableError(
            f"A module of the kind {execution_type!r} cannot be run here.",
            hint="module.publish_python_script('script.py', 'what it does', inputs=[…], outputs=[…])",
        )

    def publish_adla_script(
        self,
        script_name: str,
        description: str,
        inputs: Any,
        outputs: Any,
        params: Any = None,
        create_sequencing_ports: bool = True,
        degree_of_parallelism: Any = None,
        priority: Any = None,
        runtime_version: Any = None,
        compute_target: Any = None,
        version: str | None = None,
        is_default: bool = False,
        source_directory: Any = None,
        hash_paths: Any = None,
        category: str | None = None,
        arguments: Any = None,
    ) -> NoReturn:
        """Not here: it would run on Azure Data Lake Analytics.

        Raises
        ------
        NotAvailableError : always.
        """
        raise NotAvailableError("U-SQL runs on Azure only.", hint="module.publish_python_script(…)")

    def publish_azure_batch(
        self,
        description: str,
        compute_target: Any,
        inputs: Any,
        outputs: Any,
        params: Any = None,
        create_sequencing_ports: bool = True,
        version: str | None = None,
        is_default: bool = False,
        create_pool: bool = False,
        pool_id: Any = None,
        delete_batch_job_after_finish: bool = False,
        delete_batch_pool_after_finish: bool = False,
        is_positive_exit_code_failure: bool = True,
        vm_image_urn: str = "urn:MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter",
        run_task_as_admin: bool = False,
        target_compute_nodes: int = 1,
        vm_size: str = "standard_d1_v2",
        executable: Any = None,
        source_directory: Any = None,
        category: str | None = None,
        arguments: Any = None,
    ) -> NoReturn:
        """Not here: it would run on Azure Batch.

        Raises
        ------
        NotAvailableError : always.
        """
        raise NotAvailableError("Azure Batch is not reached from here.", hint="module.publish_python_script(…)")

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
        facts = [payload[key] for key in ("id", "name", "description", "status", "default_version")]
        return cls(workspace, *facts, versions)

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


def _next(there: list[str]) -> str:
    """The number behind the highest."""
    return str(max((int(each) for each in there if each.isdigit()), default=0) + 1)
