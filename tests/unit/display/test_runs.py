"""Runs as cards, tables and panels: true, bounded, and harmless whatever a run is called or logs."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.records import RunRecord, RunRecords
from aml_nb.core.workspace import Workspace
from aml_nb.display import log_tail, run_panel
from aml_nb.display.metrics import Metric, MetricsView, as_html
from aml_nb.display.run_facts import RunFacts, options_of, rows_of
from aml_nb.display.run_words import duration, error_of
from aml_nb.display.runs import ExperimentTable, FileTable, RunCard, RunTable, run_of
from tests.unit.display.pages import assert_harmless

BAD = "<script>alert('x')</script>\"& <img src=x onerror=alert(1)>"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
Start = Callable[..., Any]


@pytest.fixture
def run(ws: Workspace) -> Any:
    return Experiment(ws, "iris").start_logging(snapshot_directory=None)


def facts_of(run: Any) -> RunFacts:
    facts = RunFacts(run.experiment.workspace, run.id)
    facts.refresh()
    return facts


def write_log(run: Any, text: str, name: str = "user_logs/std_log.txt") -> Path:
    path = RunFolder(run.experiment.workspace, run.id).logs / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_second_look_says_what_has_come_since(run: Any) -> None:
    facts = facts_of(run)
    assert facts.refresh() == set()
    run.log("accuracy", 0.5)
    assert facts.refresh() == {"metrics"}
    run.log("accuracy", 0.75)
    write_log(run, "epoch 1\n")
    assert facts.refresh() == {"metrics", "logs"}
    assert [metric.values for metric in facts.metrics] == [[0.5, 0.75]]
    run.child_run("fold").complete()
    run.complete()
    assert facts.refresh() == {"head", "children"}
    assert facts.over


def test_every_kind_of_metric_is_shown(run: Any, tmp_path: Path) -> None:
    picture = tmp_path / "roc.png"
    picture.write_bytes(PNG)
    for step in range(5):
        run.log("loss", 1 / (step + 1), step=step * 10)
    run.log("note", "fine")
    run.log_list("fibonacci", [1, 1, 2, 3, 5])
    for x in range(3):
        run.log_row("cosine", angle=x, value=math.cos(x))
    run.log_table("folds", {"fold": [1, 2], "name": ["a", "b"]})
    run.log_image("roc", path=str(picture))
    run.log_confusion_matrix(
        "confusion", document("confusion_matrix", class_labels=["no", "yes"], matrix=[[8, 2], [1, 9]])
    )
    run.log_residuals("residuals", document("residuals", bin_edges=[-1, 0, 1], bin_counts=[3, 5]))
    run.log_predictions("predictions", document("predictions", bin_edges=[0, 1, 2], bin_averages=[0.4, 1.6]))
    run.log_accuracy_table(
        "curves", document("accuracy_table", class_labels=["no"], probability_tables=[[[5, 5, 0, 0], [4, 1, 4, 1]]])
    )
    facts = facts_of(run)
    page = assert_harmless(run_panel.whole(facts))
    for said in ("note", "fine", "angle", "folds", "true \\ predicted", "8", "roc"):
        assert said in page.text
    drawn = "".join(run_panel.metrics(facts, pictures=False))
    for title in ("loss", "fibonacci", "cosine", "residuals", "predictions", "curves: ROC", "curves: precision"):
        assert f"<title>{title}</title>" in drawn
    assert len([a for a in page.addresses if a.startswith("data:image/png")]) == 1
    assert "step" in drawn


def document(kind: str, **data: Any) -> dict[str, Any]:
    return {"schema_type": kind, "schema_version": "1.0.0", "data": data}


def test_a_metric_over_its_steps() -> None:
    assert Metric("a", "scalar", [3, 1], [20, 10]).points() == [(10.0, 1.0), (20.0, 3.0)]
    assert Metric("a", "scalar", [3, 1], [None, None]).points() == [(0.0, 3.0), (1.0, 1.0)]
    assert Metric("a", "scalar", [3, 1], [0, 0]).points() == [(0.0, 3.0), (1.0, 1.0)]
    assert Metric("a", "scalar", [3], [7]).points() == [(7.0, 3.0)]
    assert Metric("a", "scalar", ["x", 1], [None, None]).points() == []


@pytest.mark.parametrize(
    "data",
    [None, 7, {}, {"data": None}, {"data": {"matrix": [1, [2]]}}, {"data": {"matrix": [["x"]], "class_labels": 3}},
     {"data": {"probability_tables": [[1, 2], None], "class_labels": ["a"]}}, {"data": {"bin_edges": 5}},
     {"data": {"bin_edges": [1, "x", 3], "bin_counts": [1], "bin_averages": {"a": 1}}}],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["confusion_matrix", "accuracy_table", "residuals", "predictions", "image"])
def test_documents_that_make_no_sense_spoil_no_page(kind: str, data: Any) -> None:
    whole = Metric("fine", "scalar", [1, 2], [None, None])
    assert "fine" in as_html([Metric("odd", kind, data=data), whole], pictures=False)
    assert "fine" in MetricsView("run", {}, [Metric("odd", kind, data=data), whole]).as_text()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.just(BAD),
        st.text(min_size=1, max_size=30),
        st.sampled_from(["</pre><b>", "'\"><svg/onload=x>", "\x00\x1b[2J"]),
    )
)
def test_nothing_that_a_run_says_becomes_markup(ws: Workspace, text: str) -> None:
    record = RunRecord(
        "r-1", "iris", "e", 1, status="Failed", created=1, started=2, ended=3, display_name=text, description=text,
        target=text, tags={text: text}, properties={}, run_type=text,
        payload={"error": {"error": {"message": text}}, "script": text, "run_definition": {"arguments": ["--a", text]}},
    )  # fmt: skip
    records = RunRecords(ws._store)
    records.remove("r-1")
    records.create(record)
    run = run_of(ws, record)
    facts = facts_of(run)
    facts.metrics = [
        Metric(text, "scalar", [1.0, 2.0], [None, None]), Metric(text, "scalar", [text], [None]),
        Metric(text, "row", rows=[{text: text}, {text: 1}]), Metric(text, "image", data=text),
        Metric(text, "confusion_matrix", data={"data": {"matrix": [[text]], "class_labels": [text]}}),
    ]  # fmt: skip
    facts.logs = [log_tail.tail(text, io.BytesIO(text.encode("utf-8", "replace")))]
    for pictures in (True, False):
        assert_harmless(run_panel.metrics(facts, pictures))
    assert_harmless(run_panel.whole(facts))
    assert_harmless(RunCard(run, facts=facts).as_html())
    assert_harmless(RunTable(ws, [record], {"r-1": facts.metrics}).as_html())
    assert_harmless(FileTable(text, [(text, 1)]).as_html())
    for plain in (run_panel.as_text(facts), repr(RunCard(run, facts=facts)), repr(RunTable(ws, [record], {}))):
        assert "\x1b" not in plain and "\x00" not in plain


def test_a_log_of_any_length_shows_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    with path.open("wb") as file:
        file.truncate(100_000_000)
        file.seek(0, 2)
        file.write(b"\n" + b"".join(b"line %d\n" % number for number in range(1000)))
    with path.open("rb") as opened:
        found = log_tail.tail("log.txt", opened)
    assert found.lines[-1] == "line 999" and len(found.lines) == log_tail.MOST_LINES
    assert not found.whole and "the last 200 lines of 100 MB" in run_panel.log_title(found)


def test_logs_that_were_kept_are_shown_when_the_folder_has_none(run: Any, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("kept\n")
    run.upload_file("logs/azureml/main.txt", str(log))
    assert facts_of(run).logs == []
    run.complete()
    facts = facts_of(run)
    assert [(found.name, found.lines) for found in facts.logs] == [("logs/azureml/main.txt", ("kept",))]
    assert facts.refresh() == set()


def test_a_progress_bar_is_its_last_state() -> None:
    data = b"\x1b[32m10%\r50%\r100%\x1b[0m\r\nnext\x07 line\npart"
    assert log_tail.tail("x", io.BytesIO(data)).lines == ("100%", "next  line", "part")


@given(st.binary(max_size=400), st.integers(1, 5))
def test_every_log_can_be_read(data: bytes, most: int) -> None:
    found = log_tail.tail("x", io.BytesIO(data), most=most)
    assert len(found.lines) <= most
    assert all("\n" not in line and "\x1b" not in line for line in found.lines)


def test_a_failed_run_says_why_and_shows_its_log(run: Any) -> None:
    write_log(run, "\n".join(f"line {n}" for n in range(50)))
    run.fail(error_details="ValueError: bad\nat line 3", error_code="UserError")
    facts = facts_of(run)
    page = run_panel.whole(facts)
    assert "ValueError: bad\nat line 3" in page
    assert "<details open" in page
    assert "line 49" in run_panel.as_text(facts)


def test_children_are_sorted_by_the_metric_of_their_parent(ws: Workspace, run: Any) -> None:
    run.add_properties({"primary_metric_config": '{"name": "auc", "goal": "minimize"}'})
    for value in (0.7, 0.3, math.nan, 0.5):
        child = run.child_run()
        child.log("auc", value)
        child.complete()
    run.child_run("none").complete()
    facts = facts_of(run)
    assert [child.value for child in facts.children[:3]] == [0.3, 0.5, 0.7]
    assert facts.best is not None and facts.best.value == 0.3
    text = run_panel.as_text(facts)
    assert "best" in text and "auc 0.3" in text
    assert "auc by child" in run_panel.children(facts, pictures=False)


def test_a_table_of_runs_is_a_sequence_of_runs(ws: Workspace, run: Any) -> None:
    run.display_name = "first"
    run.log("accuracy", 0.9)
    records = list(RunRecords(ws._store).find())
    table = RunTable(ws, records, {})
    assert len(table) == 1
    assert table[0].id == table["first"].id == run.id == next(iter(table)).id
    assert type(table[0]) is type(run)
    with pytest.raises(KeyError):
        table["nothing"]


def test_a_workspace_without_runs_says_what_to_type(ws: Workspace) -> None:
    assert "%%train" in repr(RunTable(ws, [], {}))
    assert "%experiment NAME" in repr(ExperimentTable([], {}, None))


def test_a_card_of_a_run(run: Any) -> None:
    run.log("accuracy", 0.9375)
    run.tag("area", "flowers")
    card = RunCard(run)
    assert "accuracy 0.9375" in repr(card) and "area=flowers" in repr(card)
    assert card.as_data()["metrics"] == {"accuracy": 0.9375}
    assert card.run is run
    assert "METRIC" in card.as_html()


def test_metrics_as_an_object(run: Any) -> None:
    view = MetricsView("run", {"a": [1, 2]}, [Metric("a", "scalar", [1, 2], [None, None])])
    assert dict(view) == {"a": [1, 2]} == view.as_data()
    frame = view.to_pandas_dataframe()
    assert list(frame.columns) == ["name", "step", "value"] and list(frame["value"]) == [1, 2]
    assert "logged no metrics" in repr(MetricsView("run", {}, []))


def test_columns_as_rows() -> None:
    assert rows_of({"x": [1, 2], "y": 3}) == [{"x": 1, "y": 3}, {"x": 2}]
    assert rows_of({}) == []


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--depth", 5, "--fast", "--rate=0.1", "path"], {"depth": 5, "fast": "", "rate": "0.1"}),
        (["--a", "-1", "--"], {"a": "-1"}),
        (["--data", "DatasetConsumptionConfig:iris", "--k", 2], {"k": 2}),
        ([], {}),
    ],
)
def test_the_options_among_arguments(arguments: list[Any], found: dict[str, Any]) -> None:
    assert options_of(arguments) == found


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.04, "0.0 s"), (12.4, "12 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"), (-5, "0.0 s")]
)
def test_how_long(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_long_error_is_cut_between_words_and_shows_it() -> None:
    record: Any = SimpleNamespace(payload={"error": {"message": "features " * 40 + "\nmore"}})
    assert error_of(record) == ("features " * 22).strip() + " …"
    assert error_of(record, whole=True).endswith("more")
    record.payload["error"] = "short\nmore"
    assert error_of(record) == "short"
