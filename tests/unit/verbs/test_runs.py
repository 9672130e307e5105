"""``%experiment`` and ``%runs``: the words they take, what they find, what they say."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from aml_nb import cli
from aml_nb.core.model import Model
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.workspace import Workspace
from aml_nb.display.runs import ExperimentCard
from aml_nb.errors import AmlError, UsageError
from aml_nb.verbs import MAGIC, VERBS
from aml_nb.verbs.context import Context
from aml_nb.verbs.finding_runs import chosen_experiment, find_run
from aml_nb.verbs.train import FIRST_EXPERIMENT, _experiment_name, arguments_of, compute_of


@pytest.fixture
def context(ws: Workspace) -> Context:
    return Context(MAGIC)


def do(context: Context, line: str) -> Any:
    verb, *words = line.split()
    return VERBS[verb].run(words, context)


def said(context: Context, line: str) -> str:
    with pytest.raises(AmlError) as caught:
        do(context, line)
    return caught.value._text()


@pytest.fixture
def runs(ws: Workspace) -> list[Any]:
    """Three runs: two of iris, with accuracy and a parameter, one of churn that failed."""
    made = []
    for accuracy in (0.7, 0.9):
        run = Experiment(ws, "iris").start_logging(snapshot_directory=None, display_name=f"try-{accuracy}")
        run.log("accuracy", accuracy)
        run.log("loss", 1 - accuracy)
        run.complete()
        made.append(run)
    run = Experiment(ws, "churn").start_logging(snapshot_directory=None, tags={"area": "shop"})
    run.fail(error_details="ValueError: no")
    return [*made, run]


def test_an_experiment_is_made_chosen_and_kept(context: Context, ws: Workspace) -> None:
    experiment = do(context, "experiment iris --tag area=flowers")
    assert isinstance(experiment, Experiment) and experiment.tags == {"area": "flowers"}
    card = ExperimentCard(experiment)
    assert chosen_experiment(ws) == "iris" and "chosen" in repr(card) and "no runs yet" in repr(card)
    assert chosen_experiment(Workspace.get("test-ws")) == "iris"
    do(context, "experiment churn")
    do(context, "experiment iris")
    table = do(context, "experiment")
    assert [experiment.name for experiment in table] == ["iris", "churn"]
    assert [row["chosen"] for row in table.as_data()] == [True, False] and "chosen" in repr(table)
    do(context, "experiment --unset")
    assert chosen_experiment(ws) is None


def test_an_experiment_is_shown_without_choosing_it(context: Context, ws: Workspace, runs: list[Any]) -> None:
    card = ExperimentCard(do(context, "experiment iris --show"))
    assert chosen_experiment(ws) is None
    assert "try-0.9" in repr(card) and "accuracy 0.9" in repr(card)
    assert "did you mean iris" in said(context, "experiment irsi --show")


def test_an_experiment_is_archived_and_brought_back(context: Context, ws: Workspace) -> None:
    do(context, "experiment iris")
    do(context, "experiment iris --archive")
    assert chosen_experiment(ws) is None and len(do(context, "experiment")) == 0
    assert [e["archived"] for e in do(context, "experiment --all").as_data()] == [True]
    do(context, "experiment iris --reactivate")
    assert len(do(context, "experiment")) == 1
    for option in ("--archive", "--show", "--reactivate", "--tag a=b"):
        assert "needs a name" in said(context, f"experiment {option}")


def test_an_experiment_from_a_variable(context: Context, ws: Workspace) -> None:
    from aml_nb.magics.words import Variable

    word = Variable.of(Experiment(ws, "iris"))
    assert VERBS["experiment"].run([word], context).name == "iris"


def test_runs_are_listed_newest_first_and_chosen(context: Context, runs: list[Any]) -> None:
    assert [run.id for run in do(context, "runs")] == [run.id for run in reversed(runs)]
    assert [run.id for run in do(context, "runs list --limit 1")] == [runs[2].id]
    assert [run.id for run in do(context, "runs list --status completed")] == [runs[1].id, runs[0].id]
    assert [run.id for run in do(context, "runs list --tag area")] == [runs[2].id]
    assert len(do(context, "runs list --tag area=other")) == 0
    do(context, "experiment iris")
    assert len(do(context, "runs")) == 2 and len(do(context, "runs list --all")) == 3
    assert len(do(context, "runs list --experiment churn")) == 1
    assert do(context, "runs").as_data()[0]["metrics"] == {"accuracy": 0.9, "loss": pytest.approx(0.1)}


def test_children_are_listed_when_they_are_asked_for(context: Context, ws: Workspace) -> None:
    parent = Experiment(ws, "iris").start_logging(snapshot_directory=None)
    child = parent.child_run("fold")
    assert len(do(context, "runs")) == 1 and len(do(context, "runs list --children")) == 2
    assert [row["id"] for row in do(context, f"runs compare --parent {parent.id}").as_data()] == [child.id]
    assert "1 Running" in repr(do(context, f"runs show {parent.id}"))


def test_a_run_is_found_in_every_way(context: Context, runs: list[Any]) -> None:
    first = runs[0].id
    for text in (first, first[:13], "iris:1", "try-0.7"):
        assert find_run(context, text).id == first
    assert "a run of which experiment" in said(context, "runs show 1")
    do(context, "experiment iris")
    assert find_run(context, "1").id == first
    assert find_run(context).id == runs[1].id
    context.last_run = first
    assert find_run(context).id == first
    near = first[:-1] + ("0" if first[-1] != "0" else "1")
    assert f"did you mean {first}" in said(context, f"runs show {near}")
    assert "there is no run 'iris:9'" in said(context, "runs show iris:9")


def test_a_beginning_that_fits_several_runs(context: Context, ws: Workspace) -> None:
    for number in (1, 2):
        Experiment(ws, "iris").start_logging(snapshot_directory=None, run_id=f"iris_{number}").complete()
    assert "may be any of 2 runs" in said(context, "runs show iris_")


def test_where_there_is_no_run(context: Context) -> None:
    assert "%%train" in repr(do(context, "runs"))
    assert "no runs here yet" in said(context, "runs show")
    assert "no runs to compare" in said(context, "runs compare")


def test_metrics_are_an_object(context: Context, runs: list[Any]) -> None:
    view = do(context, "runs metrics try-0.9")
    assert view["accuracy"] == 0.9 and dict(view) == runs[1].get_metrics()
    assert "accuracy" in repr(view)


def test_runs_side_by_side(context: Context, runs: list[Any]) -> None:
    table = do(context, "runs compare --experiment iris --metric accuracy")
    assert [row["accuracy"] for row in table.as_data()] == [0.9, 0.7]
    assert "0.9 *" in repr(table) and "<b>0.9</b>" in table.as_html()
    assert [row["loss"] for row in do(context, "runs compare --all --metric loss --least")[:2]] == [
        pytest.approx(0.1), pytest.approx(0.3)
    ]  # fmt: skip
    assert list(table.to_pandas_dataframe().columns[:3]) == ["run", "status", "accuracy"]
    assert "did you mean accuracy" in said(context, "runs compare --metric acuracy")
    assert [row["run"] for row in do(context, "runs compare iris:1 churn:1")][0] == "try-0.7"


def test_files_logs_and_models(context: Context, ws: Workspace, runs: list[Any]) -> None:
    run = Experiment(ws, "iris").start_logging(snapshot_directory=None)
    Path("m.pkl").write_text("model")
    Path("log.txt").write_text("\n".join(f"line {n}" for n in range(300)))
    run.upload_file("outputs/m.pkl", "m.pkl")
    run.upload_file("logs/train.txt", "log.txt")
    run.complete()
    assert list(do(context, "runs files")) == ["logs/train.txt", "outputs/m.pkl"]
    assert do(context, "runs logs --lines 2").lines == ["line 298", "line 299"]
    assert do(context, "runs logs --file train.txt").lines[-1] == "line 299"
    assert "there is logs/train.txt" in said(context, "runs logs --file other.txt")
    assert do(context, f"runs download {run.id} outputs --to here").startswith("1 file ")
    assert Path("here/outputs/m.pkl").read_text() == "model"
    assert do(context, "runs download outputs --to there").startswith("1 file ")
    assert "there is logs, outputs" in said(context, f"runs download {run.id} nothing")
    model = do(context, "runs register iris outputs/m.pkl --tag area=flowers")
    assert (model.name, model.version, model.tags["area"], model.run_id) == ("iris", 1, "flowers", run.id)
    assert do(context, f"runs register iris --run {run.id}").version == 2
    assert len(Model.list(ws)) == 2
    assert "--framework-version needs" in said(context, "runs register iris outputs --framework-version 1")


def test_a_run_is_stopped_once(context: Context, ws: Workspace, runs: list[Any]) -> None:
    run = Experiment(ws, "iris").start_logging(snapshot_directory=None)
    assert do(context, f"runs cancel {run.id}") == f"{run.id} is Canceled."
    assert do(context, f"runs cancel {run.id}") == f"{run.id} is Canceled already."


def test_waiting_for_those_that_are_going(context: Context, ws: Workspace, runs: list[Any]) -> None:
    assert do(context, "runs wait") == "No run is going."
    table = do(context, "runs wait iris:1 churn:1")
    assert [run.get_status() for run in table] == ["Completed", "Failed"]
    assert "accuracy 0.7" in repr(table)
    going = Experiment(ws, "iris").start_logging(snapshot_directory=None)
    ending = threading.Timer(0.2, going.complete)
    ending.start()
    assert [run.get_status() for run in do(context, "runs wait")] == ["Completed"]
    ending.join()


def test_tags(context: Context, runs: list[Any]) -> None:
    assert do(context, "runs tag churn:1 quality=good n=1").run.tags == {"area": "shop", "quality": "good", "n": "1"}
    assert do(context, "runs tag a=b").run.tags["a"] == "b"
    assert "which tags" in said(context, "runs tag churn:1")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("runs lst", "did you mean list"),
        ("runs list --status faled", "did you mean Failed"),
        ("runs list --limit 0", "shows nothing"),
        ("runs list --experiment nowhere", "there is no experiment 'nowhere'"),
        ("runs show --liv", "did you mean --live"),
    ],
)
def test_what_was_mistyped(context: Context, line: str, words: str) -> None:
    assert words in said(context, line)


def test_live_shows_the_panel(ws: Workspace, runs: list[Any]) -> None:
    seen: list[Any] = []
    context = Context(MAGIC, live=seen.append)
    assert do(context, "runs show churn:1 --live") is None
    assert seen[0].id == runs[2].id


def test_the_terminal(ws: Workspace, runs: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["runs", "--workspace", "test-ws"]) == 0
    assert "try-0.9" in capsys.readouterr().out
    assert cli.main(["runs", "show", "iris:2", "--json", "--workspace", "test-ws"]) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]["accuracy"] == 0.9
    assert cli.main(["experiment", "--json", "--workspace", "test-ws"]) == 0
    assert [e["runs"] for e in json.loads(capsys.readouterr().out)] == [2, 1]
    assert cli.main(["runs", "show", "nothing", "--workspace", "test-ws"]) == 1
    assert "Try: aml-nb runs list" in capsys.readouterr().err
    assert cli.main(["train"]) == 2


def test_arguments_of_parameters() -> None:
    assert arguments_of(["depth=5", "fast", "--rate=0.1", "text=a=b", "empty="]) == [
        "--depth", "5", "--fast", "--rate", "0.1", "--text", "a=b", "--empty", "",
    ]  # fmt: skip
    for bad in ("=5", "", "a b=1"):
        with pytest.raises(UsageError, match="not name=value"):
            arguments_of([bad])


def test_where_a_script_runs(context: Context) -> None:
    assert compute_of(None, context) == compute_of("local", context) == "local"
    with pytest.raises(UsageError, match="did you mean local"):
        compute_of("locl", context)


def test_which_experiment_a_script_belongs_to(context: Context, ws: Workspace) -> None:
    from argparse import Namespace

    told: list[str] = []
    context.say = told.append
    assert _experiment_name(Namespace(experiment=None), context) == FIRST_EXPERIMENT
    Experiment(ws, "iris")
    assert _experiment_name(Namespace(experiment=None), context) == "iris"
    assert len(told) == 2
    do(context, "experiment churn")
    assert _experiment_name(Namespace(experiment=None), context) == "churn"
    assert _experiment_name(Namespace(experiment="other"), context) == "other" and len(told) == 2
