"""v1's Graph of a pipeline: nodes, ports and edges, to be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from aml_nb.core.data.data_reference import DataReference
from aml_nb.core.data.datapath import DataPath, DataPathComputeBinding
from aml_nb.core.data.datasets.dataset import Dataset
from aml_nb.core.data.datasets.output_config import OutputFileDatasetConfig
from aml_nb.core.pipelines.definitions import DataSourceDef
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.node_graph import Graph
from aml_nb.core.pipelines.nodes import DataSourceNode, ModuleNode
from aml_nb.core.pipelines.parameters import PipelineParameter
from aml_nb.core.pipelines.pipeline import Pipeline
from aml_nb.core.pipelines.pipeline_data import PipelineData
from aml_nb.core.pipelines.script_step import PythonScriptStep
from aml_nb.core.workspace import Workspace
from aml_nb.errors import NotAvailableError


@pytest.fixture
def pipeline(ws: Workspace, home: Path) -> Pipeline:
    """Data and a parameter go into two steps, whose outputs go into a third; a fourth only waits."""
    Path("src").mkdir()
    Path("src/s.py").touch()
    Path("1.csv").write_text("1")
    store = ws.get_default_datastore()

    def step(name: str, **told: object) -> PythonScriptStep:
        given: dict[str, object] = {"source_directory": "src", "compute_target": "local"}
        return PythonScriptStep("s.py", name=name, **given, **told)  # type: ignore[arg-type]

    raw = DataReference(store, "raw", "in/raw.csv")
    first = PipelineData("first", store, pipeline_output_name="public")
    second = OutputFileDatasetConfig("second")
    where = (PipelineParameter("where", DataPath(store, "in")), DataPathComputeBinding(mode="mount"))
    rate = PipelineParameter("rate", 0.5)
    table = Dataset.File.from_files("1.csv").as_named_input("table").as_mount()
    one = step("one", inputs=[raw], outputs=[first], arguments=["--raw", raw, "--rate", rate, first])
    two = step("two", inputs=[raw, where], arguments=[second])
    three = step("three", inputs=[first, table], arguments=[second.as_input("prepared")])
    four = step("four")
    four.run_after(three)
    return Pipeline(ws, [one, two, three, four])


def test_the_nodes_are_steps_and_data(pipeline: Pipeline) -> None:
    graph = pipeline.graph
    assert isinstance(graph, Graph)
    assert [node.name for node in graph.module_nodes] == ["one", "two", "three", "four"]
    assert {node.name for node in graph.datasource_nodes} == {"raw", "where", "table"}, (
        "data that two read is there once"
    )
    (one,) = graph.node_name_dict["one"]
    assert isinstance(one, ModuleNode) and graph.get_node(one.node_id) is one is graph.node_dict[one.node_id]
    assert one.module_def.step_type == "PythonScriptStep" and one.module_def.allow_reuse
    assert list(one.input_dict) == ["raw"] and one.get_output("first").pipeline_output_name == "public"
    assert one.get_output("first").datastore_name == "workspaceblobstore"
    assert one.get_param("rate").get_value() == 0.5 and graph.params["rate"] == 0.5
    (where,) = graph.node_name_dict["where"]
    assert isinstance(where, DataSourceNode) and where.datapath_param_name == "where"
    (raw,) = graph.node_name_dict["raw"]
    assert (raw.datasource_def.datastore_name, raw.datasource_def.path_on_datastore) == (
        "workspaceblobstore",
        "in/raw.csv",
    )


def test_the_edges_say_who_reads_what_of_whom_and_who_waits(pipeline: Pipeline) -> None:
    edges = {
        (edge.source_port.node.name, edge.source_port.name, edge.dest_port.node.name, edge.dest_port.name)
        for edge in pipeline.graph.edges
    }
    assert edges == {
        ("raw", "data", "one", "raw"),
        ("raw", "data", "two", "raw"),
        ("where", "data", "two", "where"),
        ("one", "first", "three", "first"),
        ("two", "second", "three", "prepared"),
        ("table", "data", "three", "table"),
        ("three", "_run_after_output", "four", "_run_after_input_0"),
    }
    (three,) = pipeline.graph.node_name_dict["three"]
    assert three.get_input("first").incoming_edge.source_port.node.name == "one"


def test_it_is_shown_and_checked_and_not_changed(pipeline: Pipeline) -> None:
    graph = pipeline.graph
    assert graph.validate() == []
    assert "Edge(one/first -> three/first)" in str(graph) and "<img" in graph._repr_html_()
    assert list(graph.generate_yaml()["pipeline"]["steps"]) == ["one", "two", "three", "four"]
    node = graph.module_nodes[0]
    for change in (
        lambda: graph.delete_node(node.node_id),
        lambda: graph.add_module_node("five", []),
        lambda: graph.add_datasource_node("data"),
        lambda: graph.connect(node.outputs[0], node.inputs[0]),
        lambda: node.inputs[0].connect(node.outputs[0]),
        lambda: node.inputs[0].disconnect(),
        lambda: node.run_after(node),
        lambda: graph.submit(),
    ):
        with pytest.raises(NotAvailableError, match="looked at"):
            change()
    with pytest.raises(PipelineError, match="no input 'none'"):
        node.get_input("none")
    with pytest.raises(PipelineError, match="no node 'none'"):
        graph.get_node("none")


def test_two_steps_of_one_name_are_both_in_the_yaml(ws: Workspace, home: Path) -> None:
    Path("s.py").touch()
    steps = [PythonScriptStep("s.py", compute_target="local", arguments=[str(n)], allow_reuse=False) for n in range(2)]
    told = Pipeline(ws, steps).graph.generate_yaml()["pipeline"]["steps"]
    assert [name.partition(" ")[0] for name in told] == ["s.py", "s.py"]


def test_definitions_are_known_by_what_they_are(ws: Workspace, pipeline: Pipeline) -> None:
    store = ws.get_default_datastore()
    places = [DataSourceDef.create_from_data_reference(DataReference(store, name, "in")) for name in ("a", "b")]
    assert places[0].calculate_hash() == places[1].calculate_hash()
    hashes = {node.module_def.calculate_hash() for node in pipeline.graph.module_nodes}
    assert len(hashes) == 4
    definition = pipeline.graph.module_nodes[3].module_def
    assert definition.add_fake_sequencing_input_port().name == "_run_after_input_1"
