"""DataTransferStep: data from one datastore to another as a step of a pipeline."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aml_nb.core.data.data_reference import DataReference
from aml_nb.core.pipelines import ports
from aml_nb.core.pipelines.bindings import InputPortBinding
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.graph import Node
from aml_nb.core.pipelines.pipeline_data import PipelineData
from aml_nb.core.pipelines.step import PipelineStep

if TYPE_CHECKING:
    from aml_nb.core.pipelines.building import NodeContext

TYPES = ("file", "directory")


class _DataTransferStepBase(PipelineStep):
    """What DataTransferStep is made of; its parameters are described there."""

    _kind = "transfer"

    def __init__(
        self,
        name: str,
        source_data_reference: Any = None,
        destination_data_reference: Any = None,
        compute_target: Any = None,
        source_reference_type: str | None = None,
        destination_reference_type: str | None = None,
        allow_reuse: bool = True,
    ) -> None:
        given = {
            "source_data_reference": source_data_reference,
            "destination_data_reference": destination_data_reference,
            "compute_target": compute_target,
        }
        for missing, value in given.items():
            if value is None:
                raise PipelineError(f"A DataTransferStep needs {missing}.", hint=f"DataTransferStep(…, {missing}=…)")
        self._source_type = _type("source_reference_type", source_reference_type)
        self._destination_type = _type("destination_reference_type", destination_reference_type)
        self._place, self._written = _output(destination_data_reference, self._destination_type)
        super().__init__(name, [source_data_reference], [self._written], fix_port_name_collisions=True)
        self._allow_reuse = bool(allow_reuse)
        self._compute_target = compute_target

    def get_output(self) -> Any:
        """The destination as PipelineData, which other steps read."""
        return self._written

    def _settings(self, context: NodeContext) -> dict[str, Any]:
        return {"source_type": self._source_type, "target_type": self._destination_type}

    def _node(self, context: NodeContext) -> Node:
        node = super()._node(context)
        if self._place is None:
            return node
        place = {"path": self._place.path_on_datastore or ""}
        there = [replace(p, entry={**p.entry, "source": {**p.entry["source"], **place}}) for p in node.outputs]
        return replace(node, outputs=there)


class DataTransferStep(_DataTransferStepBase):
    """Copies a file, or a folder with all that is in it, from one place in a datastore to another.

    Parameters
    ----------
    name : of the step.
    source_data_reference : what is copied: DataReference, PipelineData, PortDataReference, or a binding of them.
    destination_data_reference : where it goes: a DataReference, or PipelineData that other steps read.
    compute_target : where v1 copies; here a process of this machine does, whatever it is.
    source_reference_type, destination_reference_type : ``file`` or ``directory``; what is there decides when left out.
    allow_reuse : do not copy again where nothing has changed.

    Raises
    ------
    PipelineError : something of it is missing.
    PipelineTypeError : something is of another type.
    """

    def __init__(
        self,
        name: str,
        source_data_reference: Any = None,
        destination_data_reference: Any = None,
        compute_target: Any = None,
        source_reference_type: str | None = None,
        destination_reference_type: str | None = None,
        allow_reuse: bool = True,
    ) -> None:
        super().__init__(
            name,
            source_data_reference,
            destination_data_reference,
            compute_target,
            source_reference_type,
            destination_reference_type,
            allow_reuse,
        )

    def get_output(self) -> Any:
        """The destination as PipelineData, which other steps read."""
        return super().get_output()


def _type(name: str, given: str | None) -> str | None:
    if given is not None and given not in TYPES:
        raise PipelineTypeError(f"{name} is 'file' or 'directory', not {given!r}.", hint=f"{name}='directory'")
    return given


def _output(given: Any, kind: str | None) -> tuple[DataReference | None, Any]:
    """The place that was told, if one was, and what the step writes."""
    value = given.bind_object if isinstance(given, InputPortBinding) else given
    if isinstance(value, DataReference):
        name = given.name if isinstance(given, InputPortBinding) else value.data_reference_name
        return value, PipelineData(name, datastore=value.datastore)
    if not ports.is_output(value):
        raise PipelineTypeError(
            f"destination_data_reference is a DataReference or PipelineData, not {given!r}.",
            hint="DataReference(datastore, 'copied', path_on_datastore='folder')",
        )
    return None, value
