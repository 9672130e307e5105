"""A version of a module: its script as it was when it was published, and what it reads, writes and is told."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.port_defs import InputPortDef, OutputPortDef
from aml_nb.core.pipelines.shown import html_of, text_of
from aml_nb.core.runs.submitting.arguments import as_text

if TYPE_CHECKING:
    from aml_nb.core.pipelines.module import Module
    from aml_nb.core.runs.run_configuration import RunConfiguration
    from aml_nb.core.workspace import Workspace

DEPRECATED = "Deprecated"


class ModuleVersion:
    """A version of a module; made by ``module.publish_python_script``, found by ``module.resolve``.

    Parameters
    ----------
    workspace : where it is.
    module_entity : what the workspace keeps of it.
    version : its name.
    _module_version_provider : taken for v1's sake.
    """

    def __init__(self, workspace: Workspace, module_entity: Any, version: str, _module_version_provider: Any) -> None:
        self._workspace = workspace
        self._entity: dict[str, Any] = module_entity
        self._version = version

    @staticmethod
    def get(
        workspace: Workspace, module_version_id: str | None = None, _workflow_provider: Any = None
    ) -> ModuleVersion:
        """The version of an id.

        Raises
        ------
        NotPublishedError : there is none.
        """
        for module in kept.listed(workspace, kept.MODULE, False):
            for entry in module["versions"]:
                if entry["id"] == module_version_id:
                    return ModuleVersion(workspace, entry, entry["version"], None)
        raise kept.NotPublishedError(
            f"There is no version of a module with the id {module_version_id} in the workspace {workspace.name}.",
            hint="Module.get(ws, name='…').module_version_list()",
        )

    @property
    def status(self) -> str:
        """``Active``, ``Deprecated`` or ``Disabled``."""
        return str(self._entity["status"])

    @property
    def module_id(self) -> str:
        """The module's id."""
        return str(self._entity["module_id"])

    @property
    def description(self) -> str | None:
        """What it does."""
        found: str | None = self._entity["description"]
        return found

    @property
    def module_version_id(self) -> str:
        """By which it is found."""
        return str(self._entity["id"])

    @property
    def version(self) -> str:
        """Its name."""
        return self._version

    @property
    def interface(self) -> dict[str, Any]:
        """What it reads, writes and is told: ``inputs``, ``outputs`` and ``params``."""
        return {key: self._entity[key] for key in ("inputs", "outputs", "params")}

    @property
    def category(self) -> str | None:
        """The category that was given."""
        found: str | None = self._entity["category"]
        return found

    @property
    def runconfig(self) -> RunConfiguration | None:
        """The run configuration for steps that have none."""
        from aml_nb.core.runs.run_configuration import RunConfiguration

        if self._entity["runconfig"] is None:
            return None
        config = RunConfiguration()
        config._fill(self._entity["runconfig"])
        return config

    def module(self, _workflow_provider: Any = None) -> Module:
        """The module that it is a version of."""
        from aml_nb.core.pipelines.module import Module

        return Module.get(self._workspace, self.module_id)

    def set_description(self, description: str) -> None:
        """Say anew what it does."""
        self._set(description=description)

    def enable(self) -> None:
        """Let steps use it again."""
        self._set(status=kept.ACTIVE)

    def disable(self) -> None:
        """Let no new step use it."""
        self._set(status=kept.DISABLED)

    def deprecate(self) -> None:
        """Say that it is not to be used any more; steps still may."""
        self._set(status=DEPRECATED)

    def _set(self, **fields: Any) -> None:
        def change(payload: dict[str, Any]) -> None:
            for entry in payload["versions"]:
                if entry["id"] == self.module_version_id:
                    entry.update(fields)

        kept.records(self._workspace, kept.MODULE).modify(self.module_id, change)
        self._entity = {**self._entity, **fields}

    def _rows(self) -> builtins.list[tuple[str, Any]]:
        rows = [("Version", self._version), ("Id", self.module_version_id), ("Status", self.status)]
        return [*rows, ("Description", self.description), ("Script", self._entity["script"])]

    def _repr_html_(self) -> str:
        return html_of(self._rows())

    def __str__(self) -> str:
        return text_of("ModuleVersion", self._rows())

    def __repr__(self) -> str:
        return str(self)


class ModuleVersionDescriptor:
    """A version of a module in a list.

    Parameters
    ----------
    version, module_version_id : its name and id.
    """

    def __init__(self, version: str, module_version_id: str) -> None:
        self._version = version
        self._module_version_id = module_version_id

    @property
    def version(self) -> str:
        """Its name."""
        return self._version

    @property
    def module_version_id(self) -> str:
        """Its id."""
        return self._module_version_id

    def _rows(self) -> list[tuple[str, Any]]:
        return [("Version", self._version), ("Id", self._module_version_id)]

    def _repr_html_(self) -> str:
        return html_of(self._rows())

    def __str__(self) -> str:
        return text_of("ModuleVersionDescriptor", self._rows())

    def __repr__(self) -> str:
        return str(self)


def described_ports(ports: Any, kind: type[InputPortDef] | type[OutputPortDef]) -> list[dict[str, Any]]:
    """What a module reads or writes, as JSON.

    Raises
    ------
    PipelineTypeError : something else is among them.
    PipelineError : two have one name.
    """
    found: list[dict[str, Any]] = []
    for port in ports or ():
        if not isinstance(port, kind):
            raise PipelineTypeError(f"A module has {kind.__name__}, not {port!r}.", hint=f"{kind.__name__}('data')")
        if any(each["name"] == port.name for each in found):
            raise PipelineError(f"Two of the module's ports are called {port.name!r}.", hint="give each its own name")
        found.append(port._to_dict())
    return found


def described_arguments(arguments: Any, inputs: list[dict[str, Any]], outputs: list[dict[str, Any]]) -> list[Any]:
    """Arguments as JSON: text, or ``{"input": name}`` and ``{"output": name}``.

    Raises
    ------
    PipelineError : an argument is a port that the module has not.
    """
    found: list[Any] = []
    for value in arguments or ():
        if isinstance(value, (InputPortDef, OutputPortDef)):
            which, there = ("input", inputs) if isinstance(value, InputPortDef) else ("output", outputs)
            if all(each["name"] != value.name for each in there):
                raise PipelineError(
                    f"The arguments name the {which} {value.name!r}, which the module has not.", hint=f"{which}s=[…]"
                )
            found.append({which: value.name})
        else:
            found.append(as_text(value))
    return found


def same_version(versions: list[dict[str, Any]], wanted: Any) -> dict[str, Any] | None:
    """The version of a name or an id; the last where none is wanted."""
    if wanted is None:
        return versions[-1] if versions else None
    return next((each for each in versions if str(wanted) in (each["version"], each["id"])), None)
