"""Batches and pipelines as cards, tables and lines: true, bounded, and harmless whatever a script says."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas
import pytest

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.graph import Graph, Node, OutPort, Parameter
from aml_nb.core.pipelines.parallel.progress import FOLDER, OWNER
from aml_nb.core.pipelines.parallel.trying import Tried
from aml_nb.core.pipelines.published import publish
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.workspace import Workspace
from aml_nb.display.base import Shown
from aml_nb.display.batch import BatchCard, BatchTable, ErrorTable, RowsView, TriedCard
from aml_nb.display.pipelines import PublishedCard, PublishedTable, StepFacts, StepsView, steps_of_run
from aml_nb.engines.batch import BatchSummary
from aml_nb.engines.batch.spec import ERRORS_FILE, PROGRESS_FILE
from aml_nb.errors import UsageError
from aml_nb.verbs import MAGIC, VERBS
from aml_nb.verbs.context import Context
from aml_nb.verbs.finding_batches import batches, batches_of
from aml_nb.verbs.following import _Lines, _Page
from tests.unit.display.pages import assert_harmless

BAD = "<script>alert('x')</script>\"& <img src=x onerror=alert(1)>"
COUNTS = {
    "status": "Running", "done": 3, "failed": 1, "batches": 8, "items": 20, "items_failed": 5, "items_total": 40,
    "rows": 15, "retries": 2, "rate": 10.0, "seconds": 2.0, "seconds_left": 75.0,
}  # fmt: skip


def made(ws: Workspace, status: str, name: str = "score", **step: Any) -> tuple[RunRecord, RunRecord]:
    """A pipeline's run with a step that scores mini-batches, as the driver records them."""
    settings = {
        "entry_script": f"{name}.py", "mini_batch_size": 5, "items": "file", "error_threshold": 1, "outputs": ["rows"],
        "output_action": "append_row", "append_row_file_name": None,
    }  # fmt: skip
    nodes = [
        Node("a", "prepare", "script", step_type="PythonScriptStep"),
        Node("b", name, "parallel", settings, outputs=[OutPort("rows", "reference", {})], run_after=["a"]),
    ]
    records = RunRecords(ws._store)
    facts: dict[str, Any] = {"experiment": "lab", "experiment_id": "1", "status": status}
    payload = {"pipeline": {"graph": Graph(nodes).to_dict()}, "interactive": True}
    parent = records.create(
        RunRecord(run_id="parent-1", run_type="azureml.PipelineRun", payload=payload, display_name=name, **facts)
    )
    payload = {"step": {"node": "b"}, OWNER: "step-1", "interactive": True, **step}
    facts.update(run_type="azureml.StepRun", parent_id="parent-1", root_id="parent-1", display_name=name)
    child = records.create(RunRecord(run_id="step-1", payload=payload, started=parent.created, **facts))
    job = RunFolder(ws, "step-1").path / FOLDER
    job.mkdir(parents=True)
    (job / PROGRESS_FILE).write_text(json.dumps(COUNTS))
    return parent, child


@contextmanager
def held(ws: Workspace) -> Iterator[None]:
    """The two runs are worked on."""
    with closing(RunFolder(ws, "parent-1").hold(keep=False)), closing(RunFolder(ws, "step-1").hold(keep=False)):
        yield


def note(ws: Workspace, *errors: dict[str, Any]) -> None:
    """Errors as the engine writes them down."""
    lines = [json.dumps(each) for each in errors]
    (RunFolder(ws, "step-1").path / FOLDER / ERRORS_FILE).write_text("\n".join(lines) + "\n")


def error(number: int, attempt: int, final: bool) -> dict[str, Any]:
    return {
        "mini_batch": number, "files": [f"/data/{n}.csv" for n in range(6)], "try": attempt, "tries": 3, "final": final,
        "message": "score.py, line 7: run() raised ValueError: no", "file": "score.py", "line": 7, "traceback": BAD,
    }  # fmt: skip


