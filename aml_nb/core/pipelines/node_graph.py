"""v1's Graph: what a pipeline is made of, as nodes with ports and edges, made of the graph that we keep."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.core.pipelines.definitions import DataSource, DataSourceDef, Module, ModuleDef
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.graph import validate
from aml_nb.core.pipelines.nodes import DataSourceNode, Edge, ModuleNode, Node, only_seen
from aml_nb.core.pipelines.port_defs import InputPortDef, OutputPortDef, Param, ParamDef

if TYPE_CHECKING:
    from aml_nb.core.pipelines import graph as kept


class Graph:
    """What a pipeline is made of. It is looked at; a pipeline is made of steps.

    Parameters
    ----------
    name : of the pipeline.
    context : the graph that is kept of it.
    """

    def __init__(self, name: str, context: Any) -> None:
        self._name = name
        self._kept: kept.Graph = context
        self._nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []
        for node in self._kept.nodes:
            self._nodes[node.id] = _module_node(self, node)
        for node in self._kept.nodes:
            self._connect(node)

    @property
    def nodes(self) -> list[Node]:
        """The steps, and the data that they read which is there before."""
        return list(self._nodes.values())

    @property
    def node_dict(self) -> dict[str, Node]:
        """The nodes by their ids."""
        return dict(self._nodes)

    @property
    def node_name_dict(self) -> dict[str, list[Node]]:
        """The nodes by their names."""
        found: dict[str, list[Node]] = {}
        for node in self._nodes.values():
            found.setdefault(node.name, []).append(node)
        return found

    @property
    def module_nodes(self) -> list[ModuleNode]:
        """The steps."""
        return [node for node in self._nodes.values() if isinstance(node, ModuleNode)]

    @property
    def datasource_nodes(self) -> list[DataSourceNode]:
        """The data that is there before the pipeline runs."""
        return [node for node in self._nodes.values() if isinstance(node, DataSourceNode)]

    @property
    def edges(self) -> list[Edge]:
        """What one node writes and another one reads, and which step waits for which."""
        return list(self._edges)

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the pipeline with their defaults."""
        return {name: each.default for name, each in self._kept.parameters.items()}

    def get_node(self, node_id: str) -> Node:
        """The node of an id.

        Parameters
        ----------
        node_id : the id.

        Raises
        ------
        PipelineError : there is none.
        """
        if node_id not in self._nodes:
            raise PipelineError(f"The graph has no node {node_id!r}.", hint="list(graph.node_dict)")
        return self._nodes[node_id]

    def validate(self) -> list[str]:
        """What is wrong with the pipeline; an empty list when it can run."""
        return validate(self._kept)

    def generate_yaml(self) -> dict[str, Any]:
        """The pipeline as YAML has it: its parameters, and its steps with what they read and write."""
        from aml_nb.core.pipelines.published_yaml import described

        return {"pipeline": described(self._kept, self._name, self._kept.description)}

    def sequence(self, nodes: Any) -> NoReturn:
        """Not here.

        Raises
        ------
        NotAvailableError : always.
        """
        raise only_seen("having one wait for another")

    def add_module_node(
        self,
        name: str,
        input_bindings: Any,
        output_bindings: Any = None,
        param_bindings: Any = None,
        module: Any = None,
        module_builder: Any = None,
        module_wiring: Any = None,
        runconfig: Any = None,
        cloud_settings: Any = None,
    ) -> NoReturn:
        """Not here.

        Raises
        ------
        NotAvailableError : always.
        """
        raise only_seen(f"adding {name!r}")

    def add_datasource_node(
        self, name: str, datasource: Any = None, datasource_builder: Any = None, datapath_param_name: str | None = None
    ) -> NoReturn:
        """Not here.

        Raises
        ------
        NotAvailableError : always.
        """
        raise only_seen(f"adding {name!r}")

    def delete_node(self, node_id: str) -> NoReturn:
        """Not here.

        Raises
        ------
        NotAvailableError : always.
        """
        raise only_seen("leaving one out")

    def connect(self, source_port: Any, dest_port: Any) -> NoReturn:
        """Not here.

        Raises
        ------
        NotAvailableError : always.
        """
        raise only_seen("joining ports")

    def finalize(self, dry_run: Any = None, regenerate_outputs: bool = False) -> NoReturn:
        """Not here.

        Raises
        ------
        NotAvailableError : always.
        """
        raise only_seen("submitting")

    def submit(
        self,
        pipeline_parameters: Any = None,
        continue_on_step_failure: bool = False,
        regenerate_outputs: bool = False,
        parent_run_id: str | None = None,
        **kwargs: Any,
    ) -> NoReturn:
        """Not here: the pipeline is submitted.

        Raises
        ------
        NotAvailableError : always.
        """
        raise only_seen("submitting")

    def _connect(self, node: kept.Node) -> None:
        """The edges that lead to a step."""
        here = self._nodes[node.id]
        for port in node.inputs:
            source = port.source
            if source["kind"] == "step":
                before = self._nodes.get(source["node"])
                output = None if before is None else before.output_dict.get(source["output"])
            else:
                output = self._data(port).get_output(DataSource.DATASOURCE_PORT_NAME)
            if output is not None:
                self._edges.append(Edge(output, here.get_input(port.name)))
        for number, identity in enumerate(node.run_after):
            if identity in self._nodes:
                waiting = here.get_input(f"{ModuleDef.fake_input_prefix}{number}")
                self._edges.append(Edge(self._nodes[identity].get_output(ModuleDef.fake_output_name), waiting))

    def _data(self, port: kept.Port) -> DataSourceNode:
        """The node of data that is there before: one for all steps that read it."""
        identity = hashlib.sha256(json.dumps(port.source, sort_keys=True).encode()).hexdigest()[:8]
        parameter = port.source.get("parameter")
        place = port.source.get("source") or {}
        definition = DataSourceDef(
            parameter or port.name, datastore_name=place.get("datastore"), path_on_datastore=place.get("path")
        )
        data = DataSource(port.source.get("id") or identity, definition)
        node = DataSourceNode(self, identity, definition.name, data, datapath_param_name=parameter)
        found = self._nodes.setdefault(identity, node)
        assert isinstance(found, DataSourceNode)
        return found

    def _repr_html_(self) -> str:
        from aml_nb.core.pipelines import picture

        return picture.as_html(self._kept)

    def __str__(self) -> str:
        parts = [f"Graph(Name: {self._name},", "Nodes:", *map(str, self.nodes), "Edges:", *map(repr, self.edges)]
        return "\n".join(parts) + ")"

    def __repr__(self) -> str:
        return f"Graph(name={self._name!r}, nodes={[node.name for node in self.nodes]})"


