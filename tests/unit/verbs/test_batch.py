"""``%%batch_script`` and ``%batch``: the words they take, what they refuse, how rows are read."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aml_nb.core.data.datasets.file_factory import FileDatasetFactory
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.workspace import Workspace
from aml_nb.errors import AmlError, UsageError
from aml_nb.magics.completion import complete
from aml_nb.magics.words import Variable
from aml_nb.verbs import MAGIC, VERBS
from aml_nb.verbs.batch_data import find_data, word
from aml_nb.verbs.batch_results import SEPARATORS, guess, read
from aml_nb.verbs.batch_run import experiment_name
from aml_nb.verbs.context import Context
from aml_nb.verbs.finding_runs import choose_experiment

SCRIPT = "def init():\n    pass\ndef run(mini_batch):\n    return list(mini_batch)\n"


@pytest.fixture
def context(ws: Workspace) -> Context:
    Path("score.py").write_text(SCRIPT)
    Path("data").mkdir()
    Path("data/one.csv").write_text("1,2\n")
    return Context(MAGIC, say=lambda text: None)


def do(context: Context, line: str) -> Any:
    verb, *words = line.split()
    return VERBS[verb].run(words, context)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("batch run scoer.py --data data", "did you mean score.py"),
        ("batch run notes.txt --data data", "is no Python script"),
        ("batch run score.py", "--data"),
        ("batch run score.py --data dta", "did you mean data"),
        ("batch run score.py --data empty", "has no file"),
        ("batch run score.py --data data --mini-batch-size kilos", "--mini-batch-size 10KB"),
        ("batch run score.py --data data --nodes 0", "--nodes 1"),
        ("batch run score.py --data data --tries 0", "--tries 3"),
        ("batch run score.py --data data --timeout 0", "--timeout 60"),
        ("batch run score.py --data data --error-threshold -2", "any number"),
        ("batch run score.py --data data --compute nowhere", "no compute target 'nowhere'"),
        ("batch run score.py --data data --environment nothing", "nothing"),
        ("batch run score.py --data data --output a/b", "is no name"),
        ("batch run score.py --data data --param output=1", "--param with another name"),
        ("batch run score.py --data data --tag kind", "is not key=value"),
        ("batch run score.py --data data --mini-batch 3", "did you mean --mini-batch-size"),
        ("batch rum", "did you mean run"),
        ("batch list --limit 0", "shows nothing"),
        ("batch status", "there are no batches here yet"),
        ("batch results", "%batch run SCRIPT --data"),
        ("batch_script score.py --param a=1", "--param goes with --try"),
        ("batch_script score.txt", "%%batch_script score.py"),
        ("batch_script missing.py", "%%batch_script FILE"),
        ("batch_script score.py --try nothing", "no dataset and no folder 'nothing'"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_submitted(
    context: Context, ws: Workspace, line: str, said: str
) -> None:
    Path("empty").mkdir()
    with pytest.raises(AmlError) as caught:
        do(context, line)
    assert said in caught.value._text()
    assert list(Experiment(ws, "batch").get_runs()) == []


def test_a_run_that_is_no_batch(context: Context, ws: Workspace) -> None:
    run = Experiment(ws, "iris").start_logging(snapshot_directory=None)
    run.complete()
    with pytest.raises(UsageError, match="scores no mini-batches"):
        do(context, f"batch status {run.id}")
    assert do(context, "batch").as_text().startswith("No batches here yet")


def test_a_cell_is_written_when_it_can_score(context: Context) -> None:
    context.cell = SCRIPT
    card = do(context, "batch_script scripts/batch.py")
    assert Path("scripts/batch.py").read_text() == SCRIPT and card.as_data()["written"]
    context.cell = "def run(mini_batch):\n    return mini_batch\n"
    with pytest.raises(AmlError, match="has no init"):
        do(context, "batch_script scripts/batch.py")
    assert Path("scripts/batch.py").read_text() == SCRIPT
    do(context, "batch_script scripts/batch.py --force")
    assert Path("scripts/batch.py").read_text() == context.cell
    context.cell = SCRIPT
    do(context, "batch_script scripts/other.py --check")
    assert not Path("scripts/other.py").exists()


def test_data_is_a_dataset_a_variable_or_files(context: Context, ws: Workspace) -> None:
    registered = FileDatasetFactory.from_files(str(Path("data").resolve())).register(ws, "data")
    assert find_data(context, "data")[0].id == registered.id
    assert find_data(context, "data:1")[1] == "data"
    assert getattr(find_data(context, "./data")[0], "id", None) != registered.id
    assert find_data(context, "data/one.csv")[0].to_path() == ["/one.csv"]
    assert find_data(context, Variable.of(registered)) == (registered, "data")
    assert find_data(context, Variable.of(registered.as_named_input("mine"))) == (registered, "mine")
    with pytest.raises(AmlError, match="no dataset and no folder"):
        find_data(context, "data:x")


def test_the_experiment(context: Context, ws: Workspace) -> None:
    assert experiment_name(None, context, "batch") == "batch"
    choose_experiment(ws, "iris")
    assert experiment_name(None, context, "batch") == "iris"
    assert experiment_name("other", context, "batch") == "other"
    assert experiment_name(Variable.of(Experiment(ws, "held")), context, "batch") == "held"


@given(st.text())
def test_an_input_always_has_a_name_that_v1_takes(text: str) -> None:
    found = word(text)
    assert found and not found[0].isdigit() and all(letter.isalnum() or letter == "_" for letter in found)


CELL = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)


@given(st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1)), st.data())
@settings(max_examples=50)
def test_what_parts_rows_is_seen_from_them(rows: list[list[str]], data: st.DataObject) -> None:
    separator = data.draw(st.sampled_from(SEPARATORS))
    lines = [separator.join(row) for row in rows]
    assert guess(lines) == separator
    assert [line.split(guess(lines)) for line in lines] == rows


@pytest.mark.parametrize(
    ("text", "options", "values"),
    [
        ("1.csv: 0\n2.csv: 1\n", {}, [["1.csv", 0], ["2.csv", 1]]),
        ('1.csv "two words"\n2.csv one\n', {}, [["1.csv", "two words"], ["2.csv", "one"]]),
        ("one\ntwo words\n", {}, [["one"], ["two words"]]),
        ("a\x0bb\u2028c,1\n", {"separator": ","}, [["a\x0bb\u2028c", 1]]),
        ("0.5 1\n0.25 2\n", {}, [[0.5, 1.0], [0.25, 2.0]]),
        ("a,b\nc,d,e\n", {}, [["a,b"], ["c,d,e"]]),
        ("a,b\nc,d,e\n", {"separator": ","}, [["a", "b", None], ["c", "d", "e"]]),
        ("{'a': 1, 'b': 'x'}\n{'a': 2, 'b': 'y'}\n", {}, [[1, "x"], [2, "y"]]),
        ('{"a": null}\n', {}, [[None]]),
        ("{1, 2}\n", {}, None),
        ("", {}, []),
    ],
)
def test_rows_become_a_table(tmp_path: Path, text: str, options: dict[str, Any], values: Any) -> None:
    (tmp_path / "rows.txt").write_text(text)
    frame = read(tmp_path / "rows.txt", **options)
    if values is not None:
        found = frame.astype(object).to_numpy().tolist()
        assert [[None if value != value else value for value in row] for row in found] == values


def test_columns_have_names(tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_text("1.csv: 0\n")
    assert list(read(path, columns=["File", "Prediction"])) == ["File", "Prediction"]
    with pytest.raises(UsageError, match="the rows have 2 columns, not 1"):
        read(path, columns=["File"])
    path.write_text("")
    assert list(read(path, columns=["File", "Prediction"])) == ["File", "Prediction"]


def test_words_are_completed(context: Context, ws: Workspace) -> None:
    FileDatasetFactory.from_files(str(Path("data").resolve())).register(ws, "patients")
    session: Any = SimpleNamespace(context=context, shell=SimpleNamespace(user_ns={"frame": 1}))
    parser = VERBS["batch"].parser(MAGIC)
    assert "results" in complete(parser, [], "r", session)
    assert "score.py" in complete(parser, ["run"], "", session)
    assert {"patients", "data/"} <= set(complete(parser, ["run", "score.py", "--data"], "", session))
    assert complete(parser, ["run", "score.py", "--data"], "$", session) == ["$frame"]
    assert complete(parser, ["status"], "", session)[0] == "--help"
