"""The nodes of v1's graph and what is between them: steps, data that is there before, ports, edges.

A graph is looked at here; a pipeline is made of steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.core.data.data_reference import PREFIX
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.errors import NotAvailableError

if TYPE_CHECKING:
    from aml_nb.core.pipelines.definitions import DataSource, DataSourceDef, ModuleDef
    from aml_nb.core.pipelines.port_defs import InputPortDef, OutputPortDef, Param


def only_seen(what: str) -> NotAvailableError:
    """The error of a change."""
    return NotAvailableError(
        f"A graph is looked at here: {what} is done by the steps that the pipeline is made of.",
        hint="Pipeline(ws, steps=[…]); step.run_after(other)",
    )


class _Port:
    """What inputs and outputs have in common."""

    def __init__(self, node: Node, definition: Any) -> None:
        self._node, self._definition = node, definition

    @property
    def name(self) -> str:
        """What the step calls it."""
        return str(self._definition.name)

    @property
    def node(self) -> Node:
        """The node that it belongs to."""
        return self._node

    @property
    def bind_mode(self) -> str | None:
        """How the step gets or gives it: ``mount``, ``download``, ``upload``, ``direct``."""
        return self._definition.default_datastore_mode  # type: ignore[no-any-return]

    @property
    def path_on_compute(self) -> str | None:
        """Where it is for the step, where that was said."""
        return self._definition.default_path_on_compute  # type: ignore[no-any-return]

    @property
    def overwrite(self) -> bool | None:
        """Whether what is there is replaced."""
        return self._definition.default_overwrite  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, node={self._node.name!r})"


class InputPort(_Port):
    """Something that a node reads.

    Parameters
    ----------
    node : which node.
    input_port_def : what it reads.
    """

    def __init__(self, node: Node, input_port_def: InputPortDef) -> None:
        super().__init__(node, input_port_def)
        self._incoming: Edge | None = None

    @property
    def input_port_def(self) -> InputPortDef:
        """What it reads."""
        return self._definition  # type: ignore[no-any-return]

    @property
    def data_types(self) -> Any:
        """The types that it may be of."""
        return self._definition.data_types

    @property
    def data_reference_name(self) -> str | None:
        """The name of its data reference."""
        return self._definition.default_data_reference_name  # type: ignore[no-any-return]

    @property
    def additional_transformations(self) -> Any:
        """How files are read as a table."""
        return self._definition.additional_transformations

    @property
    def incoming_edge(self) -> Edge | None:
        """From where it comes."""
        return self._incoming

    def connect(self, source_port: Any) -> NoReturn:
        """Not here.

        Raises
        ------
        NotAvailableError : always.
        """
        raise only_seen("joining ports")

    def disconnect(self) -> NoReturn:
        """Not here.

        Raises
        ------
        NotAvailableError : always.
        """
        raise only_seen("parting ports")


class OutputPort(_Port):
    """Something that a node writes.

    Parameters
    ----------
    node : which node.
    output_port_def : what it writes.
    """

    pipeline_output_name: str | None = None
    dataset_registration: Any = None
    dataset_output: Any = None

    def __init__(self, node: Node, output_port_def: OutputPortDef) -> None:
        super().__init__(node, output_port_def)

    @property
    def datastore_name(self) -> str | None:
        """The datastore that it goes to."""
        return self._definition.default_datastore_name  # type: ignore[no-any-return]

    @property
    def data_type(self) -> Any:
        """Of what type it is."""
        return self._definition.data_type

    def connect(self, dest_port: Any) -> NoReturn:
        """Not here.

        Raises
        ------
        NotAvailableError : always.
        """
        raise only_seen("joining ports")


class Edge:
    """What one node writes and another one reads.

    Parameters
    ----------
    source_port, dest_port : the output and the input.
    """

    def __init__(self, source_port: OutputPort, dest_port: InputPort) -> None:
        self._source_port, self._dest_port = source_port, dest_port
        dest_port._incoming = self

    @property
    def source_port(self) -> OutputPort:
        """The output."""
        return self._source_port

    @property
    def dest_port(self) -> InputPort:
        """The input."""
        return self._dest_port

    def __repr__(self) -> str:
        source, dest = self._source_port, self._dest_port
        return f"Edge({source.node.name}/{source.name} -> {dest.node.name}/{dest.name})"


class Node:
    """A node of a graph.

    Parameters
    ----------
    graph : that it is in.
    node_id, name : its id, and what it is called.
    module, datasource : what it is.
    module_builder, datasource_builder, module_wiring : taken for v1's sake.
    """

    def __init__(
        self,
        graph: Any,
        node_id: str,
        name: str | None = None,
        module: Any = None,
        module_builder: Any = None,
        datasource: DataSource | None = None,
        datasource_builder: Any = None,
        module_wiring: Any = None,
    ) -> None:
        self._graph, self._node_id = graph, node_id
        self._module, self._datasource = module, datasource
        self._name = name or ""
        inputs = self.module_def.input_port_defs if module is not None else []
        outputs = self.module_def.output_port_defs if module is not None else []
        if datasource is not None:
            outputs = [datasource.datasource_def.output_port_def]
        self._inputs = {port.name: InputPort(self, port) for port in inputs}
        self._outputs = {port.name: OutputPort(self, port) for port in outputs}
        self._params: dict[str, Param] = {}

    @property
    def name(self) -> str:
        """What it is called."""
        return self._name

    @property
    def node_id(self) -> str:
        """Its id."""
        return self._node_id

    @property
    def module_def(self) -> ModuleDef:
        """What the step does; None for data."""
        return self._module.module_def if self._module is not None else None  # type: ignore[return-value]

    @property
    def datasource_def(self) -> DataSourceDef | None:
        """What the data is; None for a step."""
        return None if self._datasource is None else self._datasource.datasource_def

    @property
    def input_dict(self) -> dict[str, InputPort]:
        """What it reads, by name."""
        return dict(self._inputs)

    @property
    def inputs(self) -> list[InputPort]:
        """What it reads."""
        return list(self._inputs.values())

    @property
    def output_dict(self) -> dict[str, OutputPort]:
        """What it writes, by name."""
        return dict(self._outputs)

    @property
    def outputs(self) -> list[OutputPort]:
        """What it writes."""
        return list(self._outputs.values())

    @property
    def params(self) -> dict[str, Param]:
        """What it is told, by name."""
        return dict(self._params)

    def get_input(self, name: str) -> InputPort:
        """What it reads under a name."""
        return self._found(self._inputs, name, "input")  # type: ignore[no-any-return]

    def get_output(self, name: str) -> OutputPort:
        """What it writes under a name."""
        return self._found(self._outputs, name, "output")  # type: ignore[no-any-return]

    def get_param(self, name: str) -> Param:
        """What it is told under a name."""
        return self._found(self._params, name, "parameter")  # type: ignore[no-any-return]

    def run_after(self, node: Any) -> NoReturn:
        """Not here.

        Raises
        ------
        NotAvailableError : always.
        """
        raise only_seen("having one wait for another")

    def sequence(self, nodes: Any) -> NoReturn:
        """Not here.

        Raises
        ------
        NotAvailableError : always.
        """
        raise only_seen("having one wait for another")

    def _found(self, among: dict[str, Any], name: str, what: str) -> Any:
        if name not in among:
            raise PipelineError(
                f"The node [{self._name}] has no {what} {name!r}; it has: {', '.join(among) or 'none'}.",
                hint="list(node.input_dict), list(node.output_dict), list(node.params)",
            )
        return among[name]

    def __str__(self) -> str:
        reads = ", ".join(f"{PREFIX}{name}" for name in self._inputs)
        writes = ", ".join(f"{PREFIX}{name}" for name in self._outputs)
        return f"{type(self).__name__}(Name: {self._name},\nId: {self._node_id},\nInputs: {reads},\nOutputs: {writes})"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self._name!r}, node_id={self._node_id!r})"


class ModuleNode(Node):
    """A step.

    Parameters
    ----------
    graph, node_id, name, module, module_builder, module_wiring : as Node has them.
    runconfig, cloud_settings, regenerate_outputs : how it is run.
    """

    def __init__(
        self,
        graph: Any,
        node_id: str,
        name: str | None = None,
        module: Any = None,
        module_builder: Any = None,
        module_wiring: Any = None,
        runconfig: Any = None,
        cloud_settings: Any = None,
        regenerate_outputs: bool | None = None,
    ) -> None:
        super().__init__(graph, node_id, name, module)
        self._runconfig, self._cloud_settings = runconfig, cloud_settings
        self._regenerate_outputs = regenerate_outputs


class DataSourceNode(Node):
    """Data that is there before the pipeline runs.

    Parameters
    ----------
    graph, node_id, name, datasource, datasource_builder : as Node has them.
    datapath_param_name : the parameter that says which data it is.
    """

    def __init__(
        self,
        graph: Any,
        node_id: str,
        name: str | None = None,
        datasource: DataSource | None = None,
        datasource_builder: Any = None,
        datapath_param_name: str | None = None,
    ) -> None:
        super().__init__(graph, node_id, name, datasource=datasource)
        self.datapath_param_name = datapath_param_name
