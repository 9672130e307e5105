"""What steps read and write: from v1's many classes to ports of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.data.data_reference import DataReference
from aml_nb.core.data.datapath import DataPath, DataPathComputeBinding
from aml_nb.core.data.datasets.abstract import AbstractDataset
from aml_nb.core.data.datasets.consumption import DatasetConsumptionConfig
from aml_nb.core.data.datasets.output_config import OutputDatasetConfig
from aml_nb.core.pipelines.bindings import InputPortBinding, OutputPortBinding
from aml_nb.core.pipelines.errors import PipelineError, PipelineTypeError
from aml_nb.core.pipelines.graph import OutPort, Port
from aml_nb.core.pipelines.output_dataset import PipelineOutputAbstractDataset
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.pipeline_data import PipelineData, PipelineDataset

if TYPE_CHECKING:
    from aml_nb.core.pipelines.building import NodeContext

DATA_PATH = "azureml/{run-id}/{output-name}"
"""Where v1 puts PipelineData on its datastore."""
_READ = (InputPortBinding, DatasetConsumptionConfig, DataReference, PipelineDataset)
_WRITTEN = (PipelineData, OutputDatasetConfig, PipelineOutputAbstractDataset, OutputPortBinding)


def shared(value: Any) -> dict[str, Any] | None:
    """What the copies of an output have in common, also behind an input that reads it; None for other things."""
    if isinstance(value, InputPortBinding):
        return shared(value.bind_object)
    if isinstance(value, DatasetConsumptionConfig):
        return shared(value.dataset)
    if isinstance(value, PipelineOutputAbstractDataset):
        return value._pipeline_data._shared
    if isinstance(value, OutputPortBinding):
        return shared(value._dataset_output) or value.__dict__.setdefault("_shared", {})
    if isinstance(value, (PipelineData, OutputDatasetConfig)):
        return value._shared
    return None


def output_name(value: Any) -> str:
    """What the step that writes an output calls it."""
    if isinstance(value, PipelineOutputAbstractDataset):
        return value._pipeline_data._output_name
    if isinstance(value, PipelineData):
        return value._output_name
    return str(value.name)


def is_input(value: Any) -> bool:
    """Whether a step can read it."""
    if isinstance(value, tuple):
        return len(value) == 2 and isinstance(value[0], (PipelineParameter, DataPath))
    return isinstance(value, (*_READ, *_WRITTEN)) or _is_port_data(value)


def is_reading(value: Any) -> bool:
    """Whether it can only be something that a step reads."""
    named = isinstance(value, PipelineOutputAbstractDataset) and value._input_name is not None
    return isinstance(value, _READ) or named


def is_output(value: Any) -> bool:
    """Whether a step can write it."""
    return isinstance(value, _WRITTEN)


def bare(dataset: Any) -> PipelineTypeError:
    """The error for a dataset that stands where its consumption should."""
    return PipelineTypeError(
        f"A dataset ({dataset.name or type(dataset).__name__}) cannot be an input of a step as it is: the step has to "
        "be told how it wants it.",
        hint="inputs=[dataset.as_named_input('data')], and .as_mount() or .as_download() behind it for files",
    )


def input_port(context: NodeContext, value: Any) -> Port:
    """A step's input as its node has it."""
    if isinstance(value, InputPortBinding):
        return _bound(context, value)
    if isinstance(value, DatasetConsumptionConfig):
        source = _dataset_source(context, value.name, value.dataset)
        return Port(value.name, source, "dataset", value.mode, value.path_on_compute)
    if isinstance(value, PipelineOutputAbstractDataset):
        reading = value._reading()
        source = {**_written_by(context, value), "as": reading}
        mode = "direct" if reading["kind"] == "tabular" else value._input_mode
        return Port(value.input_name, source, "dataset", mode, value._input_path_on_compute)
    if isinstance(value, PipelineData):
        return Port(value.name, _written_by(context, value))
    if isinstance(value, (OutputDatasetConfig, OutputPortBinding)):
        return Port(str(value.name), _written_by(context, value), "dataset")
    if isinstance(value, DataReference):
        return _reference(context, value)
    if isinstance(value, PipelineDataset):
        return _pipeline_dataset(context, value)
    if isinstance(value, PipelineParameter):
        return _parameter(context, value, DataPathComputeBinding())
    if isinstance(value, tuple) and is_input(value):
        return _pair(context, *value)
    if _is_port_data(value):
        return Port(value.name, {"kind": "reference", "source": value._source()})
    if isinstance(value, AbstractDataset):
        raise bare(value)
    raise PipelineTypeError(
        f"Unexpected input type {type(value).__name__}: {value!r} cannot be an input of a step.",
        hint="a DataReference, PipelineData, or dataset.as_named_input('data')",
    )


