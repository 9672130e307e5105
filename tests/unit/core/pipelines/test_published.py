"""Published pipelines and their endpoints, as far as the workspace goes; the server has tests of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from aml_nb.core.pipelines import calling
from aml_nb.core.pipelines.endpoint import PipelineEndpoint
from aml_nb.core.pipelines.endpoint_records import chosen
from aml_nb.core.pipelines.graph import Graph, Node, Parameter, Port
from aml_nb.core.pipelines.published import PublishedPipeline, publish
from aml_nb.core.plane.folder import PlaneFolder
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.workspace import Workspace


@pytest.fixture
def graph() -> Graph:
    read = Port("given", {"kind": "step", "node": "1", "output": "made"})
    nodes = [
        Node("2", "train", "script", inputs=[read], run_after=["1"], step_type="PythonScriptStep"),
        Node("1", "prepare", "script"),
    ]
    return Graph(nodes, {"rate": Parameter("rate", "float", 0.5)}, "store")


def test_it_is_what_was_published(ws: Workspace, graph: Graph) -> None:
    made = publish(ws, graph, "Batch", "scores", 1.0, continue_on_step_failure=True)
    found = PublishedPipeline.get(ws, made.id)
    for each in (made, found):
        assert (each.name, each.description, each.version, each.status) == ("Batch", "scores", "1.0", "Active")
        assert (each.total_run_steps, each.continue_on_step_failure, each.workspace) == (2, True, ws)
    assert found._graph == graph
    assert found.get_step_names() == ["prepare", "train"]
    assert publish(ws, graph, "again").graph_id == found.graph_id != publish(ws, Graph([]), "x").graph_id


def test_listing_leaves_the_disabled_out(ws: Workspace, graph: Graph) -> None:
    first, second = publish(ws, graph, "1"), publish(ws, graph, "2")
    first.disable()
    assert first.status == "Disabled"
    assert [each.id for each in PublishedPipeline.list(ws)] == [second.id]
    assert [each.id for each in PublishedPipeline.get_all(ws, active_only=False)] == [second.id, first.id]
    first.enable()
    assert len(PublishedPipeline.list(ws)) == 2


def test_one_that_is_not_there(ws: Workspace) -> None:
    with pytest.raises(KeyError, match="no published pipeline with the id x"):
        PublishedPipeline.get(ws, "x")
    with pytest.raises(Exception, match="no pipeline endpoint with the id x"):
        PipelineEndpoint.get(ws, id="x")


def test_looking_at_one_starts_no_server(ws: Workspace, graph: Graph) -> None:
    made = publish(ws, graph, "<b>")
    endpoint = PipelineEndpoint.publish(ws, "e", "d", made)
    for each in (made, endpoint, *endpoint.list_versions(), *endpoint.pipeline_version_list):
        assert made.id in repr(each) or "e" in repr(each)
        assert "<b>" not in each._repr_html_()
    assert "Status: Active" in str(made) and "started by .endpoint" in str(made)
    assert not PlaneFolder(ws._folder).path.exists()


def test_it_is_saved_as_yaml(ws: Workspace, graph: Graph, tmp_path: Path) -> None:
    text = publish(ws, graph, "Batch").save(str(tmp_path))
    assert (tmp_path / "pipeline.yml").read_text() == text
    told = YAML(typ="safe").load(text)["pipeline"]
    assert told["parameters"] == {"rate": {"type": "float", "default": 0.5}}
    assert told["steps"]["train"]["inputs"] == {"given": {"step": "prepare", "output": "made"}}
    assert told["steps"]["train"]["run_after"] == ["prepare"]


def test_submitting_one_that_is_disabled_or_with_an_unknown_parameter(ws: Workspace, graph: Graph) -> None:
    made = publish(ws, Graph([], graph.parameters), "x")
    with pytest.raises(ValueError, match="no parameter 'rat'"):
        made.submit(ws, "e", {"rat": 1})
    made.disable()
    with pytest.raises(ValueError, match="is Disabled"):
        made.submit(ws, "e")


def test_an_endpoint_grows_versions(ws: Workspace, graph: Graph) -> None:
    one, two, three = (publish(ws, graph, str(number)) for number in range(3))
    endpoint = PipelineEndpoint.publish(workspace=ws, name="e", pipeline=one, description="d")
    assert (endpoint.name, endpoint.description, endpoint.status, endpoint.default_version) == ("e", "d", "Active", "0")
    endpoint.add(two)
    assert endpoint.get_default_version() == "0"
    endpoint.add_default(three)
    assert endpoint.default_version == "2"
    assert [(each.version, each.pipeline.id) for each in endpoint.list_versions()] == [
        ("0", one.id),
        ("1", two.id),
        ("2", three.id),
    ]
    assert [each.pipeline_id for each in endpoint.pipeline_version_list] == [one.id, two.id, three.id]
    endpoint.set_default_version("1")
    assert PipelineEndpoint.get(ws, name="e").get_pipeline().id == two.id
    endpoint.set_default(one)
    assert endpoint.get_pipeline().id == one.id and endpoint.get_pipeline("2").id == three.id
    two.disable()
    assert [each.id for each in endpoint.list_pipelines()] == [one.id, three.id]
    assert len(endpoint.get_all_pipelines(active_only=False)) == 3


def test_an_endpoint_refuses_what_is_no_version_of_it(ws: Workspace, graph: Graph) -> None:
    one, other = publish(ws, graph, "1"), publish(ws, graph, "2")
    endpoint = PipelineEndpoint.publish(ws, "e", "d", one)
    for wrong in (lambda: endpoint.set_default_version("7"), lambda: endpoint.get_pipeline("7")):
        with pytest.raises(ValueError, match="no version '7'"):
            wrong()
    with pytest.raises(ValueError, match="no version of"):
        endpoint.set_default(other)
    with pytest.raises(TypeError, match="neither a Pipeline"):
        endpoint.add("pipeline")
    assert endpoint.get_default_version() == "0"


def test_names_of_endpoints_are_one_each(ws: Workspace, graph: Graph) -> None:
    one = publish(ws, graph, "1")
    first = PipelineEndpoint.publish(ws, "e", "d", one)
    with pytest.raises(ValueError, match="already"):
        PipelineEndpoint.publish(ws, "e", "d", one)
    second = PipelineEndpoint.publish(ws, "f", "d", one)
    with pytest.raises(ValueError, match="already"):
        second.set_name("e")
    first.archive()
    assert first.status == "Archived"
    second.set_name("e")
    assert PipelineEndpoint.get(ws, name="e").id == second.id
    with pytest.raises(ValueError, match="already"):
        first.reactivate("e")
    first.reactivate("g")
    assert (first.name, first.status) == ("g", "Active")
    with pytest.raises(KeyError, match="no pipeline endpoint 'x'; there are: g, e|e, g"):
        PipelineEndpoint.get(ws, name="x")
    with pytest.raises(ValueError, match="id or a name"):
        PipelineEndpoint.get(ws)


def test_endpoints_are_listed_and_called_while_active(
    ws: Workspace, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = publish(ws, graph, "1"), publish(ws, graph, "2")
    made = [PipelineEndpoint.publish(ws, name, "d", one) for name in "abc"]
    made[0].add(two)
    made[1].disable()
    assert [each.name for each in PipelineEndpoint.list(ws)] == ["c", "a"]
    assert [each.name for each in PipelineEndpoint.list(ws, active_only=False, max_results=2)] == ["c", "b"]
    assert len(PipelineEndpoint.get_all(ws, active_only=False)) == 3
    with pytest.raises(ValueError, match="is Disabled"):
        chosen(ws, made[1].id)
    called: list[Any] = []
    monkeypatch.setattr(calling, "call", lambda workspace, published, wanted: called.append((published["id"], wanted)))
    made[0].submit("e", {"rate": 1}, pipeline_version="1")
    made[0].submit("e")
    assert [each for each, _ in called] == [two.id, one.id]
    assert called[0][1].assignments == {"rate": 1}
    assert called[0][1].properties["azureml.pipelineendpointid"] == made[0].id


def test_an_experiment_submits_what_is_published(ws: Workspace, graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    published = publish(ws, graph, "1")
    endpoint = PipelineEndpoint.publish(ws, "e", "d", published)
    called: list[Any] = []
    monkeypatch.setattr(calling, "call", lambda workspace, published, wanted: called.append((published["id"], wanted)))
    experiment = Experiment(ws, "by-experiment")
    experiment.submit(published, tags={"who": "me"}, pipeline_parameters={"rate": 1}, continue_on_step_failure=True)
    experiment.submit(endpoint, pipeline_version="0")
    (first, one), (second, other) = called
    assert first == second == published.id
    assert (one.experiment_name, one.assignments, one.tags) == ("by-experiment", {"rate": 1}, {"who": "me"})
    assert one.continue_on_step_failure is True and other.assignments is None
    assert other.properties["azureml.pipelineendpointid"] == endpoint.id
    with pytest.raises(ValueError, match="no version '3'"):
        experiment.submit(endpoint, pipeline_version="3")