def _module_node(graph: Graph, node: kept.Node) -> ModuleNode:
    waits = [InputPortDef(f"{ModuleDef.fake_input_prefix}{number}") for number in range(len(node.run_after))]
    run_config = node.settings.get("run_config")
    definition = ModuleDef(
        node.name,
        input_port_defs=[*map(_input, node.inputs), *waits],
        output_port_defs=[*map(_output, node.outputs), OutputPortDef(ModuleDef.fake_output_name)],
        param_defs=[ParamDef(name, graph._kept.parameters[name].default) for name in _told(node)],
        module_execution_type=node.kind,
        allow_reuse=node.allow_reuse,
        step_type=node.step_type,
        arguments=node.arguments,
        runconfig=run_config,
    )
    made = ModuleNode(graph, node.id, node.name, Module(node.module_id, definition), runconfig=run_config)
    made._params = {each.name: Param(each) for each in definition.param_defs}
    for port in node.outputs:
        output = made.get_output(port.name)
        output.pipeline_output_name, output.dataset_registration = port.pipeline_output_name, port.register
    return made


def _told(node: kept.Node) -> list[str]:
    """The parameters of the pipeline that stand among a step's arguments and settings."""

    def within(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = value.get("parameter")
            return [own] if set(value) == {"parameter"} and isinstance(own, str) else within(list(value.values()))
        return [name for each in value for name in within(each)] if isinstance(value, list) else []

    return list(dict.fromkeys([*within(list(node.arguments)), *within(node.settings)]))


def _input(port: kept.Port) -> InputPortDef:
    return InputPortDef(
        port.name,
        default_datastore_mode=port.mode,
        default_path_on_compute=port.path_on_compute,
        default_overwrite=port.overwrite,
        default_data_reference_name=port.name if port.consumed == "reference" else None,
    )


def _output(port: kept.OutPort) -> OutputPortDef:
    entry = port.entry
    place = entry.get("source") or entry.get("destination") or {}
    return OutputPortDef(
        port.name,
        default_datastore_name=place.get("datastore") if isinstance(place, dict) else None,
        default_datastore_mode=entry.get("mode"),
        default_path_on_compute=entry.get("path_on_compute"),
        is_directory=bool(entry.get("create")),
        default_overwrite=entry.get("overwrite"),
        training_output=port.training_output,
    )