def output_port(context: NodeContext, value: Any) -> OutPort:
    """A step's output as its node has it."""
    if isinstance(value, OutputDatasetConfig):
        from aml_nb.core.runs.bindings.outputs import described_output

        return OutPort(value.name, "dataset", described_output(context.workspace, value.name, value))
    if isinstance(value, PipelineOutputAbstractDataset):
        registration = value._dataset_registration
        port = _data(context, value._pipeline_data)
        if registration is None:
            return port
        told = {**value._reading(), "name": registration.name, "new_version": registration.create_new_version}
        return OutPort(port.name, port.kind, port.entry, told, port.pipeline_output_name, port.training_output)
    if isinstance(value, PipelineData):
        return _data(context, value)
    if isinstance(value, OutputPortBinding):
        return _output_binding(context, value)
    raise PipelineTypeError(
        f"Unexpected output type {type(value).__name__}: {value!r} cannot be an output of a step.",
        hint="PipelineData('result', datastore=ws.get_default_datastore()) or OutputFileDatasetConfig('result')",
    )


def _bound(context: NodeContext, binding: InputPortBinding) -> Port:
    value = binding.bind_object
    if isinstance(value, (PipelineData, DataReference)) or _is_port_data(value):
        port = input_port(context, value)
        mode = "mount" if binding.bind_mode in ("direct", "hdfs") else binding.bind_mode
        return Port(binding.name, port.source, "reference", mode, binding.path_on_compute, bool(binding.overwrite))
    if isinstance(value, AbstractDataset):
        value = PipelineDataset(value, binding.name)
    port = input_port(context, value)
    direct = port.mode == "direct" and port.consumed == "dataset"
    mode = port.mode if direct else binding.bind_mode
    path = binding.path_on_compute or port.path_on_compute
    return Port(binding.name, port.source, port.consumed, mode, path, bool(binding.overwrite))


def _dataset_source(context: NodeContext, name: str, value: Any) -> dict[str, Any]:
    """Where the dataset of an input comes from."""
    if isinstance(value, PipelineParameter):
        if not isinstance(getattr(value.default_value, "dataset", value.default_value), AbstractDataset):
            raise PipelineTypeError(
                f"The input {name!r} is the PipelineParameter {value.name!r}, whose default is no dataset.",
                hint=f"PipelineParameter({value.name!r}, default_value=dataset)",
            )
        return {"kind": "parameter", **context.parameter(value)}
    if isinstance(value, OutputDatasetConfig):
        from aml_nb.core.runs.bindings.outputs import described_output

        entry = described_output(context.workspace, value.name, value)
        told = {key: entry[key] for key in ("kind", "read", "operations", "path_glob")}
        return {**_written_by(context, value), "as": told}
    if isinstance(value, PipelineOutputAbstractDataset):
        return {**_written_by(context, value), "as": value._reading()}
    if isinstance(value, PipelineDataset):
        value = value.dataset
    if not isinstance(value, AbstractDataset):
        raise PipelineTypeError(f"The input {name!r} is {value!r}, which is no dataset.", hint="dataset.as_named_input")
    from aml_nb.core.data.datasets.registry import save

    identity = save(value, context.workspace)
    return {"kind": "dataset", "id": identity, "definition": value._definition.to_dict()}


def _written_by(context: NodeContext, value: Any) -> dict[str, Any]:
    """The step and output that something is."""
    known = shared(value)
    assert known is not None
    found = context.step_named(known)
    if found is not None:
        step, name = found
        return {"kind": "step", "node": context.id_of(step), "output": name}
    raise PipelineError(
        f"{output_name(value)!r} is read, and no step of the pipeline writes it.",
        hint=f"outputs=[{output_name(value)}] in the step that writes it, and that step in Pipeline(steps=[…])",
    )


