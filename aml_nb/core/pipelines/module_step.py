"""ModuleStep: a version of a module as a step of a pipeline."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.bindings import InputPortBinding
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.module import Module
from aml_nb.core.pipelines.module_version import DEPRECATED, ModuleVersion
from aml_nb.core.pipelines.pipeline_data import PipelineData
from aml_nb.core.pipelines.script_step import _PythonScriptStepBase

if TYPE_CHECKING:
    from aml_nb.core.pipelines.building import NodeContext

log = logging.getLogger(__name__)


class ModuleStepBase(_PythonScriptStepBase):
    """What ModuleStep is made of; its parameters are described there."""

    def __init__(
        self,
        module: Module | None = None,
        version: str | None = None,
        module_version: ModuleVersion | None = None,
        inputs_map: Any = None,
        outputs_map: Any = None,
        compute_target: Any = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Any = None,
        arguments: Any = None,
        params: Any = None,
        name: str | None = None,
        _workflow_provider: Any = None,
    ) -> None:
        chosen = _chosen(module, version, module_version)
        entry = chosen._entity
        owner = module.name if module is not None else chosen.module().name
        reads = _mapped(owner, "input", entry["inputs"], inputs_map)
        writes = _mapped(owner, "output", entry["outputs"], outputs_map)
        bound = {port["name"]: _bound(port, reads[port["name"]]) for port in entry["inputs"] if port["name"] in reads}
        self._module_version = chosen
        super().__init__(
            entry["script"],
            name or owner,
            _arguments(entry["arguments"] if arguments is None else arguments, reads, bound, writes),
            compute_target,
            chosen.runconfig if runconfig is None else runconfig,
            runconfig_pipeline_params,
            list(bound.values()),
            [_written(port, writes[port["name"]]) for port in entry["outputs"] if port["name"] in writes],
            _params(owner, entry["params"], params),
        )

    def _source(self, context: NodeContext) -> dict[str, Any]:
        """The files as they were when the version was published."""
        found: dict[str, Any] = self._module_version._entity["source"]
        return found


class ModuleStep(ModuleStepBase):
    """A version of a module as a step of a pipeline.

    Parameters
    ----------
    module : the module; with ``version``, or its default version.
    version : of the module.
    module_version : a version in place of both.
    inputs_map, outputs_map : what the module's inputs and outputs are bound to, by their names.
    compute_target : a compute target or its name.
    runconfig : a RunConfiguration; the module's when left out.
    runconfig_pipeline_params : PipelineParameters that set something in it.
    arguments : of the script; the module's when left out.
    params : values for what the module is told, by name.
    name : of the step; the module's when left out.

    Raises
    ------
    PipelineError : the module was disabled, has no such version, or an input or output of it is missing.
    PipelineTypeError : something is of another type.
    """

    def __init__(
        self,
        module: Module | None = None,
        version: str | None = None,
        module_version: ModuleVersion | None = None,
        inputs_map: Any = None,
        outputs_map: Any = None,
        compute_target: Any = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Any = None,
        arguments: Any = None,
        params: Any = None,
        name: str | None = None,
        _workflow_provider: Any = None,
    ) -> None:
        super().__init__(
            module,
            version,
            module_version,
            inputs_map,
            outputs_map,
            compute_target,
            runconfig,
            runconfig_pipeline_params,
            arguments,
            params,
            name,
        )


def _chosen(module: Any, version: Any, module_version: Any) -> ModuleVersion:
    """The version that a step is of."""
    for value, kind in ((module, Module), (module_version, ModuleVersion)):
        if value is not None and not isinstance(value, kind):
            raise PipelineTypeError(f"{value!r} is no {kind.__name__}.", hint="module=Module.get(ws, name='…')")
    if module is None and module_version is None:
        raise PipelineError("A ModuleStep needs a module.", hint="ModuleStep(module=Module.get(ws, name='…'), …)")
    found: ModuleVersion = module_version if module_version is not None else module.resolve(version)
    owner = module if module is not None else found.module()
    for what, status in ((f"module {owner.name!r}", owner.status), (f"version {found.version}", found.status)):
        if status == kept.DISABLED:
            raise PipelineError(f"The {what} was disabled.", hint="module.enable()")
        if status == DEPRECATED:
            log.warning("The %s of the module %r is deprecated.", what, owner.name)
    return found


def _mapped(owner: str, what: str, ports: list[dict[str, Any]], given: Any) -> dict[str, Any]:
    """What the module's inputs or outputs are bound to, each known and none missing."""
    known = [port["name"] for port in ports]
    found = dict(given or {})
    strange = [name for name in found if name not in known]
    if strange:
        raise PipelineError(
            f"The module {owner!r} has no {what} {strange[0]!r}; it has: {', '.join(known) or 'none'}.",
            hint=f"{what}s_map={{{', '.join(f'{name!r}: …' for name in known)}}}",
        )
    missing = [port["name"] for port in ports if port["name"] not in found and not port.get("optional")]
    if missing:
        raise PipelineError(
            f"The module {owner!r} needs its {what} {missing[0]!r}.", hint=f"{what}s_map={{{missing[0]!r}: …}}"
        )
    return found


def _bound(port: dict[str, Any], value: Any) -> InputPortBinding:
    """Data as the input of the module that it is bound to."""
    if isinstance(value, InputPortBinding):
        return InputPortBinding(
            port["name"], value.bind_object, value.bind_mode, value.path_on_compute, value.overwrite
        )
    return InputPortBinding(port["name"], value, port["mode"] or "mount", port["path_on_compute"], port["overwrite"])


def _written(port: dict[str, Any], value: Any) -> Any:
    """Data as the output of the module that it is bound to: the step calls it as the module does."""
    if isinstance(value, PipelineData) and value._output_name == value.name:
        value._output_name = port["name"]
    return value


def _arguments(given: Any, reads: dict[str, Any], bound: dict[str, Any], writes: dict[str, Any]) -> list[Any]:
    """Arguments with what the module's ports are bound to in place of these."""
    found = []
    for value in given:
        if isinstance(value, dict):
            found.append(bound[value["input"]] if "input" in value else writes[value["output"]])
            continue
        named = next((name for name, each in reads.items() if each is value), None)
        found.append(value if named is None else bound[named])
    return found


def _params(owner: str, known: dict[str, Any], given: Any) -> dict[str, Any]:
    strange = [name for name in given or {} if name not in known]
    if strange:
        raise PipelineError(
            f"The module {owner!r} is told nothing called {strange[0]!r}; it is told: {', '.join(known) or 'nothing'}.",
            hint="publish_python_script(…, params={'name': default})",
        )
    return {**known, **(given or {})}
