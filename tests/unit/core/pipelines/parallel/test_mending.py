"""A pipeline whose parallel step was gone on with by another script is published with that one."""

from __future__ import annotations

from aml_nb.core.pipelines.graph import Graph, Node
from aml_nb.core.pipelines.parallel.mending import SOURCE, mended
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.workspace import Workspace

OLD = {"id": "1", "digest": "old", "folder": "scripts"}
NEW = {"id": "2", "digest": "new", "folder": "scripts"}


def step(ws: Workspace, run_id: str, status: str, source: dict[str, str] | None) -> None:
    facts = {"properties": {"azureml.nodeid": "a"}, "payload": {} if source is None else {SOURCE: source}}
    RunRecords(ws._store).create(
        RunRecord(run_id, "batch", Experiment(ws, "batch").id, status=status, parent_id="pipeline", **facts)
    )


def test_the_script_that_completed_takes_the_place_of_the_one_that_failed(ws: Workspace) -> None:
    nodes = [Node("a", "score", "parallel", settings={"source": OLD, "tries": 3}), Node("b", "report", "script")]
    graph = Graph(nodes=nodes)
    step(ws, "first", "Failed", None)
    step(ws, "second", "Failed", {**NEW, "digest": "still wrong"})
    assert mended(ws, "pipeline", graph) == graph
    step(ws, "third", "Completed", NEW)
    score, report = mended(ws, "pipeline", graph).nodes
    assert score.settings == {"source": NEW, "tries": 3} and report == nodes[1]
    assert score.module_id and score.module_id != nodes[0].module_id
    assert mended(ws, "another", graph) == graph