def _reference(context: NodeContext, value: DataReference) -> Port:
    from aml_nb.core.runs.bindings.inputs import reference_input

    entry = reference_input(context.workspace, value.data_reference_name, value)
    source = {"kind": "reference", "source": entry["source"]}
    return Port(
        value.data_reference_name, source, "reference", entry["mode"], entry["path_on_compute"], entry["overwrite"]
    )


def _pipeline_dataset(context: NodeContext, value: PipelineDataset) -> Port:
    if value.parameter_name:
        source = {"kind": "parameter", **context.parameter(PipelineParameter(value.parameter_name, value.dataset))}
    else:
        source = _dataset_source(context, value.name, value.dataset)
    return Port(value.name, source, "dataset", value.bind_mode, value.path_on_compute, bool(value.overwrite))


def _pair(context: NodeContext, value: Any, binding: Any) -> Port:
    """A place, or a parameter that holds one, and how the step wants it."""
    if not isinstance(binding, DataPathComputeBinding):
        raise PipelineTypeError(
            f"A DataPath goes with a DataPathComputeBinding, not {binding!r}.",
            hint="inputs=[(datapath_parameter, DataPathComputeBinding(mode='mount'))]",
        )
    if isinstance(value, PipelineParameter):
        return _parameter(context, value, binding)
    reference = binding.create_data_reference(value._name or "datapath", value)
    return _reference(context, reference)


def _parameter(context: NodeContext, parameter: PipelineParameter, binding: DataPathComputeBinding) -> Port:
    source = {"kind": "parameter", **context.parameter(parameter)}
    kind = context.parameters[parameter.name].type
    if kind not in ("datapath", "dataset"):
        raise PipelineTypeError(
            f"The PipelineParameter {parameter.name!r} holds {parameter.default_value!r}, which is no data: it cannot "
            "be an input of a step.",
            hint=f"arguments=['--{parameter.name}', {parameter.name}]",
        )
    consumed = "dataset" if kind == "dataset" else "reference"
    tabular = getattr(parameter.default_value, "_kind", None) == "tabular"
    mode = "direct" if tabular else binding._mode
    return Port(parameter.name, source, consumed, mode, binding._path_on_compute, binding._overwrite)


def _data(context: NodeContext, value: PipelineData) -> OutPort:
    entry = {
        "source": _place(context, value.datastore),
        "mode": value._output_mode,
        "path_on_compute": value._output_path_on_compute,
        "overwrite": bool(value._output_overwrite),
        "create": bool(value._is_directory),
    }
    training = value._training_output
    return OutPort(
        value._output_name,
        "reference",
        entry,
        value._registration,
        value._pipeline_output_name,
        training._to_dict() if training is not None else None,
    )


def _output_binding(context: NodeContext, value: OutputPortBinding) -> OutPort:
    if value._dataset_output is not None:
        return output_port(context, value._dataset_output)
    entry = {
        "source": _place(context, value.datastore),
        "mode": "upload" if value.bind_mode == "upload" else "mount",
        "path_on_compute": value.path_on_compute,
        "overwrite": bool(value.overwrite),
        "create": bool(value.is_directory),
    }
    told, training = value.dataset_registration, value.training_output
    plain: dict[str, Any] = {"kind": "file", "read": {}, "operations": [], "path_glob": None}
    register = {**plain, "name": told.name, "new_version": told.create_new_version} if told is not None else None
    return OutPort(
        value.name,
        "reference",
        entry,
        register,
        value.pipeline_output_name,
        training._to_dict() if training is not None else None,
    )


def _place(context: NodeContext, datastore: Any) -> dict[str, Any]:
    from aml_nb.core.data.datasets.expansion import address

    chosen = context.default_datastore if datastore is None else datastore
    return {"path": DATA_PATH, "datastore": chosen.name, "workspace": address(chosen.workspace)}


def _is_port_data(value: Any) -> bool:
    """Whether it is what an earlier run wrote: a PortDataReference."""
    return hasattr(value, "pipeline_run_id") and hasattr(value, "path_on_datastore")