def test_a_batch_says_how_far_it_is(ws: Workspace) -> None:
    made(ws, "Failed")
    (batch,) = batches(ws)
    card = BatchCard(batch)
    said = repr(card)
    assert "3 of 8 mini-batches, 20 of 40 items, 1 mini-batch and 5 items failed" in said
    assert "5 files" in said and "1 file or row may fail" in said
    assert "%batch errors" in said and "%batch resume" in said and "%batch results" not in said
    assert "width:50.0%" in card.as_html()
    data = card.as_data()
    assert (data["id"], data["step"], data["status"]) == ("parent-1", "step-1", "Failed")
    assert data["progress"]["items"] == 20 and data["progress"]["seconds_left"] == 75.0
    table = BatchTable([batch])
    assert table[0].id == table["score"].id == next(iter(table)).id == "parent-1"
    with pytest.raises(KeyError):
        table["other"]


def test_one_that_goes_on_says_how_long_it_will_take(ws: Workspace) -> None:
    parent, _ = made(ws, "Running")
    with held(ws):
        _goes_on(ws, parent)


def _goes_on(ws: Workspace, parent: RunRecord) -> None:
    (batch,) = batches_of(ws, parent)
    assert "10 items/s, 1 min 15 s left" in repr(BatchTable([batch]))
    prepare, score = steps_of_run(ws, parent)
    assert (prepare.state, prepare.progress, score.after) == ("NotStarted", "", ("prepare",))
    assert "1 min 15 s left" in score.progress and score.share == 0.5 and score.state == "Running"


def test_what_failed_has_file_names_and_a_line(ws: Workspace) -> None:
    made(ws, "Failed")
    note(ws, error(2, 1, False), error(4, 1, False), error(4, 2, True))
    context = Context(MAGIC)
    table = VERBS["batch"].run(["errors", "parent-1"], context)
    assert [each["mini_batch"] for each in table] == [4]  # what went well in the end is not among them
    assert repr(table).splitlines()[1].split("  ")[0] == "4"
    assert "0.csv, 1.csv, 2.csv and 3 more" in repr(table) and "score.py, line 7" in repr(table)
    assert "run() raised ValueError: no" in repr(table) and "line 7: run()" not in repr(table)
    assert table.to_pandas_dataframe()["line"].tolist() == [7]
    assert len(VERBS["batch"].run(["errors", "step-1", "--all"], context)) == 3
    assert_harmless(table.as_html())
    assert "No mini-batch of score failed" in repr(ErrorTable("score", []))


def test_what_a_failed_batch_has_no_rows_for(ws: Workspace) -> None:
    made(ws, "Failed")
    context = Context(MAGIC)
    with pytest.raises(UsageError, match="score is Failed: it wrote no rows") as caught:
        VERBS["batch"].run(["results"], context)
    assert "--partial" in caught.value._text()
    with pytest.raises(UsageError, match="no mini-batch of score is done yet"):
        VERBS["batch"].run(["results", "--partial"], context)


def test_one_that_is_going_cannot_be_resumed(ws: Workspace) -> None:
    made(ws, "Running")
    with held(ws):
        with pytest.raises(UsageError, match="still going: it is Running"):
            VERBS["batch"].run(["resume"], Context(MAGIC))
        with pytest.raises(UsageError, match="still going") as caught:
            VERBS["batch"].run(["results"], Context(MAGIC))
        assert "--partial" in caught.value._text()


def test_whatever_things_are_called(ws: Workspace) -> None:
    parent, _ = made(ws, "Failed", BAD)
    note(ws, {**error(1, 1, True), "message": BAD, "files": [BAD], "file": BAD})
    (batch,) = batches_of(ws, parent)
    published = publish(ws, Graph([Node("1", BAD, BAD)], {BAD: Parameter(BAD, "string", BAD)}), BAD, BAD, BAD)
    kept.records(ws, kept.SCHEDULE).create("1", {"name": BAD, "status": BAD, "pipeline_id": published.id})
    tried = Tried([BAD], [BAD], BAD, {"message": BAD, "kind": "short"}, BatchSummary(BAD))
    step = StepFacts(BAD, BAD, BAD, (BAD,), BAD, BAD, BAD, 0.5, BAD)
    shown: list[Shown] = [
        BatchCard(batch), BatchTable([batch]), TriedCard(BAD, tried), StepsView(BAD, BAD, [step], BAD),
        VERBS["batch"].run(["errors"], Context(MAGIC)), PublishedCard(ws, published), PublishedTable(ws, [published]),
        RowsView(BAD, pandas.DataFrame({BAD: [BAD]})),
    ]  # fmt: skip
    for each in shown:
        assert_harmless(each.as_html())
        assert "\x1b" not in each.as_text()
        json.dumps(each.as_data())


