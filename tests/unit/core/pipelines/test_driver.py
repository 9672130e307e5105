"""The driver of pipelines, with steps that are over as soon as they start."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aml_nb.core.pipelines import executing
from aml_nb.core.pipelines.driver import _MOST_HERE, drive
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.graph import Graph, Node, OutPort, Port
from aml_nb.core.runs import status as states
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords, now, told
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace

STORE = "workspaceblobstore"


class Steps:
    """Steps that write their name and what they read into their output, or do as ``settings["do"]`` says."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.started: list[str] = []
        self.finished: list[str] = []

    def start(self, driver: Any, node: Node, resolved: executing.Resolved) -> Run:
        self.started.append(node.name)
        do = resolved.settings.get("do", "well")
        if do == "refuse":
            raise ValueError("it cannot be started")
        if do == "cancel all":
            driver.cancelled.set()
        texts = [node.name, *resolved.arguments]
        for entry in resolved.inputs:
            path = Path(self.place(entry.get("source", {}).get("path", "")))
            texts += [] if "create" in entry or do == "only write" else [path.read_text()]
        for port in node.outputs:
            Path(driver.folder_of(resolved, port.name)).write_text(" ".join(texts))
        ended = {"well": states.COMPLETED, "fail": states.FAILED}.get(do, states.COMPLETED)
        facts = {name: value for name, value in resolved.facts.items() if name not in ("parent", "tags")}
        RunRecords(self.workspace._store).create(
            RunRecord(
                experiment="e",
                experiment_id=driver.experiment.id,
                parent_id=driver.run_id,
                status=ended,
                started=now(),
                ended=now(),
                payload={"error": told(f"{node.name} broke")} if do == "fail" else {},
                **facts,
            )
        )
        return Run.get(self.workspace, resolved.run_id)

    def finish(self, driver: Any, node: Node, run: Run, resolved: executing.Resolved) -> None:
        self.finished.append(node.name)
        if resolved.settings.get("do") == "finish badly":
            raise ValueError("it cannot be kept")

    def place(self, path: str) -> str:
        return str(self.workspace.get_default_datastore()._local(path))


@pytest.fixture
def steps(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> Steps:
    made = Steps(ws)
    module = SimpleNamespace(start=made.start, finish=made.finish)
    monkeypatch.setitem(sys.modules, "steps_for_tests", module)  # type: ignore[arg-type]
    monkeypatch.setitem(executing.EXECUTORS, "fake", "steps_for_tests")
    return made


def node(
    ws: Workspace, name: str, before: Any = (), do: str = "well", reads: Any = (), reuse: bool = False, words: Any = ()
) -> Node:
    from aml_nb.core.data.datasets.expansion import address

    source = {"path": "azureml/{run-id}/{output-name}", "datastore": STORE, "workspace": address(ws)}
    entry = {"source": source, "mode": "mount", "path_on_compute": None, "overwrite": False, "create": False}
    inputs = [Port(f"in_{each}", {"kind": "step", "node": each, "output": "out"}) for each in reads]
    outputs = [OutPort("out", "reference", entry)]
    return Node(
        name, name, "fake", {"do": do}, list(words), inputs, outputs, list(before), reuse, None, "Fake", f"m{name}"
    )


def run(ws: Workspace, nodes: list[Node], cancelled: threading.Event | None = None, **options: Any) -> tuple[Run, Any]:
    """Drive a pipeline here; its run and the error, if there was one."""
    experiment = Experiment(ws, "e")
    record = RunRecord(
        run_id=f"pipeline{now()}{len(list(RunRecords(ws._store).find()))}", experiment="e", experiment_id=experiment.id
    )
    RunRecords(ws._store).create(replace(record, status=states.RUNNING, payload={"interactive": True}))
    hold = RunFolder(ws, record.run_id).make().hold(keep=False)
    payload = {
        "graph": Graph(nodes, default_datastore=STORE).to_dict(),
        "values": {"n": 3},
        "continue_on_step_failure": False,
        "regenerate_outputs": False,
        **options,
    }
    try:
        drive(Run.get(ws, record.run_id), payload, cancelled or threading.Event())
        return Run.get(ws, record.run_id), None
    except PipelineError as error:
        return Run.get(ws, record.run_id), error
    finally:
        hold.close()


def of(pipeline: Run, name: str) -> Any:
    return next(child for child in pipeline.get_children() if child.display_name == name)


def test_steps_read_what_others_wrote(ws: Workspace, steps: Steps) -> None:
    nodes = [
        node(ws, "c", reads=["a", "b"], words=["x", {"parameter": "n"}]),
        node(ws, "b", reads=["a"]),
        node(ws, "a"),
    ]
    pipeline, error = run(ws, nodes)
    assert error is None
    assert steps.started == steps.finished == ["a", "b", "c"]
    output = of(pipeline, "c").get_output_data("out")
    assert Path(steps.place(output.path_on_datastore)).read_text() == "c x 3 a b a"
    assert of(pipeline, "c").properties["azureml.nodeid"] == "c"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), go_on=st.booleans())
