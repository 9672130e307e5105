"""What a watcher tells of a workspace, look by look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.compute import ComputeInstance, ComputeTarget
from aml_nb.core.model import Model
from aml_nb.core.runs.experiment import Experiment
from aml_nb.core.workspace import Workspace
from aml_nb.errors import StoreError
from aml_nb.labserver.events import sources, watcher
from aml_nb.labserver.events.watcher import Watcher
from aml_nb.labserver.workspaces import WorkspaceGoneError, Workspaces


@pytest.fixture
def eye(ws: Workspace) -> Iterator[Watcher]:
    known = Workspaces()
    found = Watcher(known, "test-ws")
    assert found.look() == [{"event": "reset", "workspace": "test-ws"}]
    yield found
    found.close()
    known.close()


def told(events: list[dict[str, Any]]) -> list[tuple[str, str, Any]]:
    return [(each["kind"], each["id"], each["row"] and each["row"]["state"]) for each in events]


def model(ws: Workspace, name: str = "iris") -> Model:
    Path("m").write_text("m")
    return Model.register(ws, "m", name)


def test_nothing_new_is_nothing_told(eye: Watcher, ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    for kind, rows in sources.KINDS.items():
        monkeypatch.setitem(sources.KINDS, kind, lambda ws, kind=kind, rows=rows: made.append(kind) or rows(ws))
    assert eye.look() == [] and eye.look() == [] and made == []
    model(ws)
    eye.look()
    assert made == ["models"]  # no other list was made anew for it


def test_each_kind_of_change_is_told_once(eye: Watcher, ws: Workspace) -> None:
    iris = model(ws)
    assert told(eye.look()) == [("models", "iris:1", None)]
    iris.add_tags({"a": "b"})
    (event,) = eye.look()
    assert event["row"]["tags"] == {"a": "b"} and event["at"] == event["row"]["at"]
    iris.add_properties({"seen": "in its view alone"})
    assert told(eye.look()) == [("models", "iris:1", None)]
    model(ws)
    assert sorted(told(eye.look())) == [("models", "iris:1", None), ("models", "iris:2", None)]
    ComputeTarget.create(ws, "mine", ComputeInstance.provisioning_configuration())
    assert told(eye.look()) == [("compute", "mine", "Running")]
    ComputeTarget(ws, "mine").stop()
    assert told(eye.look()) == [("compute", "mine", "Stopped")]
    run = Experiment(ws, "train").start_logging(snapshot_directory=None)
    assert told(eye.look()) == [("runs", run.id, "Running")]
    run.complete()
    assert told(eye.look()) == [("runs", run.id, "Completed")]
    ComputeTarget(ws, "mine").delete()
    assert told(eye.look()) == [("compute", "mine", None)]
    assert eye.look() == []


def test_a_run_that_goes_on_is_told_as_it_gets_on(eye: Watcher, ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "_ASK_S", 0)  # ask at every look
    run = Experiment(ws, "train").start_logging(snapshot_directory=None)
    assert told(eye.look()) == [("runs", run.id, "Running")] and eye.look() == []
    run.log("loss", 1)
    assert told(eye.look()) == [("runs", run.id, "Running")] and eye.look() == []
    child = run.child_run("child")
    assert told(eye.look()) == [("runs", run.id, "Running")] and eye.look() == []
    child.complete()
    assert told(eye.look()) == [("runs", run.id, "Running")] and eye.look() == []
    run.complete()
    assert told(eye.look()) == [("runs", run.id, "Completed")] and eye.look() == []


@pytest.mark.parametrize("error", [StoreError("the database is locked"), ValueError("unforeseen")])
def test_what_a_failed_look_saw_is_not_lost(
    eye: Watcher, ws: Workspace, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    rows, left = sources.KINDS["models"], [error]

    def busy(workspace: Workspace) -> Any:
        if left:
            raise left.pop()
        return rows(workspace)

    monkeypatch.setitem(sources.KINDS, "models", busy)
    model(ws)
    try:
        assert [each["event"] for each in eye.look()] == ["error"]
    except ValueError:  # for whoever called: no error of ours
        pass
    assert eye.look() == [{"event": "reset", "workspace": "test-ws"}] and not eye.trouble
    model(ws, "b")
    assert told(eye.look()) == [("models", "b:1", None)]


def test_connections_to_workspaces_that_are_gone_are_closed(ws: Workspace) -> None:
    known = Workspaces()
    opened = [known.get("test-ws", changing) for changing in (False, True)]
    for each in opened:
        assert each.models == {}
    assert [each._store._connection is None for each in opened] == [False, False]
    ws.delete()
    with pytest.raises(WorkspaceGoneError):
        known.get("test-ws")
    assert [each._store._connection is None for each in opened] == [True, True]
    known.close()


def test_many_changes_are_one_word(eye: Watcher, ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "MOST", 2)
    for name in ("a", "b", "c"):
        model(ws, name)
    assert eye.look() == [{"event": "reset", "workspace": "test-ws", "kind": "models"}]
    assert eye.look() == []


def test_a_workspace_that_goes_and_comes_back(eye: Watcher, ws: Workspace) -> None:
    ws.delete()
    (gone,) = eye.look()
    assert (gone["event"], gone["workspace"]) == ("gone", "test-ws") and eye.trouble
    assert eye.look() == []
    again = Workspace.create("test-ws", show_output=False)
    assert eye.look() == [{"event": "reset", "workspace": "test-ws"}] and not eye.trouble
    model(again)
    assert told(eye.look()) == [("models", "iris:1", None)]
    again.delete()
    Workspace.create("test-ws", show_output=False)  # between two looks
    assert eye.look() == [{"event": "reset", "workspace": "test-ws"}]
    Workspace.get("test-ws").delete()


def test_a_damaged_workspace_is_told_once(eye: Watcher, ws: Workspace) -> None:
    path = ws._folder / "workspace.json"
    kept = path.read_text()
    path.write_text("{")
    (error,) = eye.look()
    assert error["event"] == "error" and error["code"] == "store" and eye.trouble
    assert eye.look() == []
    path.write_text(kept)
    eye.look()
    assert not eye.trouble
