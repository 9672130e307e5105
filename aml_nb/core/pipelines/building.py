"""From the objects of a notebook to a graph: what a step is asked to make its node of."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.data_reference import PREFIX
from aml_nb.core.data.datasets.abstract import AbstractDataset
from aml_nb.core.data.datasets.consumption import PLACEHOLDER, DatasetConsumptionConfig
from aml_nb.core.data.datasets.output_config import PLACEHOLDER as OUTPUT_PLACEHOLDER
from aml_nb.core.data.datasets.output_config import OutputDatasetConfig
from aml_nb.core.pipelines import ports
from aml_nb.core.pipelines.bindings import OutputPortBinding
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.graph import Argument, OutPort, Parameter, Port
from aml_nb.core.pipelines.parameters import PipelineParameter, described
from aml_nb.core.runs.submitting.arguments import as_text

if TYPE_CHECKING:
    from aml_nb.core.pipelines.step import PipelineStep
    from aml_nb.core.workspace import Workspace


class NodeContext:
    """What the steps of one pipeline need to make their nodes.

    Parameters
    ----------
    workspace : of the pipeline.
    steps : all steps of the pipeline.
    default_datastore : for outputs that name none.
    default_source_directory : for steps that name none.
    keep : whether the folders of scripts are kept in the workspace, as is done for a submission; otherwise the graph
        is only looked at.

    Attributes
    ----------
    parameters : the PipelineParameters that were met, by name.
    """

    def __init__(
        self,
        workspace: Workspace,
        steps: list[PipelineStep],
        *,
        default_datastore: Any = None,
        default_source_directory: str | None = None,
        keep: bool = False,
    ) -> None:
        self.workspace = workspace
        self.default_source_directory = default_source_directory
        self.keep = keep
        self.parameters: dict[str, Parameter] = {}
        self._default_datastore = default_datastore
        self._steps = steps
        self._snapshots: dict[str, dict[str, Any]] = {}

    @property
    def default_datastore(self) -> Any:
        """The datastore for outputs that name none."""
        if self._default_datastore is None:
            self._default_datastore = self.workspace.get_default_datastore()
        return self._default_datastore

    def id_of(self, step: PipelineStep) -> str:
        """The id of a step's node."""
        return step._node_id

    def step_named(self, shared: dict[str, Any]) -> tuple[PipelineStep, str] | None:
        """The step of this pipeline that writes an output, and what that step calls it; None where none does."""
        for step in self._steps:
            for written in step._outputs:
                if ports.shared(written) is shared:
                    return step, ports.output_name(written)
        return None

    def port(self, value: Any) -> Port:
        """Something that a step reads, as its node has it."""
        return ports.input_port(self, value)

    def out(self, value: Any) -> OutPort:
        """Something that a step writes, as its node has it."""
        return ports.output_port(self, value)

    def parameter(self, parameter: PipelineParameter) -> dict[str, str]:
        """A place for a parameter's value; the pipeline has that parameter then."""
        told = described(self.workspace, parameter)
        there = self.parameters.setdefault(parameter.name, told)
        if there != told:
            raise PipelineError(
                f"Two PipelineParameters are called {parameter.name!r} and have the defaults {there.default!r} and "
                f"{told.default!r}.",
                hint="use one object for both steps, or another name",
            )
        return {"parameter": parameter.name}

    def value(self, value: Any) -> Any:
        """A setting as JSON; a parameter is filled in when the step runs."""
        if isinstance(value, PipelineParameter):
            return self.parameter(value)
        if isinstance(value, (list, tuple)):
            return [self.value(each) for each in value]
        if isinstance(value, dict):
            return {str(key): self.value(each) for key, each in value.items()}
        return value

    def argument(self, value: Any, inputs: list[Port], outputs: list[OutPort]) -> Argument:
        """An argument of a step. Datasets and output datasets that it names join ``inputs`` and ``outputs``."""
        if isinstance(value, PipelineParameter):
            if isinstance(value.default_value, (str, int, float, bool)):
                return self.parameter(value)
            return _placeholder_in(_read(inputs, self.port(value), value))
        if isinstance(value, (OutputDatasetConfig, OutputPortBinding)):
            return _placeholder_out(_join(outputs, self.out(value)))
        written = ports.shared(value)
        if written is not None and not isinstance(value, DatasetConsumptionConfig):
            for port in outputs:
                if port.name == ports.output_name(value) and not ports.is_reading(value):
                    return _placeholder_out(port)
        if ports.is_input(value):
            return _placeholder_in(_read(inputs, self.port(value), value))
        if isinstance(value, AbstractDataset):
            raise ports.bare(value)
        return as_text(value)

    def placeholder(self, port: Port) -> str:
        """What stands for an input in arguments until the step runs."""
        return _placeholder_in(port)

    def folder(self, source_directory: Any) -> str:
        """The folder with a step's script: its own, the pipeline's, or the current one."""
        chosen = source_directory or self.default_source_directory or "."
        return os.path.abspath(os.path.expanduser(os.fspath(chosen)))

    def snapshot(self, folder: str) -> dict[str, Any]:
        """A folder as the workspace keeps it: ``id`` of the snapshot, ``digest`` of the content, ``folder``.

        ``id`` and ``digest`` are None while the graph is only looked at.
        """
        if not self.keep:
            return {"id": None, "digest": None, "folder": folder}
        if folder not in self._snapshots:
            self._snapshots[folder] = _kept(self.workspace, folder)
        return self._snapshots[folder]


def _kept(workspace: Workspace, folder: str) -> dict[str, Any]:
    from aml_nb.core.runs.snapshots import keep_files
    from aml_nb.core.runs.submitting.sources import scan

    found = scan(folder, workspace._folder.parent)
    digest = hashlib.sha256()
    for source in sorted(found):
        with open(source.path, "rb") as file:
            content = hashlib.sha256(file.read()).hexdigest()
        digest.update(f"{source.name}\0{content}\n".encode())
    snapshot_id = keep_files(workspace, [(source.name, source.path) for source in found])
    return {"id": snapshot_id, "digest": digest.hexdigest(), "folder": folder}


def _read(inputs: list[Port], port: Port, value: Any) -> Port:
    """The input that an argument names: it may be bound under another name, or in another way, than it has itself."""
    for each in inputs:
        if each.name == port.name and each.source != port.source:
            raise PipelineError(
                f"Two inputs are called {port.name!r} and are not the same.", hint="give each a name of its own"
            )
    if not ports.is_reading(value) and all(each.name != port.name for each in inputs):
        for each in inputs:
            if (each.source, each.consumed) == (port.source, port.consumed):
                return each
    joined: Port = _join(inputs, port)
    return joined


def _join(there: list[Any], port: Any) -> Any:
    """The port among those that are there, which it joins unless one of its name is."""
    for each in there:
        if each.name == port.name:
            return each
    there.append(port)
    return port


def _placeholder_in(port: Port) -> str:
    return (PLACEHOLDER if port.consumed == "dataset" else PREFIX) + port.name


def _placeholder_out(port: OutPort) -> str:
    return (OUTPUT_PLACEHOLDER if port.kind == "dataset" else PREFIX) + port.name