def test_what_waits_for_a_step_that_failed_never_starts(
    ws: Workspace, steps: Steps, data: st.DataObject, go_on: bool
) -> None:
    steps.started.clear()
    size = data.draw(st.integers(1, 6))
    before = {n: data.draw(st.lists(st.integers(0, n - 1), unique=True)) if n else [] for n in range(size)}
    bad = data.draw(st.sets(st.integers(0, size - 1)))
    how = {n: data.draw(st.sampled_from(["fail", "refuse", "finish badly"])) for n in bad}
    nodes = [node(ws, f"s{n}", [f"s{b}" for b in before[n]], how.get(n, "well")) for n in range(size)]
    _, error = run(ws, data.draw(st.permutations(nodes)), continue_on_step_failure=go_on)
    good: set[int] = set()
    reached: set[int] = set()
    for n in range(size):
        if set(before[n]) <= good:
            reached.add(n)
            good |= {n} - bad
    started = {int(name[1:]) for name in steps.started}
    assert len(steps.started) == len(started), "no step starts twice"
    assert (error is not None) == bool(reached & bad)
    assert started == reached if go_on or not bad else started <= reached
    for n in sorted(started & bad):
        assert go_on is False or f"Step [s{n}] failed: " in error.message
    if go_on and error is not None:
        left = set(range(size)) - reached
        assert all(f"s{n}" in error.message.splitlines()[-1] for n in left)


def test_a_step_that_cannot_start_is_a_run_that_failed(ws: Workspace, steps: Steps) -> None:
    pipeline, error = run(ws, [node(ws, "a", do="refuse"), node(ws, "b", ["a"])])
    assert "Step [a] failed: ValueError: it cannot be started" in error.message
    assert "b." in error.message
    child = of(pipeline, "a")
    assert (child.get_status(), child.status) == ("Failed", "Failed")
    assert "cannot be started" in child.get_details()["error"]["error"]["message"]
    unknown = replace(node(ws, "z"), kind="quantum")
    assert "'quantum' cannot be run here" in run(ws, [unknown])[1].message


def test_a_step_is_not_run_again_unless_something_changed(ws: Workspace, steps: Steps) -> None:
    nodes = [node(ws, "a", reuse=True), node(ws, "b", reads=["a"], reuse=True)]

    def again(nodes: list[Node] = nodes, **options: Any) -> list[str]:
        steps.started.clear()
        again.run, error = run(ws, nodes, **options)  # type: ignore[attr-defined]
        assert error is None
        return list(steps.started)

    assert again() == ["a", "b"]
    first = again.run  # type: ignore[attr-defined]
    of(first, "b")._journal.append("accuracy", "scalar", 0.5)
    assert again() == []
    child = of(again.run, "b")  # type: ignore[attr-defined]
    assert child.properties["azureml.reusedrunid"] == of(first, "b").id
    assert child.get_status() == "Finished"
    assert child.get_metrics() == {"accuracy": 0.5}
    assert child.get_output_data("out").path_on_datastore == of(first, "b").get_output_data("out").path_on_datastore
    assert again() == [], "what stands for an earlier run is known by that one"
    assert again(regenerate_outputs=True) == ["a", "b"]
    assert again([replace(nodes[0], arguments=["--new"]), nodes[1]]) == ["a", "b"], "b reads something else now"
    assert again([replace(nodes[0], allow_reuse=False), nodes[1]]) == ["a"], "what b reads is the same"
    written = of(first, "b").get_output_data("out").path_on_datastore
    assert again() == []
    for child in Run.get(ws, first.id).experiment.get_runs(include_children=True):
        if child.display_name == "b":
            Path(steps.place(child.get_output_data("out").path_on_datastore)).write_text("spoilt")
    assert again() == ["b"], f"what it wrote was changed since: {written}"


def test_a_step_is_run_again_when_a_file_that_it_reads_changed(ws: Workspace, steps: Steps) -> None:
    from aml_nb.core.data.datasets.definition import Definition, Source
    from aml_nb.core.data.datasets.expansion import address
    from aml_nb.core.data.datasets.registry import restore, save

    file = Path(steps.place("in/a.txt"))
    file.parent.mkdir(parents=True)
    file.write_text("first")
    source = {"path": "in/a.txt", "datastore": STORE, "workspace": address(ws)}
    dataset = restore(ws, Definition("file", (Source(**source),)))
    told = {"kind": "dataset", "id": save(dataset, ws), "definition": dataset._definition.to_dict()}
    as_path, as_dataset = Port("in", {"kind": "reference", "source": source}), Port("in", told, "dataset")

    def runs(read: Port) -> bool:
        steps.started.clear()
        run(ws, [replace(node(ws, "a", reuse=True, do="only write"), inputs=[read])])
        return steps.started == ["a"]

    for read in (as_path, as_dataset):
        assert runs(read)
        assert not runs(read)
        file.write_text(file.read_text() + " and more")
        assert runs(read)
    everything = Port("in", {"kind": "reference", "source": {**source, "path": ""}})
    assert runs(everything)
    file.write_text("changed")
    assert not runs(everything), "of a whole datastore, which has the outputs too, only the name counts"


def test_only_so_many_steps_at_once_on_this_machine(
    ws: Workspace, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    most: list[int] = []

    def start(driver: Any, node: Node, resolved: executing.Resolved) -> Run:
        most.append(1 + len(driver._running))
        return steps.start(driver, node, resolved)

    monkeypatch.setattr(sys.modules["steps_for_tests"], "start", start)
    _, error = run(ws, [node(ws, f"s{n}") for n in range(_MOST_HERE + 3)])
    assert error is None
    assert max(most) == _MOST_HERE
    assert len(most) == _MOST_HERE + 3


def test_a_cancelled_pipeline_starts_nothing_more(ws: Workspace, steps: Steps) -> None:
    pipeline, error = run(ws, [node(ws, "a", do="cancel all"), node(ws, "b", ["a"]), node(ws, "c")])
    assert error is None
    assert steps.started == ["a"]
    assert [child.display_name for child in pipeline.get_children()] == ["a"]