def test_a_tried_script_shows_its_rows_and_what_is_missing() -> None:
    rows = [f"row {n}" for n in range(12)]
    told = {"message": "run() returned 12 elements for 13 rows: 1 failed", "kind": "short"}
    card = TriedCard("score.py", Tried(13, rows, "loading", told, BatchSummary("Completed", seconds=1.25)))
    assert card.lines == rows
    said = repr(card)
    assert "13 rows" in said and "row 9" in said and "row 10" not in said and "… and 2 more" in said
    assert "1 failed" in said and "printed:\nloading" in said


def test_rows_in_a_terminal() -> None:
    view = RowsView("score", pandas.DataFrame({"File": [f"{n}.csv" for n in range(12)], "Prediction": 1}))
    assert view.as_text().splitlines()[0].split() == ["File", "Prediction"]
    assert "9.csv" in view.as_text() and "10.csv" not in view.as_text()
    assert "12 rows of score, the first 10" in view.as_text() and len(view.as_data()) == 12


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def view(state: str, progress: str = "") -> StepsView:
    return StepsView("lab", state, [StepFacts("score", "", state, progress=progress, took="2.0 s")])


def test_a_terminal_shows_progress_in_place() -> None:
    stream = Terminal()
    lines = _Lines(stream)
    assert lines(view("Running"), False)
    assert not lines(view("Running", "3 of 8, 1 s left"), False)
    lines(view("Running", "8 of 8"), False)
    assert lines(view("Finished", "8 of 8"), True)
    first, *rest = stream.getvalue().split("\r")
    assert first == "score: Running\n"
    assert rest[0] == "3 of 8, 1 s left" and rest[1].rstrip() == "8 of 8" and len(rest[1]) == len(rest[0])
    assert rest[-1] == "score: Finished after 2.0 s, 8 of 8\n"


def test_a_log_gets_whole_lines_only() -> None:
    stream = io.StringIO()
    lines = _Lines(stream)
    for n in range(50):
        lines(view("Running", f"{n} of 50"), False)
    lines(view("Finished", "50 of 50"), True)
    assert stream.getvalue() == "score: Running\nscore: Finished after 2.0 s, 50 of 50\n"


def test_a_notebook_has_one_output_that_changes() -> None:
    published: list[tuple[Any, ...]] = []

    def publish_page(data: Any, metadata: Any, *, transient: Any, update: bool) -> None:
        published.append((data["text/html"], transient["display_id"], update))

    page = _Page(SimpleNamespace(publish=publish_page))
    assert page(view("Running", "1 of 2"), False)
    assert not page(view("Running", "1 of 2"), False)
    page(view("Running", "2 of 2"), False)
    assert page(view("Finished", "2 of 2"), True)
    assert [update for _, _, update in published] == [False, True, True]
    assert len({display for _, display, _ in published}) == 1 and "Finished" in published[-1][0]


def test_a_folder_without_batches(ws: Workspace, tmp_path: Path) -> None:
    assert list(batches(ws)) == [] and "No batches here yet" in repr(BatchTable([]))


def test_several_in_one_pipeline_are_told_apart(ws: Workspace) -> None:
    parent, _ = made(ws, "Failed")

    def add(fields: dict[str, Any]) -> None:
        nodes = fields["payload"]["pipeline"]["graph"]["nodes"]
        nodes.append({**nodes[1], "id": "c", "name": "second"})

    RunRecords(ws._store).change(parent.run_id, add)
    assert [batch.name for batch in batches(ws)] == ["score", "second"]
    context = Context(MAGIC)
    with pytest.raises(UsageError, match="2 steps that score") as caught:
        VERBS["batch"].run(["status", "parent-1"], context)
    assert "name one of them: score" in caught.value._text()
    assert VERBS["batch"].run(["status", "step-1"], context).as_data()["step"] == "step-1"
