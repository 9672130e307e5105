"""Experiment: names, archives, tags and what is submitted to it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.runs.run import Run
from aml_nb.core.workspace import Workspace
from aml_nb.errors import ExperimentExecutionException, UserErrorException


def test_an_experiment_is_made_when_it_is_named(ws: Workspace) -> None:
    assert ws.experiments == {}
    one, two = Experiment(ws, "train"), Experiment(workspace=ws, name="train")
    assert one.id == two.id
    assert list(ws.experiments) == ["train"]
    assert str(one) == repr(one) == "Experiment(Name: train,\nWorkspace: test-ws)"
    assert "<td>train</td>" in one._repr_html_()
    assert one.workspace is one.workspace_object is ws
    assert one.archived_time is None


def test_one_can_wait_until_its_first_run(ws: Workspace) -> None:
    lazy = Experiment(ws, "later", _create_in_cloud=False)
    assert ws.experiments == {}
    lazy.start_logging(snapshot_directory=None).complete()
    assert list(ws.experiments) == ["later"]


@pytest.mark.parametrize("name", ["", "a b", "-a", "_a", "ä", "a" * 256, "a.b", None])
def test_a_name_keeps_v1s_rule(ws: Workspace, name: Any) -> None:
    with pytest.raises(UserErrorException, match="between 1 and 255"):
        Experiment(ws, name)
    assert ws.experiments == {}


def test_an_experiment_needs_a_workspace() -> None:
    with pytest.raises(UserErrorException, match="belongs to a workspace"):
        Experiment("ws", "train")  # type: ignore[arg-type]


def test_whoever_names_it_at_once_gets_the_same(ws: Workspace) -> None:
    ids: list[str] = []
    threads = [threading.Thread(target=lambda: ids.append(Experiment(ws, "race").id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 1
    assert len(ids) == 8


def test_an_archived_experiment_leaves_its_name_to_another(ws: Workspace) -> None:
    old = Experiment(ws, "train")
    old.start_logging(snapshot_directory=None).complete()
    old.archive()
    old.archive()
    assert old.archived_time is not None
    assert ws.experiments == {}
    assert [one.id for one in Experiment.list(ws, view_type="ArchivedOnly")] == [old.id]
    new = Experiment(ws, "train")
    assert new.id != old.id
    assert list(new.get_runs()) == []
    with pytest.raises(UserErrorException, match="in use already"):
        old.reactivate()
    old.reactivate("train-2")
    assert old.name == "train-2"
    assert sorted(ws.experiments) == ["train", "train-2"]
    [run] = ws.experiments["train-2"].get_runs()
    assert Run.get(ws, run.id).experiment.name == "train-2"
    assert {one.name for one in Experiment.list(ws, view_type="All")} == {"train", "train-2"}


def test_experiments_are_listed_by_name_view_and_tags(ws: Workspace) -> None:
    one, two = Experiment(ws, "one"), Experiment(ws, "two")
    one.tag("team", "a")
    one.set_tags({"n": 1, "flag": None})
    one.remove_tags(["flag"])
    assert one.tags == {"team": "a", "n": "1"}
    assert [e.name for e in Experiment.list(ws)] == ["one", "two"]
    assert [e.name for e in Experiment.list(ws, experiment_name="two")] == [two.name]
    assert [e.name for e in Experiment.list(ws, tags={"team": "a"})] == ["one"]
    assert [e.name for e in Experiment.list(ws, tags="team")] == ["one"]
    assert Experiment.list(ws, view_type="archivedonly") == []
    with pytest.raises(UserErrorException, match="view_type"):
        Experiment.list(ws, view_type="Some")
    one.refresh()


def test_deleting_takes_runs_metrics_and_files_along(ws: Workspace) -> None:
    experiment, kept = Experiment(ws, "gone"), Experiment(ws, "kept")
    run, other = experiment.start_logging(), kept.start_logging(snapshot_directory=None)
    Path("a.txt").write_text("only here")
    for each in (run, other):
        each.log("a", 1)
    run.upload_file("a.txt", "a.txt")
    with pytest.raises(UserErrorException, match=f"still going: {run.id}"):
        Experiment.delete(ws, experiment.id)
    run.complete()
    assert list(ws._artifacts) != []
    Experiment.delete(ws, experiment.id)
    assert list(ws._artifacts) == []
    assert list(ws.experiments) == ["kept"]
    assert [path.name for path in (ws._folder / "runs").glob("[!.]*")] == [other.id]
    with pytest.raises(UserErrorException, match="no experiment of the id"):
        Experiment.delete(ws, experiment.id)
    with pytest.raises(UserErrorException, match="was deleted meanwhile"):
        experiment.tag("a", "b")
    other.complete()


class Config:
    """Something that can be submitted."""

    def _submit(self, experiment: Experiment, tags: Any = None, **kwargs: Any) -> Any:
        return experiment.name, tags, kwargs


def test_a_configuration_is_handed_its_experiment(ws: Workspace) -> None:
    experiment = Experiment(ws, "train")
    assert experiment.submit(Config(), tags={"n": 1}, show=True) == ("train", {"n": "1"}, {"show": True})
    run = experiment.start_logging(snapshot_directory=None)
    name, tags, more = run.submit_child(Config())
    assert (name, tags, more["parent"].id) == ("train", None, run.id)
    run.complete()
    for wrong in ("train.py", None, Config):
        with pytest.raises(ExperimentExecutionException, match="cannot be submitted"):
            experiment.submit(wrong)


def test_a_folder_gives_the_experiment_of_its_name(ws: Workspace) -> None:
    folder = Path("churn")
    folder.mkdir()
    ws.write_config(str(folder))
    assert Experiment.from_directory("churn").name == "churn"
    with pytest.raises(UserErrorException, match="no folder"):
        Experiment.from_directory("nowhere")
